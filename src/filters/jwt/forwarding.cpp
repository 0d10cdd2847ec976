#include "filters/jwt/forwarding.hpp"

#include <algorithm>
#include <array>

#include "http/alike.hpp"
#include "http/chars.hpp"

namespace sluice::filters::jwt {
namespace {

// Fields that say how a message is framed and routed, who sent it and by what right: the gateway's own.
constexpr std::array reserved = {"authorization",
                                 "connection",
                                 "content-length",
                                 "cookie",
                                 "expect",
                                 "forwarded",
                                 "host",
                                 "http2-settings",
                                 "keep-alive",
                                 "proxy-connection",
                                 "proxy-authorization",
                                 "te",
                                 "trailer",
                                 "transfer-encoding",
                                 "upgrade",
                                 "via",
                                 "x-forwarded-for",
                                 "x-forwarded-host",
                                 "x-forwarded-port",
                                 "x-forwarded-proto",
                                 "x-forwarded-client-cert",
                                 "x-real-ip",
                                 "x-request-id"};

// C1 controls, U+0080 to U+009F, as UTF-8.
bool has_wide_control(std::string_view text) noexcept {
  for (auto at = text.find('\xC2'); at != text.npos; at = text.find('\xC2', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return true;
  return false;
}

bool is_fit(std::string_view value, bool one_of_several) noexcept {
  return !value.empty() && http::is_field_value(value) && http::trim(value) == value &&
         !has_wide_control(value) && !(one_of_several && value.find(',') != value.npos);
}

std::optional<std::string> join(std::span<const Claims::Claim> values) {
  std::string joined;
  for (auto& claim : values) {
    if (!is_fit(claim.value, values.size() > 1)) return std::nullopt;
    if (!joined.empty()) joined += ',';
    joined += claim.value;
  }
  if (joined.empty()) return std::nullopt;
  return joined;
}

}  // namespace

std::string fault_of_field(std::string_view name) {
  auto quoted = '\'' + std::string(name) + '\'';
  if (!http::is_token(name)) return quoted + " is no field's name";
  auto same = [&](std::string_view other) { return http::alike(name, other); };
  if (std::ranges::any_of(reserved, same)) return "the field " + quoted + " is the gateway's own";
  return {};
}

Forwarding::Forwarding(const std::map<std::string, std::string>& field_of_path) {
  for (auto& [path, name] : field_of_path) targets_.push_back({path, name, field_id(name)});
}

bool Forwarding::is_ours(const Field& field) const noexcept {
  for (auto& target : targets_)
    if (http::alike(field.name, target.name)) return true;
  return false;
}

void Forwarding::strip(Fields& fields) const noexcept {
  if (targets_.empty()) return;
  fields.remove_if([this](const Field& field) { return is_ours(field); });
}

Forwarding::Values Forwarding::values_of(const Claims& claims) const {
  Values values;
  values.reserve(targets_.size());
  for (auto& target : targets_) values.push_back(join(claims.all(target.path)));
  return values;
}

void Forwarding::add(const Values& values, Fields& fields) const {
  for (std::size_t i = 0; i < targets_.size(); ++i)
    if (values[i]) fields.add(targets_[i].id, targets_[i].name, *values[i]);
}

}  // namespace sluice::filters::jwt
