#include "server/admin/route_weights.hpp"

#include <algorithm>
#include <ranges>

#include "config/suggest.hpp"
#include "server/admin/body.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

using Table = proxy::Weights::Table;

constexpr std::uint64_t most = 1'000'000;  // as in a file

AdminReply no_such_split(const Published& published, const std::string& route) {
  auto& routes = published.config->routes;
  if (routes.contains(route))
    return problem(409, "the route '" + route + "' does not have several upstreams, so it has no weights");
  std::vector<std::string_view> known;
  for (auto& split : published.built.splits) known.push_back(split.name);
  return problem(404, "no route '" + route + "' is in force" + config::suggestion(route, known));
}

std::variant<Table, AdminReply> read_weights(const AdminRequest& request, const Table& known) {
  auto upstreams = std::views::keys(known);
  std::vector<std::string_view> names(upstreams.begin(), upstreams.end());
  auto body = read_object(request, names);
  if (auto* refused = std::get_if<AdminReply>(&body)) return std::move(*refused);
  Table weights;
  for (auto& [name, value] : std::get<Json>(body).items()) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
      return problem(422, "the weight of '" + name + "' is a whole number from 0 to " + std::to_string(most));
    weights[name] = value.get<std::uint32_t>();
  }
  if (std::ranges::all_of(std::views::values(weights), [](auto w) { return w == 0; }))
    return problem(422, "all weights are 0: nobody would be served");
  return weights;
}

std::string in_words(const Table& weights) {
  return Json(weights).dump();
}

}  // namespace

AdminReply set_weights(const Published& published, const AdminRequest& request, const std::string& route) {
  auto& splits = published.built.splits;
  auto split = std::ranges::find(splits, route, &SplitRoute::name);
  if (split == splits.end()) return no_such_split(published, route);
  auto read = read_weights(request, split->weights->configured());
  if (auto* refused = std::get_if<AdminReply>(&read)) return std::move(*refused);
  auto& weights = std::get<Table>(read);
  auto before = split->weights->exchange(weights);
  log::warn(
      "route.weights",
      {{"route", route}, {"before", in_words(before)}, {"weights", in_words(weights)}, {"by", request.peer}});
  return json_reply(Json(before));
}

}  // namespace sluice::server
