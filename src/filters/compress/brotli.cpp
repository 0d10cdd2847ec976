#include <brotli/encode.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "filters/compress/encoder.hpp"

namespace sluice::filters::compress {
namespace {

// From a megabyte on level 4 takes a table of 4 MiB.
constexpr std::uint64_t largest_hint = (1 << 20) - 1;

// From 5 on the tables grow with larger windows, to 33 MiB.
int window_of(int level) noexcept {
  return level < 5 ? 17 : 16;
}

BrotliEncoderOperation operation_of(Encoder::Then then) noexcept {
  return std::array{BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH,
                    BROTLI_OPERATION_FINISH}[static_cast<std::size_t>(then)];
}

class Brotli final : public Encoder {
 public:
  ~Brotli() override { BrotliEncoderDestroyInstance(state_); }

  // The library has no way back to the beginning.
  void begin(int level, std::uint64_t length) override {
    BrotliEncoderDestroyInstance(state_);
    state_ = BrotliEncoderCreateInstance(allocate, release, &memory_);
    if (!state_) throw std::bad_alloc();
    set(BROTLI_PARAM_QUALITY, level);
    set(BROTLI_PARAM_LGWIN, window_of(level));
    set(BROTLI_PARAM_SIZE_HINT, std::min(length, largest_hint));
  }

  Step step(std::span<const char> in, std::span<char> out, Then then) override {
    auto* from = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
    auto left = in.size(), room = out.size();
    if (!BrotliEncoderCompressStream(state_, operation_of(then), &left, &from, &room, &to, nullptr))
      throw std::runtime_error("BrotliEncoderCompressStream");
    bool all_given = then == Then::more || (then == Then::end ? BrotliEncoderIsFinished(state_)
                                                              : !BrotliEncoderHasMoreOutput(state_));
    return {in.size() - left, out.size() - room, left == 0 && all_given};
  }

  std::size_t memory() const noexcept override { return sizeof *this + memory_; }

 private:
  void set(BrotliEncoderParameter parameter, std::uint64_t value) {
    if (!BrotliEncoderSetParameter(state_, parameter, static_cast<std::uint32_t>(value)))
      throw std::logic_error("BrotliEncoderSetParameter");
  }

  static void* allocate(void* count, std::size_t size) {
    void* p = std::malloc(size);
    if (p) *static_cast<std::size_t*>(count) += malloc_usable_size(p);
    return p;
  }
  static void release(void* count, void* p) {
    if (p) *static_cast<std::size_t*>(count) -= malloc_usable_size(p);
    std::free(p);
  }

  BrotliEncoderState* state_ = nullptr;
  std::size_t memory_ = 0;
};

}  // namespace

std::unique_ptr<Encoder> make_br_encoder() {
  return std::make_unique<Brotli>();
}

}  // namespace sluice::filters::compress
