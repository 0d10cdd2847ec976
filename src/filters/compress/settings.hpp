// What a compress policy may say.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "http/content_coding.hpp"
#include "sluice/config.hpp"

namespace sluice::filters::compress {

using namespace std::string_view_literals;

enum class Algorithm : std::uint8_t { gzip, br, zstd };
inline constexpr std::size_t algorithms = 3;
constexpr auto names_of(Algorithm) {
  return std::array{"gzip"sv, "br"sv, "zstd"sv};
}
constexpr std::string_view name_of(Algorithm a) {
  return names_of(a)[static_cast<std::size_t>(a)];
}
constexpr http::Coding coding_of(Algorithm a) {
  return std::array{http::Coding::gzip, http::Coding::br, http::Coding::zstd}[static_cast<std::size_t>(a)];
}

struct Levels {
  int gzip, br, zstd;

  int of(Algorithm a) const noexcept { return std::array{gzip, br, zstd}[static_cast<std::size_t>(a)]; }
};

struct PassingLevels : Levels {
  PassingLevels() noexcept : Levels{5, 4, 3} {}
  static const Schema& schema();
};
struct StaticLevels : Levels {
  StaticLevels() noexcept : Levels{9, 9, 11} {}
  static const Schema& schema();
};

struct Settings {
  std::vector<Algorithm> algorithms = {Algorithm::zstd, Algorithm::br, Algorithm::gzip};
  Size min_size = kibibytes(1);
  std::vector<std::string> types = usual_types();
  PassingLevels level;
  StaticLevels static_level;
  Size static_size = mebibytes(4);
  Size memory = mebibytes(256);

  static std::vector<std::string> usual_types();
  static const Schema& schema();
};

}  // namespace sluice::filters::compress
