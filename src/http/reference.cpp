#include "http/reference.hpp"

#include "http/authority.hpp"
#include "http/chars.hpp"

namespace sluice::http {
namespace {

std::uint16_t port_of(const Authority& a, std::string_view scheme) noexcept {
  if (a.port != 0) return a.port;
  return scheme == "https" ? 443 : 80;
}

bool same_authority(const Request& request, std::string_view authority) {
  auto& arena = request.fields.arena();
  auto ours = parse_authority(request.authority, arena);
  auto theirs = parse_authority(authority, arena);
  if (!ours || !theirs) return false;
  return ours->host == theirs->host && port_of(*ours, request.scheme) == port_of(*theirs, request.scheme);
}

// Where a scheme ends: at a colon before any slash, question mark or number sign.
std::size_t scheme_end(std::string_view reference) noexcept {
  auto end = reference.find_first_of(":/?#");
  return end != reference.npos && reference[end] == ':' ? end : 0;
}

// Takes scheme and authority off; false where they are others'.
bool take_origin(const Request& request, std::string_view& reference) {
  if (auto end = scheme_end(reference); end > 0) {
    if (!same_name(reference.substr(0, end), request.scheme)) return false;
    reference.remove_prefix(end + 1);
    if (!reference.starts_with("//")) return false;
  }
  if (!reference.starts_with("//")) return true;
  reference.remove_prefix(2);
  auto authority = reference.substr(0, reference.find_first_of("/?#"));
  reference.remove_prefix(authority.size());
  if (reference.empty() || reference.front() != '/')
    reference = request.fields.arena().concat({"/", reference});
  return same_authority(request, authority);
}

std::string_view folder_of(std::string_view path) noexcept {
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

std::optional<SplitTarget> resolve_in_origin(const Request& request, std::string_view reference) {
  auto& arena = request.fields.arena();
  reference = reference.substr(0, reference.find('#'));
  if (reference.empty() || !take_origin(request, reference)) return std::nullopt;
  auto target = split_target(reference);
  if (target.path.empty())
    target.path = request.path;
  else if (target.path.front() != '/')
    target.path = arena.concat({folder_of(request.path), target.path});
  auto path = normalise_path(target.path, false, arena);
  if (!path) return std::nullopt;
  target.path = *path;
  return target;
}

}  // namespace sluice::http
