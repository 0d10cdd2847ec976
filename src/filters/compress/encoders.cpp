#include "filters/compress/encoders.hpp"

namespace sluice::filters::compress {

Encoders::Loan Encoders::take(const Worker& worker, Algorithm algorithm) {
  constexpr std::array make = {make_gzip_encoder, make_br_encoder, make_zstd_encoder};
  auto which = static_cast<std::size_t>(algorithm);
  auto& home = idle_.at(worker)[which];
  home.reserve(kept);  // giving back never fails
  if (home.empty()) return Loan(home, make[which]());
  auto encoder = std::move(home.back());
  home.pop_back();
  return Loan(home, std::move(encoder));
}

}  // namespace sluice::filters::compress
