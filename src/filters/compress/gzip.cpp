#include <zlib.h>

#include <stdexcept>

#include "filters/compress/encoder.hpp"

namespace sluice::filters::compress {
namespace {

constexpr int window = 15;       // 32 KiB, all that the format has
constexpr int with_header = 16;  // gzip's, not zlib's
constexpr int memory_level = 8;  // 128 KiB of hash chains, 128 KiB of window
constexpr std::size_t state = 6 * 1024;

int flush_of(Encoder::Then then) noexcept {
  return std::array{Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH}[static_cast<std::size_t>(then)];
}

class Gzip final : public Encoder {
 public:
  Gzip() {
    if (deflateInit2(&z_, 1, Z_DEFLATED, window + with_header, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Gzip() override { deflateEnd(&z_); }

  void begin(int level, std::uint64_t) override {
    if (deflateReset(&z_) != Z_OK || deflateParams(&z_, level, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::logic_error("deflateReset");
  }

  Step step(std::span<const char> in, std::span<char> out, Then then) override {
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    z_.avail_in = static_cast<uInt>(in.size());
    z_.next_out = reinterpret_cast<Bytef*>(out.data());
    z_.avail_out = static_cast<uInt>(out.size());
    auto result = deflate(&z_, flush_of(then));
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) throw std::logic_error("deflate");
    bool all_taken = z_.avail_in == 0;
    bool all_given = then == Then::more || (then == Then::end ? result == Z_STREAM_END : z_.avail_out > 0);
    return {in.size() - z_.avail_in, out.size() - z_.avail_out, all_taken && all_given};
  }

  std::size_t memory() const noexcept override {
    return sizeof *this + state + (1u << (window + 2)) + (1u << (memory_level + 9));
  }

 private:
  z_stream z_{};
};

}  // namespace

std::unique_ptr<Encoder> make_gzip_encoder() {
  return std::make_unique<Gzip>();
}

}  // namespace sluice::filters::compress
