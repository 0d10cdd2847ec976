#include "http/content_coding.hpp"

#include <algorithm>

#include "http/chars.hpp"
#include "http/weighted.hpp"
#include "http/words.hpp"

namespace sluice::http {
namespace {

constexpr std::uint16_t least = 1;
constexpr std::uint16_t unsaid = 0xffff;

constexpr std::size_t index_of(Coding coding) noexcept {
  return static_cast<std::size_t>(coding);
}

// What was said of each coding, and of `*`.
struct Said {
  std::array<std::uint16_t, codings> weights;
  std::uint16_t others = unsaid;

  Said() noexcept { weights.fill(unsaid); }

  void note(const Weighted& member) noexcept {
    auto coding = coding_of(member.value);
    if (!coding && member.value != "*") return;
    auto& weight = coding ? weights[index_of(*coding)] : others;
    if (weight == unsaid) weight = member.weight;
  }
  std::uint16_t weight(Coding coding) const noexcept {
    if (auto weight = weights[index_of(coding)]; weight != unsaid) return weight;
    if (coding == Coding::identity) return others == 0 ? 0 : least;
    return others == unsaid ? 0 : others;
  }
};

}  // namespace

std::string_view name_of(Coding coding) noexcept {
  constexpr std::string_view names[codings] = {"identity", "gzip", "deflate", "compress", "br", "zstd"};
  return names[index_of(coding)];
}

std::optional<Coding> coding_of(std::string_view name) noexcept {
  if (same<"gzip">(name) || same<"x-gzip">(name)) return Coding::gzip;
  if (same<"br">(name)) return Coding::br;
  if (same<"zstd">(name)) return Coding::zstd;
  if (same<"deflate">(name)) return Coding::deflate;
  if (same<"identity">(name)) return Coding::identity;
  if (same<"compress">(name) || same<"x-compress">(name)) return Coding::compress;
  return std::nullopt;
}

AcceptedCodings accepted_codings(const Fields& request) noexcept {
  AcceptedCodings accepted;
  Said said;
  for (auto& f : request) {
    if (f.id != FieldId::accept_encoding) continue;
    accepted.asked_ = true;
    for (auto list = f.value; !list.empty();)
      if (auto member = read_weighted(next_member(list))) said.note(*member);
  }
  for (std::size_t i = 0; i < codings; ++i)
    accepted.weights_[i] = accepted.asked_ ? said.weight(static_cast<Coding>(i)) : AcceptedCodings::full;
  return accepted;
}

std::optional<Coding> choose(const AcceptedCodings& accepted, std::span<const Coding> offered) noexcept {
  if (!accepted.asked()) return Coding::identity;
  std::optional<Coding> best;
  std::uint16_t weight = 0;
  auto consider = [&](Coding coding) {
    if (accepted.weight(coding) <= weight) return;
    best = coding;
    weight = accepted.weight(coding);
  };
  std::ranges::for_each(offered, consider);
  consider(Coding::identity);
  return best;
}

bool is_encoded(const Fields& response) noexcept {
  for (auto& f : response) {
    if (f.id != FieldId::content_encoding) continue;
    for (auto list = f.value; !list.empty();)
      if (auto member = next_member(list); !member.empty() && !same<"identity">(member)) return true;
  }
  return false;
}

}  // namespace sluice::http
