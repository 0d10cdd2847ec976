// A body on its way into the store: pulled from the origin at its own pace, whoever reads it meanwhile.
//
//   worker.background.spawn(run_fill(std::move(fill)));
//
// Cancelled or broken off, its readers get the error and the response leaves the store. Longer than is kept,
// the response leaves the store and its readers set the pace.
#pragma once
#include <memory>

#include "filters/cache/cache_store.hpp"
#include "filters/cache/stored_response.hpp"
#include "sluice/body.hpp"
#include "sluice/exchange.hpp"
#include "sluice/task.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::cache {

class Fill {
 public:
  Fill(std::shared_ptr<CacheStore> store, StoredResponse::Ptr entry, Worker& worker, BodyPtr from,
       SnapshotPin pin);
  Fill(const Fill&) = delete;
  ~Fill();

  Task<Unit> run();

 private:
  Task<Result<Unit>> pump();
  Task<Result<Unit>> pass(std::span<const char> bytes);
  void leave_store();

  const std::shared_ptr<CacheStore> store_;
  const StoredResponse::Ptr entry_;
  Worker& worker_;
  BodyPtr from_;
  const SnapshotPin pin_;
};

Task<Unit> run_fill(std::unique_ptr<Fill> fill);

}  // namespace sluice::filters::cache
