#include "server/admin/filter_mode.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "config/suggest.hpp"
#include "server/admin/body.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

constexpr std::array modes = {Mode::enforce, Mode::shadow, Mode::off};

std::optional<Mode> mode_of(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  auto found = std::ranges::find(modes, value.get<std::string>(), [](Mode m) { return name_of(m); });
  if (found == modes.end()) return std::nullopt;
  return *found;
}

AdminReply no_such_filter(const Published& published, const std::string& name) {
  std::vector<std::string_view> known;
  for (auto& f : published.built.filters) known.push_back(f.name);
  return problem(404, "no filter '" + name + "' is in force" + config::suggestion(name, known));
}

// "'login' (jwt)"
std::string called(const SwitchedFilter& f) {
  return '\'' + f.name + "' (" + f.kind + ')';
}

std::optional<AdminReply> refusal(const SwitchedFilter& f, Mode to, bool has_token) {
  if (to == Mode::shadow && !f.traits.decides)
    return problem(422, called(f) + " decides nothing, so it has no shadow");
  if (to != Mode::enforce && f.traits.guards && !has_token)
    return problem(403, called(f) + " guards its routes: to open them needs admin.token, also on loopback");
  return std::nullopt;
}

}  // namespace

AdminReply switch_mode(const Published& published, const AdminGuard& guard, const AdminRequest& request,
                       const std::string& name) {
  auto& filters = published.built.filters;
  auto filter = std::ranges::find(filters, name, &SwitchedFilter::name);
  if (filter == filters.end()) return no_such_filter(published, name);
  static constexpr std::array<std::string_view, 1> members = {"mode"};
  auto body = read_object(request, members);
  if (auto* refused = std::get_if<AdminReply>(&body)) return std::move(*refused);
  auto to = mode_of(std::get<Json>(body)["mode"]);
  if (!to) return problem(422, "'mode' is one of \"enforce\", \"shadow\" and \"off\"");
  if (auto refused = refusal(*filter, *to, guard.has_token(request))) return std::move(*refused);

  auto before = filter->mode->exchange(*to);
  log::warn("policy.mode",
            {{"policy", name}, {"before", name_of(before)}, {"mode", name_of(*to)}, {"by", request.peer}});
  return json_reply({{"policy", name}, {"before", name_of(before)}, {"mode", name_of(*to)}});
}

Json filters_document(const Published& published) {
  auto json = Json::object();
  for (auto& f : published.built.filters)
    json[f.name] = {{"kind", f.kind},
                    {"phase", name_of(f.phase)},
                    {"configured", name_of(f.configured)},
                    {"mode", name_of(f.mode->load())}};
  return json;
}

}  // namespace sluice::server
