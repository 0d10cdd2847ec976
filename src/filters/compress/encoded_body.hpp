// A body that is encoded as it is read. What the source gave before it makes its reader wait is decodable by
// then: a stream's piece goes out when it came. Long ones let the worker's other clients go on after each
// portion. Breaks off, without the end of its format, where the source does.
#pragma once
#include <optional>

#include "filters/compress/allowance.hpp"
#include "filters/compress/encoders.hpp"
#include "filters/compress/form.hpp"
#include "filters/compress/meters.hpp"
#include "filters/compress/read_ahead.hpp"
#include "sluice/arena.hpp"
#include "sluice/http.hpp"

namespace sluice::filters::compress {

// How one answer is encoded.
struct Encoding {
  Algorithm algorithm;
  int level;
  std::uint64_t length;       // of the source, or unknown_length
  std::size_t portion;        // bytes encoded in one turn of the loop
  std::optional<Draft> form;  // of what will be kept
};

class EncodedBody final : public BodySource {
 public:
  EncodedBody(Worker& worker, BodyPtr source, Encoding encoding, Encoders::Loan encoder,
              Allowance::Share memory, const Meters& meters);
  ~EncodedBody() override;

  // Error::internal where the source is longer or shorter than it was said to be.
  Eventual<Result<Chunk>> read(std::size_t max) override;

 private:
  enum class Need : std::uint8_t { nothing, input, turn };

  Need encode();
  bool has_work() const noexcept;
  bool is_spent() noexcept;
  void step();
  void end();
  Result<Chunk> give(std::size_t max) noexcept;
  Result<Unit> take();
  Task<Result<Chunk>> later(std::size_t max);
  Task<Result<Unit>> more_input();

  Worker& worker_;
  const Meters& meters_;
  ReadAhead source_;
  Encoding encoding_;  // its form looks at what the source keeps alive
  Encoders::Loan encoder_;
  Allowance::Share memory_;

  std::span<const char> in_;                  // what is left to encode of the source's piece
  Encoder::Then then_ = Encoder::Then::more;  // after it
  std::uint64_t taken_ = 0;                   // from the source, in all
  bool held_back_ = false;                    // the encoder took bytes that cannot be decoded yet
  std::size_t made_ = 0, given_ = 0;          // of the encoder's room
  bool ended_ = false;                        // nothing is made any more
  TimePoint turn_{};                          // the turn in which
  std::size_t spent_ = 0;                     // so many bytes were encoded
  const Fields* trailers_ = nullptr;
  Arena trailer_memory_;
  Fields fewer_trailers_{trailer_memory_};
};

}  // namespace sluice::filters::compress
