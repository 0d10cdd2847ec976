// An access record as one line of text.
#pragma once
#include <array>
#include <cstdint>

#include "telemetry/access_record.hpp"

namespace sluice::telemetry {

enum class AccessFormat : std::uint8_t {
  json,  // one object
  text   // combined log format, then listener, route, endpoint, duration, flags and request id
};

// Owned by one worker: it remembers the text of the current second.
class AccessFormatter {
 public:
  AccessFormatter(AccessFormat format, bool query) noexcept : format_(format), query_(query) {}

  // Room that the line may need at most, its line feed included.
  std::size_t bound(const AccessRecord& record) const noexcept;
  // Writes the line and its line feed to `out`, which has bound() bytes; gives the end.
  char* write(const AccessRecord& record, char* out) noexcept;

  // A longer path, query or user agent is cut there, other texts at `short_text`.
  static constexpr std::size_t long_text = 2048;
  static constexpr std::size_t short_text = 256;
  // So many shadowed refusals are told at most, each cut there.
  static constexpr std::size_t most_shadowed = 8;
  static constexpr std::size_t shadowed_text = 128;
  // So many earlier tries are told at most, each cut there.
  static constexpr std::size_t most_tries = 5;
  static constexpr std::size_t try_text = 96;
  // No bound() is above this.
  static constexpr std::size_t longest = 65'000;

 private:
  char* json(const AccessRecord& record, char* out) noexcept;
  char* text(const AccessRecord& record, char* out) noexcept;
  std::string_view second_text(std::uint64_t second) noexcept;

  AccessFormat format_;
  bool query_;
  std::uint64_t second_ = ~std::uint64_t{0};  // whose text this is
  std::array<char, 32> second_text_{};
  std::size_t second_size_ = 0;
};

}  // namespace sluice::telemetry
