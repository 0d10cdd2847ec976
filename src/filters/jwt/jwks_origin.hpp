// Where a key set comes from, and one fetch of it.
//
//   auto fetching = fetch_jwks(fetcher, origin);
//   auto fetched = co_await fetching;
//   if (!fetched.fault.empty()) log(fetched.fault);            // "connect_refused", "status 404" ...
//   else use(fetched.keys);                                    // at least one
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "filters/jwt/keys.hpp"
#include "sluice/fetch.hpp"

namespace sluice::filters::jwt {

struct JwksOrigin {
  std::string url;                          // of the set; with `discover`, the issuer as its tokens spell it
  bool discover = false;                    // OpenID Connect Discovery: ask the issuer where its set is
  bool insecure = false;                    // http too; certificates are looked at all the same
  std::optional<std::filesystem::path> ca;  // absent: the system's
  Algorithms allowed = Algorithms::all();   // keys for others are left out

  // What is asked first, without its query: for /status, metrics and the log.
  std::string name() const;
  // Everything that makes two origins different.
  std::string identity() const;
};

struct FetchedJwks {
  std::shared_ptr<const KeySet> keys;  // null: there is a fault
  std::string fault;                   // a sentence for people
  std::vector<std::string> notes;      // of keys that were left out
};

// With `discover` the document at <issuer>/.well-known/openid-configuration has to name exactly this issuer
// (OpenID Connect Discovery 1.0 §4.3); its `jwks_uri` is what is fetched then. No redirects, 1 MiB and 5 s
// for each of the two.
Task<FetchedJwks> fetch_jwks(Fetcher& fetcher, const JwksOrigin& origin);

}  // namespace sluice::filters::jwt
