// What a compress policy counts.
#pragma once
#include <array>
#include <string_view>

#include "filters/compress/settings.hpp"
#include "sluice/metrics.hpp"

namespace sluice::filters::compress {

// Why an answer went out as it was.
enum class Skip : std::uint8_t {
  no_body,
  not_modified,
  no_transform,
  type,
  encoded,
  partial,
  digest,
  small,
  not_accepted,
  busy
};
inline constexpr std::size_t skips = 10;
constexpr auto names_of(Skip) {
  return std::array{"no_body"sv, "not_modified"sv, "no_transform"sv, "type"sv,         "encoded"sv,
                    "partial"sv, "digest"sv,       "small"sv,        "not_accepted"sv, "busy"sv};
}

enum class FormUse : std::uint8_t { reused, made, unfinished };
inline constexpr std::size_t form_uses = 3;
constexpr auto names_of(FormUse) {
  return std::array{"reused"sv, "made"sv, "unfinished"sv};
}

class Meters {
 public:
  Meters(Meter& meter, std::string_view policy);

  void skipped(std::size_t worker, Skip why) const noexcept { skipped_[index(why)].add(worker); }
  void encoded(std::size_t worker, Algorithm a) const noexcept { encoded_[index(a)].add(worker); }
  void in(std::size_t worker, Algorithm a, std::uint64_t bytes) const noexcept {
    in_[index(a)].add(worker, bytes);
  }
  void out(std::size_t worker, Algorithm a, std::uint64_t bytes) const noexcept {
    out_[index(a)].add(worker, bytes);
  }
  void form(std::size_t worker, FormUse use) const noexcept { forms_[index(use)].add(worker); }
  Gauge memory() const noexcept { return memory_; }

 private:
  template <class E>
  static std::size_t index(E e) noexcept {
    return static_cast<std::size_t>(e);
  }

  std::array<Counter, skips> skipped_;
  std::array<Counter, algorithms> encoded_, in_, out_;
  std::array<Counter, form_uses> forms_;
  Gauge memory_;
};

}  // namespace sluice::filters::compress
