#include "proxy/mirror.hpp"

#include <array>

namespace sluice::proxy {
namespace {

// In the order of MirrorResult.
constexpr std::array results_told = {"well", "badly", "too_large", "too_many", "cut"};
static_assert(results_told.size() == static_cast<std::size_t>(MirrorResult::count));

using Labels = std::vector<std::pair<std::string, std::string>>;

std::vector<Counter> counters(Meter& meter, const Labels& labels) {
  std::vector<Counter> all;
  for (auto* result : results_told) {
    auto with_result = labels;
    with_result.emplace_back("result", result);
    all.push_back(
        meter.counter({"sluice_mirror_requests_total",
                       "What became of copies of requests: badly is a 5xx or no answer, cut one that "
                       "was not finished; too_large and too_many were not sent.",
                       with_result}));
  }
  return all;
}

MethodSet set_of(const std::vector<std::string>& names) {
  MethodSet set;
  for (auto& name : names) set.add(name);
  return set;
}

Labels labels_of(const std::string& route, const upstream::Upstream& to) {
  return {{"route", route}, {"upstream", to.name()}};
}

}  // namespace

Mirror::Mirror(const config::Mirror& settings, std::shared_ptr<upstream::Upstream> upstream,
               std::shared_ptr<Level> under_way, const std::string& route, Meter& meter)
    : to(std::move(upstream)),
      methods(set_of(settings.methods)),
      sample(settings.sample.share),
      max_body(settings.max_body.bytes),
      max(settings.max),
      credentials(settings.credentials),
      in_flight(std::move(under_way)),
      results(counters(meter, labels_of(route, *to))),
      duration(meter.histogram(
          {"sluice_mirror_duration_seconds", "Until a mirror's head of its answer.", labels_of(route, *to)})),
      level(
          meter.gauge({"sluice_mirror_in_flight", "Copies of requests under way.", labels_of(route, *to)})) {}

std::unique_ptr<MirrorCopy> MirrorCopy::make(const Exchange& x, const Mirror& mirror) {
  if (mirror.in_flight->fetch_add(1, std::memory_order_relaxed) < mirror.max)
    return std::unique_ptr<MirrorCopy>(new MirrorCopy(x, mirror));
  mirror.in_flight->fetch_sub(1, std::memory_order_relaxed);
  mirror.count(x.worker, MirrorResult::too_many);
  return nullptr;
}

MirrorCopy::MirrorCopy(const Exchange& x, const Mirror& mirror) : detached_(x), mirror_(mirror) {
  mirror_.level.add(x.worker.index);
  if (mirror_.credentials) return;
  auto& fields = exchange().request.fields;
  fields.remove(FieldId::authorization);
  fields.remove(FieldId::cookie);
}

MirrorCopy::~MirrorCopy() {
  auto& worker = exchange().worker;
  mirror_.count(worker, result_);
  mirror_.level.add(worker.index, -1);
  mirror_.in_flight->fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace sluice::proxy
