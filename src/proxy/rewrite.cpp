#include "proxy/rewrite.hpp"

#include <algorithm>

namespace sluice::proxy {
namespace {

std::string_view value_of(std::span<const PathParameter> parameters, std::string_view name) noexcept {
  auto at = std::ranges::find(parameters, name, &PathParameter::name);
  return at == parameters.end() ? std::string_view() : at->value;
}

std::string_view part_of(const config::Template::Part& part,
                         std::span<const PathParameter> parameters) noexcept {
  return part.name ? value_of(parameters, part.text) : std::string_view(part.text);
}

// A prefix ends where a segment ends: "/v1" is not in front of "/v10".
std::string_view strip(std::string_view path, std::string_view prefix) noexcept {
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!path.starts_with(prefix)) return path;
  auto rest = path.substr(prefix.size());
  if (rest.empty()) return "/";
  return rest.front() == '/' ? rest : path;
}

}  // namespace

std::string_view expand(const config::Template& t, std::span<const PathParameter> parameters, Arena& arena) {
  std::size_t size = 0;
  for (auto& part : t.parts) size += part_of(part, parameters).size();
  char* text = arena.bytes(size);
  char* to = text;
  for (auto& part : t.parts) to = std::ranges::copy(part_of(part, parameters), to).out;
  return {text, size};
}

Result<http::SplitTarget> target_of(const Exchange& x, const Route& route, bool merge_slashes) {
  auto& request = x.request;
  http::SplitTarget target{request.path, request.query, request.has_query};
  if (!route.strip_prefix.empty()) target.path = strip(request.path, route.strip_prefix);
  if (!route.rewrite) return target;

  auto rewritten = http::split_target(expand(*route.rewrite, x.parameters, x.arena));
  auto path = http::normalise_path(rewritten.path, merge_slashes, x.arena);
  if (!path) return Error(Error::Kind::malformed, Error::Side::downstream, "rewrite_not_a_path");
  target.path = *path;
  if (rewritten.has_query) {
    target.query = rewritten.query;
    target.has_query = true;
  }
  return target;
}

// A capture must not turn a path into the name of another host: "/{rest}" with "/evil.example" in it.
std::string_view location_of(const Exchange& x, const Redirect& redirect) {
  auto location = expand(redirect.to, x.parameters, x.arena);
  if (!redirect.to.text.starts_with("//"))
    while (location.starts_with("//")) location.remove_prefix(1);
  if (!x.request.has_query || location.find_first_of("?#") != location.npos) return location;
  return x.arena.concat({location, "?", x.request.query});
}

}  // namespace sluice::proxy
