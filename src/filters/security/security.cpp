#include "filters/security/security.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::filters::security {
namespace {

using namespace std::chrono_literals;

Settings strict() {
  Settings s;
  s.hsts = Hsts{.max_age = 365 * 24h};
  s.frame = Frame::deny;
  s.nosniff = true;
  s.referrer = Referrer::no_referrer;
  s.csp = "default-src 'none'; frame-ancestors 'none'";
  s.remove = {"Server", "X-Powered-By"};
  return s;
}

// The member itself where it is there, else what the preset has; nothing where it is off.
template <class T>
std::optional<T> chosen(const std::optional<OrOff<T>>& own, const std::optional<OrOff<T>>& preset) {
  auto& one = own ? own : preset;
  return one ? static_cast<const std::optional<T>&>(*one) : std::nullopt;
}

std::string text_of(const Hsts& hsts) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(hsts.max_age).count();
  return "max-age=" + std::to_string(seconds) + (hsts.subdomains ? "; includeSubDomains" : "") +
         (hsts.preload ? "; preload" : "");
}

template <class E>
std::string name_of(E value) {
  return std::string(names_of(value)[static_cast<std::size_t>(value)]);
}

struct Line {
  std::string name, value;
};

class Security final : public Filter {
 public:
  using Settings = security::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::edge; }
  Security(const Settings& settings, FilterContext& context);

  Eventual<Verdict> on_request(Exchange& x) const override {
    x.on_response([this](Exchange& y) -> Eventual<Unit> {
      guard(y);
      return Unit{};
    });
    return Verdict::proceed;
  }

 private:
  void guard(Exchange& x) const {
    auto& fields = x.response.fields;
    fields.remove_if([this](const Field& f) { return is_ours(f); });
    for (auto& line : lines_) fields.add(FieldId::other, line.name, line.value);
    if (!hsts_.empty() && x.request.scheme == "https")
      fields.add(FieldId::other, "Strict-Transport-Security", hsts_);
  }
  bool is_ours(const Field& f) const noexcept {
    return std::ranges::any_of(removed_, [&](auto& name) { return http::same_name(f.name, name); });
  }
  void send(std::string name, std::string value) {
    removed_.push_back(name);
    lines_.push_back({std::move(name), std::move(value)});
  }

  std::vector<Line> lines_;
  std::vector<std::string> removed_;  // what is replaced, and what is only taken off
  std::string hsts_;                  // empty: none
};

Security::Security(const Settings& s, FilterContext&) {
  auto preset = s.preset ? strict() : Settings();
  if (auto frame = chosen(s.frame, preset.frame)) send("X-Frame-Options", name_of(*frame));
  if (s.nosniff.value_or(preset.nosniff.value_or(false))) send("X-Content-Type-Options", "nosniff");
  if (auto referrer = chosen(s.referrer, preset.referrer)) send("Referrer-Policy", name_of(*referrer));
  if (auto csp = chosen(s.csp, preset.csp)) send("Content-Security-Policy", *csp);
  if (auto permissions = chosen(s.permissions, preset.permissions)) send("Permissions-Policy", *permissions);
  if (auto hsts = chosen(s.hsts, preset.hsts)) {
    hsts_ = text_of(*hsts);
    removed_.emplace_back("Strict-Transport-Security");
  }
  for (auto& name : s.remove ? *s.remove : preset.remove.value_or(std::vector<std::string>()))
    removed_.push_back(name);
}

}  // namespace

FilterKind security_filter() {
  return filter_kind<Security>("security");
}

}  // namespace sluice::filters::security
