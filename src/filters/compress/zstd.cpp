#include <zstd.h>

#include <stdexcept>

#include "filters/compress/encoder.hpp"
#include "sluice/body.hpp"

namespace sluice::filters::compress {
namespace {

constexpr int window = 18;            // 256 KiB; RFC 9659 lets decoders refuse more than 8 MiB
constexpr int tables = 17;            // without this bound: 25 MiB at level 11
constexpr int with_large_tables = 3;  // from this level on

ZSTD_EndDirective directive_of(Encoder::Then then) noexcept {
  return std::array{ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end}[static_cast<std::size_t>(then)];
}

std::size_t checked(std::size_t result) {
  if (ZSTD_isError(result)) throw std::runtime_error(ZSTD_getErrorName(result));
  return result;
}

class Zstd final : public Encoder {
 public:
  Zstd() : context_(ZSTD_createCCtx()) {
    if (!context_) throw std::bad_alloc();
  }
  ~Zstd() override { ZSTD_freeCCtx(context_); }

  void begin(int level, std::uint64_t length) override {
    checked(ZSTD_CCtx_reset(context_, ZSTD_reset_session_and_parameters));
    set(ZSTD_c_compressionLevel, level);
    set(ZSTD_c_windowLog, window);
    if (level >= with_large_tables) {
      set(ZSTD_c_hashLog, tables);
      set(ZSTD_c_chainLog, tables);
    }
    if (length != unknown_length) checked(ZSTD_CCtx_setPledgedSrcSize(context_, length));
  }

  Step step(std::span<const char> in, std::span<char> out, Then then) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    auto left = checked(ZSTD_compressStream2(context_, &to, &from, directive_of(then)));
    return {from.pos, to.pos, from.pos == in.size() && (then == Then::more || left == 0)};
  }

  std::size_t memory() const noexcept override { return sizeof *this + ZSTD_sizeof_CCtx(context_); }

 private:
  void set(ZSTD_cParameter parameter, int value) {
    checked(ZSTD_CCtx_setParameter(context_, parameter, value));
  }

  ZSTD_CCtx* context_;
};

}  // namespace

std::unique_ptr<Encoder> make_zstd_encoder() {
  return std::make_unique<Zstd>();
}

}  // namespace sluice::filters::compress
