// The other side of the wire: decoders that clients use, told nothing but the bytes.
//
//   auto text = decoded(Algorithm::gzip, bytes);       // text.whole: the format's own end was seen
#pragma once
#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "filters/compress/settings.hpp"

namespace sluice::filters::compress {

struct Decoded {
  std::string bytes;
  bool whole = false;   // the end came, and nothing after it
  bool broken = false;  // no decoder would have it
};

inline Decoded gunzipped(std::string_view from) {
  Decoded to;
  z_stream z{};
  inflateInit2(&z, 15 + 16);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
  z.avail_in = static_cast<uInt>(from.size());
  std::array<char, 65536> room;
  for (int result = Z_OK; result == Z_OK;) {
    z.next_out = reinterpret_cast<Bytef*>(room.data());
    z.avail_out = room.size();
    result = inflate(&z, Z_NO_FLUSH);
    to.bytes.append(room.data(), room.size() - z.avail_out);
    to.whole = result == Z_STREAM_END && z.avail_in == 0;
    to.broken = result == Z_DATA_ERROR || (result == Z_STREAM_END && z.avail_in > 0);
  }
  inflateEnd(&z);
  return to;
}

inline Decoded unbrotlied(std::string_view from) {
  Decoded to;
  std::unique_ptr<BrotliDecoderState, decltype(&BrotliDecoderDestroyInstance)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  auto* in = reinterpret_cast<const std::uint8_t*>(from.data());
  auto left = from.size();
  std::array<std::uint8_t, 65536> room;
  for (auto result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
       result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;) {
    auto* out = room.data();
    auto space = room.size();
    result = BrotliDecoderDecompressStream(state.get(), &left, &in, &space, &out, nullptr);
    to.bytes.append(reinterpret_cast<char*>(room.data()), room.size() - space);
    to.whole = result == BROTLI_DECODER_RESULT_SUCCESS && left == 0;
    to.broken =
        result == BROTLI_DECODER_RESULT_ERROR || (result == BROTLI_DECODER_RESULT_SUCCESS && left > 0);
  }
  return to;
}

inline Decoded unzstded(std::string_view from) {
  Decoded to;
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 23);  // as browsers
  ZSTD_inBuffer in{from.data(), from.size(), 0};
  std::array<char, 65536> room;
  for (bool more = true; more;) {
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    auto result = ZSTD_decompressStream(context.get(), &out, &in);
    to.broken = ZSTD_isError(result);
    if (to.broken) return to;
    to.bytes.append(room.data(), out.pos);
    to.whole = result == 0 && in.pos == in.size;
    more = (in.pos < in.size || out.pos == out.size) && !to.whole;
  }
  return to;
}

inline Decoded decoded(Algorithm algorithm, std::string_view from) {
  if (algorithm == Algorithm::gzip) return gunzipped(from);
  return algorithm == Algorithm::br ? unbrotlied(from) : unzstded(from);
}

inline constexpr std::array all_algorithms{Algorithm::gzip, Algorithm::br, Algorithm::zstd};

}  // namespace sluice::filters::compress
