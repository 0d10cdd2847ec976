// Reads a stored body, or a range of it, without copying; waits where it has caught up with the writer.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "filters/cache/body_flow.hpp"
#include "filters/cache/stored_response.hpp"
#include "sluice/body.hpp"

namespace sluice::filters::cache {

class BodyReader final : public BodySource {
 public:
  // Null: it broke off, or its beginning is gone.
  static BodyPtr open(StoredPtr stored, Worker& worker, std::uint64_t from, std::uint64_t size);
  ~BodyReader() override;

  Eventual<Result<Chunk>> read(std::size_t max) override;
  bool rewind() noexcept override;

 private:
  BodyReader(StoredPtr stored, Worker& worker, std::uint64_t from, std::uint64_t size) noexcept;

  std::optional<Result<Chunk>> next(std::size_t max);
  Task<Result<Chunk>> wait(std::size_t max);

  const StoredPtr stored_;
  Worker& worker_;
  const std::uint64_t from_, to_;
  std::uint64_t at_;  // behind what was given out
  FlowPtr flow_;      // null: it was complete when this began
  BodyFlow::Place place_;
};

}  // namespace sluice::filters::cache
