#include "upstream/ejection.hpp"

#include <algorithm>

namespace sluice::upstream {

Duration Ejection::begin(const Terms& terms, TimePoint now) noexcept {
  auto spent_well = repeats_ == 0 ? Duration::rep{0} : (now - ended_) / terms.eject;
  repeats_ -= static_cast<std::uint32_t>(std::min<Duration::rep>(repeats_, spent_well));
  // Counting on beyond the longest would only make good times count for less.
  auto most = std::max<Duration::rep>(1, (terms.max_eject + terms.eject - Duration(1)) / terms.eject);
  repeats_ = static_cast<std::uint32_t>(std::min<Duration::rep>(repeats_ + 1, most));
  auto lasts = std::min(terms.max_eject, terms.eject * repeats_);
  lasting_ = true;
  began_ = now;
  until_ = now + lasts;
  return lasts;
}

void Ejection::end(TimePoint now) noexcept {
  lasting_ = false;
  ended_ = now;
}

}  // namespace sluice::upstream
