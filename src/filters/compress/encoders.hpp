// The encoders of a process: taken for one body, given back for the next, since making one costs about as
// much as encoding two kilobytes. A few of each are kept on each worker.
//
//   auto loan = encoders.take(worker, Algorithm::gzip);
//   loan->begin(5, unknown_length);                              // on that worker alone
#pragma once
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "filters/compress/encoder.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::compress {

class Encoders {
 public:
  static constexpr std::size_t kept = 4;  // of each algorithm and worker: what is idle holds 20 MiB at most

  explicit Encoders(unsigned workers) : idle_(workers) {}

  // An encoder as long as it is needed. Dies before the Encoders, on the worker that it was taken on.
  class Loan {
   public:
    Loan(Loan&& o) noexcept : home_(o.home_), encoder_(std::move(o.encoder_)) {}
    ~Loan() {
      if (encoder_ && home_.size() < kept) home_.push_back(std::move(encoder_));
    }
    Encoder& operator*() const noexcept { return *encoder_; }
    Encoder* operator->() const noexcept { return encoder_.get(); }

   private:
    friend class Encoders;
    using Home = std::vector<std::unique_ptr<Encoder>>;
    Loan(Home& home, std::unique_ptr<Encoder> encoder) noexcept : home_(home), encoder_(std::move(encoder)) {}

    Home& home_;
    std::unique_ptr<Encoder> encoder_;
  };

  Loan take(const Worker& worker, Algorithm algorithm);

 private:
  WorkerLocal<std::array<Loan::Home, algorithms>> idle_;
};

}  // namespace sluice::filters::compress
