// Mirror: who is shown a copy of a route's requests, which of them, and what came of it.
//
//   if (!mirror.wants(x.request)) return;
//   if (auto copy = MirrorCopy::make(x, mirror)) {            // null: too many are under way
//     ... in the worker's background ...
//     copy->ended(MirrorResult::well);                        // its death without that counts as cut off
//   }
//
// What becomes of copies counts nowhere else: not among an upstream's requests, nor for its outlier
// detection, breaker or retry budget.
#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "config/releases.hpp"
#include "pipeline/detached.hpp"
#include "proxy/method_set.hpp"
#include "sluice/metrics.hpp"
#include "upstream/upstream.hpp"

namespace sluice::proxy {

enum class MirrorResult : std::uint8_t { well, badly, too_large, too_many, cut, count };

struct Mirror {
  using Level = std::atomic<std::uint32_t>;

  Mirror(const config::Mirror& settings, std::shared_ptr<upstream::Upstream> upstream,
         std::shared_ptr<Level> under_way, const std::string& route, Meter& meter);

  // A tunnel has no copy.
  bool wants(const Request& request) const noexcept {
    return request.upgrade.empty() && methods.allows(request.method, request.method_text);
  }
  void count(const Worker& worker, MirrorResult result) const noexcept {
    results[static_cast<std::size_t>(result)].add(worker.index);
  }

  std::shared_ptr<upstream::Upstream> to;
  MethodSet methods;
  double sample;
  std::uint64_t max_body;
  std::uint32_t max;
  bool credentials;
  std::shared_ptr<Level> in_flight;  // of all workers; a reload does not forget it
  std::vector<Counter> results;      // by MirrorResult
  Histogram duration;                // to the head of the answer
  Gauge level;
};

// One request on its way to a mirror, and its place among those that may be.
class MirrorCopy : public Recycled {
 public:
  // Null where there is no place; that is counted.
  static std::unique_ptr<MirrorCopy> make(const Exchange& x, const Mirror& mirror);
  MirrorCopy(const MirrorCopy&) = delete;
  ~MirrorCopy();

  Exchange& exchange() noexcept { return detached_.exchange(); }
  const Mirror& mirror() const noexcept { return mirror_; }
  void carry(std::string body) { detached_.carry(std::move(body)); }
  void ended(MirrorResult result) noexcept { result_ = result; }

 private:
  MirrorCopy(const Exchange& x, const Mirror& mirror);

  pipeline::Detached detached_;  // pins the snapshot, which keeps the mirror
  const Mirror& mirror_;
  MirrorResult result_ = MirrorResult::cut;
};

}  // namespace sluice::proxy
