// What a filter needs done without a request: a key set that is fetched again and again, a file that is
// watched. It runs on worker 0, from the publish of the first configuration that holds it until no
// configuration in force does; start-up waits for nothing of it.
//
//   class Keys final : public Background {
//     Task<Unit> run(Worker& worker, Fetcher& fetcher) override {
//       for (;;) {
//         auto fetching = fetcher.fetch(fetch_);
//         auto answer = co_await fetching;
//         take(answer);                                    // Published<T>::set hands it to all workers
//         auto pause = sleep(worker.timers, next());
//         co_await pause;
//       }
//     }
//   };
#pragma once
#include <optional>
#include <string>

#include "sluice/clock.hpp"
#include "sluice/fetch.hpp"
#include "sluice/task.hpp"
#include "sluice/worker.hpp"

namespace sluice {

// How a background source is, for /status and metrics.
struct SourceStatus {
  std::string kind;                 // "jwks"
  std::string name;                 // its URL or path
  bool usable = false;              // there is something to work with
  std::string error;                // of the last try; empty: it went well
  std::optional<WallPoint> loaded;  // when what is in use came
  std::size_t items = 0;
};

class Background {
 public:
  Background() = default;
  Background(const Background&) = delete;
  virtual ~Background() = default;

  // Once, on worker 0. Destroying the task is its end.
  virtual Task<Unit> run(Worker& worker, Fetcher& fetcher) = 0;
  // Any thread.
  virtual SourceStatus status() const = 0;
};

}  // namespace sluice
