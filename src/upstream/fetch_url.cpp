#include "upstream/fetch_url.hpp"

#include <algorithm>

#include "http/target.hpp"

namespace sluice::upstream {
namespace {

Error invalid() noexcept {
  return Error(Error::Kind::malformed, Error::Side::internal, "url_invalid");
}

bool is_visible(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<FetchUrl> FetchUrl::parse(std::string_view text) {
  if (!is_visible(text) || text.find('#') != text.npos) return invalid();
  auto scheme = text.starts_with("https://") ? 8u : text.starts_with("http://") ? 7u : 0u;
  if (scheme == 0) return invalid();
  auto target = std::min(text.find_first_of("/?", scheme), text.size());
  auto server = Scalar<config::EndpointUrl>::parse(text.substr(0, target));
  if (!server) return invalid();

  auto split = http::split_target(text.substr(target));
  Arena arena;
  auto path = http::normalise_path(split.path.empty() ? "/" : split.path, false, arena);
  if (!path) return invalid();
  FetchUrl url;
  url.server = std::move(*server);
  url.authority = text.substr(scheme, target - scheme);
  url.path = *path;
  url.query = split.query;
  url.has_query = split.has_query;
  return url;
}

}  // namespace sluice::upstream
