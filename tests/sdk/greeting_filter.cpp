#include "greeting_filter.hpp"

namespace sample {
namespace {

using namespace sluice;

class Greeting final : public Filter {
 public:
  using Settings = GreetingSettings;
  static Phase phase(const Settings&) noexcept { return Phase::edge; }

  Greeting(const Settings& settings, FilterContext& context)
      : settings_(settings),
        greeted_(counter(context, "in")),
        refused_(counter(context, "out")),
        inside_(context.workers) {}

  Eventual<Verdict> on_request(Exchange& x) const override {
    auto& inside = inside_.at(x.worker);
    bool known = settings_.from.empty() || contains(settings_.from, x.client);
    if (!known || inside == settings_.guests) {
      refused_.add(x.worker.index);
      x.refuse(known ? 503 : 403, known ? "house_full" : "unknown_guest");
      x.flags.set(known ? Flag::uo : Flag::uaex);
      return Verdict::reply;
    }
    ++inside;
    x.on_end([&inside](const Outcome&) noexcept { --inside; });
    x.on_response([this](Exchange& y) -> Eventual<Unit> {
      y.response.fields.add("X-Greeting", settings_.text);
      return Unit{};
    });
    greeted_.add(x.worker.index);
    return Verdict::proceed;
  }

 private:
  static Counter counter(FilterContext& context, std::string result) {
    return context.meter.counter({"greeting_requests_total",
                                  "Guests, by what became of them.",
                                  {{"policy", std::string(context.name)}, {"result", std::move(result)}}});
  }

  Settings settings_;
  Counter greeted_;
  Counter refused_;
  mutable WorkerLocal<std::uint32_t> inside_;
};

}  // namespace

const Schema& GreetingSettings::schema() {
  static const Schema s =
      describe<GreetingSettings>("Greets whoever may come in.")
          .member("text", &GreetingSettings::text, "What is said.", required)
          .member("from", &GreetingSettings::from, "Only these are let in.")
          .member("guests", &GreetingSettings::guests, "How many may be inside, on each worker.",
                  at_least(1u))
          .member("remember", &GreetingSettings::remember, "How long a guest is remembered.")
          .short_form("text");
  return s;
}

FilterKind greeting_filter() {
  return filter_kind<Greeting>("greeting", {.decides = true});
}

}  // namespace sample
