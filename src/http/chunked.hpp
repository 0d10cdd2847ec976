// The chunked transfer coding (RFC 9112 §7.1), both ways, in place.
//
//   ChunkedDecoder decoder;
//   auto decoded = decoder.decode({buffer, received}, max);
//   if (decoded.fault) ...                             // 400 or 502, and close
//   use(decoded.data);                                 // lies inside the buffer
//   drop the first decoded.consumed bytes of the buffer, once data is used
//   if (decoded.end) use(decoder.trailers());
//
// Strict: a size is 1 to 16 hex digits and nothing else, extensions follow the grammar and are bounded in
// total, data ends with CRLF exactly where it was announced to, trailers are read like a head's fields.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/head.hpp"
#include "sluice/http.hpp"

namespace sluice::http {

struct ChunkLimits {
  std::size_t extensions = 16 * 1024;  // bytes of extensions in one body
  std::size_t trailers = 8 * 1024;     // bytes of the trailer section
  std::size_t trailer_fields = 32;
};

class ChunkedDecoder {
 public:
  struct Decoded {
    std::string_view data;     // body bytes, at most `max`; what came in several chunks was moved together
    std::size_t consumed = 0;  // bytes of the input that are done with, those of `data` included
    bool end = false;          // the body is complete; what follows `consumed` is the next message
    Fault fault;               // status 400; the body cannot be read any further
  };

  ChunkedDecoder() = default;
  explicit ChunkedDecoder(const ChunkLimits& limits) noexcept : limits_(limits) {}
  ChunkedDecoder(const ChunkedDecoder&) = delete;

  // Consumes all of `raw` unless `max` or the end stops it. Neither data nor end nor fault: more is needed.
  Decoded decode(std::span<char> raw, std::size_t max);

  // After the end: the trailer fields that are safe to pass on (RFC 9110 §6.5.1), or null. Dies with the
  // decoder.
  const Fields* trailers() const noexcept { return trailers_.size() ? &trailers_ : nullptr; }

 private:
  enum class State : std::uint8_t {
    size,        // before the first digit
    digits,      // after at least one
    blank,       // white space that only an extension may follow
    name_start,  // after ';', white space allowed
    name,
    after_name,   // white space
    value_start,  // after '=', white space allowed
    value,
    quoted,
    escaped,  // after a backslash in quotes
    after_quotes,
    line_end,  // CR seen
    data,
    data_cr,  // all of the chunk's data seen
    data_lf,
    trailers,
    end,
    broken
  };

  const char* on_byte(char c) noexcept;
  const char* on_digit(char c) noexcept;
  const char* on_extension(char c) noexcept;
  const char* on_line_end() noexcept;
  State after_word(char c) const noexcept;
  State in_extension(char c) const noexcept;
  void take_data(std::span<char> raw, std::size_t max, Decoded& decoded) noexcept;
  const char* take_trailers(std::string_view raw, std::size_t& consumed);
  const char* read_trailers();

  ChunkLimits limits_;
  State state_ = State::size;
  std::uint8_t digits_ = 0;
  std::uint64_t left_ = 0;      // of the current chunk
  std::size_t extensions_ = 0;  // bytes so far
  std::string text_;            // the trailer section as received
  Arena arena_;
  Fields trailers_{arena_};
};

// RFC 9110 §6.5.1: not what frames, routes, authenticates, describes or conditions a message, or says where
// it comes from. Names compare with '_' equal to '-', because some receivers do.
bool allowed_in_trailer(const Field& field) noexcept;

// The encoder's pieces: chunk_head, data, "\r\n", ... and at the end last_chunk.
inline constexpr std::size_t max_chunk_head = 18;
inline constexpr std::string_view chunk_tail = "\r\n";

// "1f4\r\n" written to `to`, which has room for max_chunk_head bytes; returns its size. `size` is not zero.
std::size_t write_chunk_head(char* to, std::uint64_t size) noexcept;

// "0\r\n", the trailers that are sound and allowed, "\r\n".
std::size_t last_chunk_size(const Fields* trailers) noexcept;
char* write_last_chunk(char* to, const Fields* trailers) noexcept;

}  // namespace sluice::http
