// The URL of something that the gateway fetches for itself.
//
//   auto url = FetchUrl::parse("https://idp.example.com/jwks.json");
//   if (!url) return url.error();                   // malformed "url_invalid"
//   dial(url->server.address); request.path = url->path;
#pragma once
#include <string>
#include <string_view>

#include "config/address.hpp"
#include "sluice/result.hpp"

namespace sluice::upstream {

struct FetchUrl {
  config::EndpointUrl server;
  std::string authority;  // host and port as they were written: what Host is
  std::string path;       // normalised, at least "/"
  std::string query;      // without '?'
  bool has_query = false;

  // http or https, absolute, no user information (RFC 3986 §3.2.1), no fragment.
  static Result<FetchUrl> parse(std::string_view text);
};

}  // namespace sluice::upstream
