#include "filters/api_key/api_key.hpp"

#include "filters/api_key/key_file.hpp"
#include "filters/api_key/key_table.hpp"
#include "http/credentials.hpp"

namespace sluice::filters::api_key {
namespace {

// A key is made by a machine; what is longer is none, and is not worth hashing.
constexpr std::size_t longest_key = 512;

MetricSeries requests(std::string_view policy, const char* result) {
  return {"sluice_api_key_requests_total",
          "Requests that an api_key filter looked at, by what it found.",
          {{"policy", std::string(policy)}, {"result", result}}};
}

// The place of a request where a key may be, and how it is taken away.
class Source {
 public:
  Source(const Place& place, bool forward)
      : kind_(place.header  ? Kind::header
              : place.query ? Kind::query
                            : Kind::cookie),
        name_(place.header  ? *place.header
              : place.query ? *place.query
                            : *place.cookie),
        forward_(forward) {}

  http::Shown find(const Request& request, Arena& arena) const {
    switch (kind_) {
      case Kind::header:
        return http::find_field(request.fields, name_);
      case Kind::query:
        return http::find_parameter(request.query, name_, arena);
      default:
        return http::find_cookie(request.fields, name_);
    }
  }
  void take(Request& request) const {
    if (kind_ == Kind::query)
      http::take_parameter(request, name_);
    else if (kind_ == Kind::cookie)
      http::take_cookie(request.fields, name_);
    else if (forward_)
      http::take_lookalikes(request.fields, name_);
    else
      http::take_field(request.fields, name_);
  }

 private:
  enum class Kind : std::uint8_t { header, query, cookie };
  Kind kind_;
  std::string name_;
  bool forward_;
};

class ApiKey final : public Filter {
 public:
  using Settings = api_key::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::identity; }

  ApiKey(const Settings& settings, FilterContext& context)
      : table_(context.workers),
        accepted_(context.meter.counter(requests(context.name, "accepted"))),
        missing_(context.meter.counter(requests(context.name, "missing"))),
        unknown_(context.meter.counter(requests(context.name, "unknown"))),
        malformed_(context.meter.counter(requests(context.name, "malformed"))) {
    for (auto& place : settings.from) {
      sources_.emplace_back(place, settings.forward);
      if (place.query) context.mask(*place.query);
    }
    for (auto& [name, key] : settings.keys) table_.add(name, key);
    if (settings.file) add_file(settings, context);
    if (auto twins = table_.sort())
      context.errors.push_back("policy '" + std::string(context.name) + "': '" + twins->first + "' and '" +
                               twins->second + "' have the same key");
  }

  // Whatever the outcome, no key that this filter looks for goes on: of several that a client sends only the
  // first is judged, and the others are as secret.
  void take_credentials(Exchange& x) const override {
    for (auto& source : sources_) source.take(x.request);
  }

  Eventual<Verdict> on_request(Exchange& x) const override {
    auto shown = find(x);
    take_credentials(x);
    if (shown.count == 0) return refuse(x, missing_, 401, "api_key_missing", "An API key is needed.");
    if (shown.count > 1)
      return refuse(x, malformed_, 400, "api_key_repeated", "There is more than one API key.");
    if (shown.value.empty() || shown.value.size() > longest_key)
      return refuse(x, malformed_, 401, "api_key_malformed", "The API key is not valid.");
    auto* owner = table_.find(shown.value, x.worker);
    if (!owner) return refuse(x, unknown_, 401, "api_key_unknown", "The API key is not valid.");
    x.principal.merge(owner->principal());
    accepted_.add(x.worker.index);
    return Verdict::proceed;
  }

 private:
  void add_file(const Settings& settings, FilterContext& context) {
    context.watch(*settings.file);
    for (auto& [name, key] : read_keys(*settings.file, context.errors))
      if (settings.keys.contains(name))
        context.errors.push_back(settings.file->string() + ": keys." + name + ": the policy '" +
                                 std::string(context.name) + "' has a key of that name itself");
      else
        table_.add(name, key);
  }

  http::Shown find(Exchange& x) const {
    for (auto& source : sources_)
      if (auto shown = source.find(x.request, x.arena); shown.count > 0) return shown;
    return {};
  }

  static Verdict refuse(Exchange& x, const Counter& counter, std::uint16_t status, const char* reason,
                        std::string_view detail) {
    counter.add(x.worker.index);
    x.flags.set(Flag::uaex);
    x.refuse(status, reason);
    x.explain(detail);
    if (status == 401) x.response.fields.add(FieldId::www_authenticate, "WWW-Authenticate", "ApiKey");
    return Verdict::reply;
  }

  std::vector<Source> sources_;
  KeyTable table_;
  Counter accepted_, missing_, unknown_, malformed_;
};

}  // namespace

FilterKind api_key_filter() {
  return filter_kind<ApiKey>("api_key", {.decides = true, .guards = true, .repeatable = true});
}

}  // namespace sluice::filters::api_key
