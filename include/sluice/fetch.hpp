// Requests that the gateway makes for itself: key sets, discovery documents.
//
//   Fetch fetch;
//   fetch.url = "https://idp.example.com/jwks.json";
//   auto fetching = fetcher.fetch(fetch);
//   auto answer = co_await fetching;
//   if (!answer) co_return failed(answer.error());      // timeout, too_large, refused, malformed ...
//   if (answer->status != 200) ...                      // redirects are answers, never followed
//
// HTTPS with the system's authorities unless the fetch says otherwise. Each fetch is bounded in time and
// size. A fetcher belongs to one worker; destroying the task ends the fetch.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sluice/clock.hpp"
#include "sluice/result.hpp"
#include "sluice/task.hpp"
#include "sluice/units.hpp"

namespace sluice {

using namespace std::chrono_literals;

struct Fetch {
  std::string url;  // absolute; http only with `insecure`
  std::vector<std::pair<std::string, std::string>> fields;
  Duration timeout = 5s;  // look-up, connection and the whole answer
  Size max_body = mebibytes(1);
  bool insecure = false;
  std::optional<std::filesystem::path> ca;  // PEM; absent: the system's
};

struct Fetched {
  std::uint16_t status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  virtual Task<Result<Fetched>> fetch(Fetch fetch) = 0;
};

}  // namespace sluice
