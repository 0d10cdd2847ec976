// One content coding at work on one body, piece by piece, in bounded memory. Recycled: begin() starts over.
//
//   encoder.begin(level, length);
//   auto step = encoder.step(bytes, encoder.room(), Encoder::Then::end);
//   send(encoder.room().first(step.made));
//   if (!step.done) step = encoder.step(bytes.subspan(step.taken), encoder.room(), Encoder::Then::end);
//
// What a library refuses is a bug, or memory that is not there: it throws.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "filters/compress/settings.hpp"

namespace sluice::filters::compress {

class Encoder {
 public:
  // After the bytes given: more come; those given so far have to be decodable; nothing comes any more. What
  // was asked for is asked for again, with the bytes that are left, until it is done.
  enum class Then : std::uint8_t { more, flush, end };
  struct Step {
    std::size_t taken, made;
    bool done;  // all bytes taken, and with flush and end: all of the outcome given out
  };

  Encoder() = default;
  Encoder(const Encoder&) = delete;
  virtual ~Encoder() = default;

  // `length` may be unknown_length; if it is not, exactly as many bytes have to follow.
  virtual void begin(int level, std::uint64_t length) = 0;
  virtual Step step(std::span<const char> in, std::span<char> out, Then then) = 0;
  // Bytes that it holds.
  virtual std::size_t memory() const noexcept = 0;

  // For its outcome.
  std::span<char> room() noexcept { return room_; }

 private:
  std::array<char, 32 * 1024> room_;
};

std::unique_ptr<Encoder> make_gzip_encoder();
std::unique_ptr<Encoder> make_br_encoder();
std::unique_ptr<Encoder> make_zstd_encoder();

}  // namespace sluice::filters::compress
