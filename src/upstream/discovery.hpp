// Discovery: the endpoints that were found for an upstream, and how it stands with finding them. One for each
// upstream's source, whatever snapshots speak of it: a reload starts from the last good set.
//
//   auto discovery = registry.discovery("orders", source_of(settings));
//   if (discovery->take(finding)) upstream.use(discovery->endpoints());
//   show(discovery->status());                                            // any thread
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/discover.hpp"
#include "sluice/background.hpp"
#include "sluice/metrics.hpp"
#include "upstream/last_good.hpp"

namespace sluice::upstream {

using EndpointList = std::vector<config::Endpoint>;

// What one look brought.
struct Finding {
  EndpointList endpoints;  // or
  std::string fault;       // why there are none
  Duration ttl{};          // how long it is good; zero: it does not say

  static Finding failed(std::string why) {
    Finding f;
    f.fault = std::move(why);
    return f;
  }
};

// Where it is looked: "dns", "srv" or "file", and the name or path.
struct Source {
  std::string kind, name;
};
Source source_of(const config::Discover& settings);

// Any thread.
class Discovery {
 public:
  Discovery(const std::string& upstream, Source source, Meter& meter);

  const Source& source() const noexcept { return source_; }
  // True: other endpoints than before. A finding without any is a failure and changes nothing. Begin and end
  // of a row of failures are logged.
  bool take(Finding finding);
  EndpointList endpoints() const;
  SourceStatus status() const;

 private:
  void fail(std::string fault);

  const std::string upstream_;
  const Source source_;
  const Counter failed_;
  mutable std::mutex mutex_;  // over the rest
  LastGood<EndpointList> known_;
  std::optional<WallPoint> loaded_;
};

}  // namespace sluice::upstream
