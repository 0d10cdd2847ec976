#include "filters/cors/cors.hpp"

#include <algorithm>

#include "filters/cors/origins.hpp"
#include "http/alike.hpp"
#include "http/vary.hpp"

namespace sluice::filters::cors {
namespace {

constexpr std::string_view preflight_vary =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (auto& name : names) all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

bool is_everything(const std::vector<std::string>& names) {
  return names == std::vector<std::string>{"*"};
}

bool are_names(std::string_view list) noexcept {
  while (!list.empty())
    if (!http::is_token(http::next_member(list))) return false;
  return true;
}

bool is_preflight(const Request& request) noexcept {
  return request.method == Method::options && request.fields.has(FieldId::origin) &&
         request.fields.has(FieldId::access_control_request_method);
}

// Null where there is none, or several: nobody is believed to come from two places.
std::string_view origin_of(const Fields& fields) noexcept {
  return fields.count(FieldId::origin) == 1 ? fields.get(FieldId::origin) : std::string_view();
}

// Access-Control-Allow-*, -Expose-Headers, -Max-Age.
bool is_leave(const Field& f) noexcept {
  return f.id == FieldId::other && http::starts_alike(f.name, "access-control-");
}

class Cors final : public Filter {
 public:
  using Settings = cors::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::edge; }
  Cors(const Settings& settings, FilterContext& context);

  Eventual<Verdict> on_request(Exchange& x) const override;

 private:
  static Counter counter(const FilterContext& context, const char* result) {
    return context.meter.counter({"sluice_cors_requests_total",
                                  "Requests with an origin, by whether it has leave.",
                                  {{"policy", std::string(context.name)}, {"result", result}}});
  }

  std::string_view granted(std::string_view origin) const noexcept;
  Verdict answer_preflight(Exchange& x, std::string_view granted) const;
  void grant_preflight(const Request& request, Fields& answer) const;
  void grant_origin(Fields& answer, std::string_view granted) const;
  void grant(Fields& answer, std::string_view granted) const;

  Origins origins_;
  std::string methods_, headers_, expose_, max_age_;
  bool every_method_, every_header_, credentials_;
  Counter allowed_, rejected_, preflight_allowed_, preflight_rejected_;
};

Cors::Cors(const Settings& s, FilterContext& context)
    : origins_(s.origins),
      methods_(joined(s.methods)),
      headers_(joined(s.headers)),
      expose_(joined(s.expose)),
      every_method_(is_everything(s.methods)),
      every_header_(is_everything(s.headers)),
      credentials_(s.credentials),
      allowed_(counter(context, "allowed")),
      rejected_(counter(context, "rejected")),
      preflight_allowed_(counter(context, "preflight_allowed")),
      preflight_rejected_(counter(context, "preflight_rejected")) {
  if (s.max_age)
    max_age_ = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*s.max_age).count());
}

Eventual<Verdict> Cors::on_request(Exchange& x) const {
  auto origin = origin_of(x.request.fields);
  auto leave = granted(origin);
  // Where no route is, it is refused: the request itself may well come to one that is without cors.
  if (!x.route_name.empty() && is_preflight(x.request)) return answer_preflight(x, leave);
  if (x.request.fields.has(FieldId::origin)) (leave.empty() ? rejected_ : allowed_).add(x.worker.index);
  x.on_response([this, leave](Exchange& y) -> Eventual<Unit> {
    grant(y.response.fields, leave);
    return Unit{};
  });
  return Verdict::proceed;
}

// What Access-Control-Allow-Origin says; empty: the field is not there. Where all have leave the answer is
// the same for all, also for who asks without an origin, so that a cache may keep it for everybody.
std::string_view Cors::granted(std::string_view origin) const noexcept {
  if (origins_.any()) return "*";
  return origin.data() && origins_.have(origin) ? origin : std::string_view();
}

// A browser that is not given leave tells the script itself: what counts is what is absent, not the status.
Verdict Cors::answer_preflight(Exchange& x, std::string_view leave) const {
  (leave.empty() ? preflight_rejected_ : preflight_allowed_).add(x.worker.index);
  auto verdict = x.refuse(204, "preflight");
  auto& answer = x.response.fields;
  answer.add(FieldId::vary, "Vary", preflight_vary);
  if (leave.empty()) return verdict;
  grant_origin(answer, leave);
  grant_preflight(x.request, answer);
  return verdict;
}

// `*` is answered with what was asked for: with credentials a browser takes it for a name, and it never
// covers Authorization.
void Cors::grant_preflight(const Request& request, Fields& answer) const {
  auto method = request.fields.get(FieldId::access_control_request_method);
  auto headers = request.fields.get(FieldId::access_control_request_headers);
  if (!every_method_)
    answer.add(FieldId::other, "Access-Control-Allow-Methods", methods_);
  else if (http::is_token(method))
    answer.add(FieldId::other, "Access-Control-Allow-Methods", method);
  if (!every_header_)
    headers = headers_;
  else if (!are_names(headers))
    headers = {};
  if (!headers.empty()) answer.add(FieldId::other, "Access-Control-Allow-Headers", headers);
  if (!max_age_.empty()) answer.add(FieldId::other, "Access-Control-Max-Age", max_age_);
}

void Cors::grant_origin(Fields& answer, std::string_view leave) const {
  answer.add(FieldId::other, "Access-Control-Allow-Origin", leave);
  if (credentials_) answer.add(FieldId::other, "Access-Control-Allow-Credentials", "true");
}

// On every answer, also a refusal: a script has to be able to read why. Also without an origin, since a cache
// must not give that answer to who asks with one.
void Cors::grant(Fields& answer, std::string_view leave) const {
  answer.remove_if(is_leave);
  if (!origins_.any()) http::vary_on(answer, "Origin");
  if (leave.empty()) return;
  grant_origin(answer, leave);
  if (!expose_.empty()) answer.add(FieldId::other, "Access-Control-Expose-Headers", expose_);
}

}  // namespace

FilterKind cors_filter() {
  return filter_kind<Cors>("cors", {.preflight = true});
}

}  // namespace sluice::filters::cors
