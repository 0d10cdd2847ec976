// SipHash (Aumasson and Bernstein, 2012): a hash that nobody who does not know its key can find collisions
// of, so that clients who choose what is hashed cannot choose where it goes. One round a block and three at
// the end are enough for a table; the tests hold the code against the published vectors of 2 and 4.
//
//   KeyedHash<> hash(seed);          // once, from random bits
//   hash.add(name).add(value);       // each with its length: ("ab", "c") is not ("a", "bc")
//   std::uint64_t h = hash.finish();
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::base {

using HashSeed = std::array<std::uint64_t, 2>;

template <int each_block = 1, int at_end = 3>
class KeyedHash {
 public:
  explicit KeyedHash(const HashSeed& seed) noexcept
      : a_(seed[0] ^ 0x736f6d6570736575),
        b_(seed[1] ^ 0x646f72616e646f6d),
        c_(seed[0] ^ 0x6c7967656e657261),
        d_(seed[1] ^ 0x7465646279746573) {}

  // The whole blocks of `bytes`, then its tail with its length in the highest byte.
  KeyedHash& add(std::string_view bytes) noexcept {
    const char* at = bytes.data();
    for (auto left = bytes.size() / 8; left > 0; --left, at += 8) block(load(at));
    block(tail(bytes) | static_cast<std::uint64_t>(bytes.size()) << 56);
    return *this;
  }

  std::uint64_t finish() noexcept {
    c_ ^= 0xff;
    for (int i = 0; i < at_end; ++i) round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  static std::uint64_t load(const char* from) noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t word;
    std::memcpy(&word, from, 8);
    return word;
  }
  // The bytes behind the last whole block. A text that is long enough is read from its end.
  static std::uint64_t tail(std::string_view bytes) noexcept {
    auto size = bytes.size() % 8;
    if (size == 0) return 0;
    if (bytes.size() > 8) return load(bytes.data() + bytes.size() - 8) >> (64 - 8 * size);
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return word;
  }
  void block(std::uint64_t word) noexcept {
    d_ ^= word;
    for (int i = 0; i < each_block; ++i) round();
    a_ ^= word;
  }
  void round() noexcept {
    a_ += b_;
    c_ += d_;
    b_ = std::rotl(b_, 13) ^ a_;
    d_ = std::rotl(d_, 16) ^ c_;
    a_ = std::rotl(a_, 32) + d_;
    c_ += b_;
    d_ = std::rotl(d_, 21) ^ a_;
    b_ = std::rotl(b_, 17) ^ c_;
    c_ = std::rotl(c_, 32);
  }

  std::uint64_t a_, b_, c_, d_;
};

}  // namespace sluice::base
