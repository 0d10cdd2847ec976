#include "net/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <charconv>

namespace sluice::net {
namespace {

using State = ProxyHeader::State;
using Addresses = ProxyHeader::Addresses;

constexpr ProxyHeader need_more{};
constexpr ProxyHeader malformed{State::malformed, 0, std::nullopt};

ProxyHeader done(std::size_t size, std::optional<Addresses> addresses) {
  return {State::done, size, addresses};
}

bool starts_like(std::string_view received, std::string_view signature) noexcept {
  auto n = std::min(received.size(), signature.size());
  return received.substr(0, n) == signature.substr(0, n);
}

// ---- version 1: a line of text, at most 107 bytes with its CRLF

constexpr std::string_view v1_signature = "PROXY ";
constexpr std::size_t v1_max_line = 105;

// Cuts the part up to the next space; empty where there is none.
std::string_view next_word(std::string_view& line) noexcept {
  auto space = line.find(' ');
  if (space == line.npos) return {};
  auto word = line.substr(0, space);
  line.remove_prefix(space + 1);
  return word;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  bool whole = error == std::errc() && end == text.data() + text.size();
  bool padded = text.size() > 1 && text.front() == '0';
  return whole && !padded ? std::optional(port) : std::nullopt;
}

// Four decimal numbers, or hexadecimal groups and colons; no mixture of the two, no zone.
std::optional<IpAddress> parse_address(std::string_view text, bool v4) noexcept {
  if (text.find_first_not_of(v4 ? "0123456789." : "0123456789abcdefABCDEF:") != text.npos)
    return std::nullopt;
  if (!v4 && text.find(':') == text.npos) return std::nullopt;
  auto address = IpAddress::parse(text);
  std::array<char, IpAddress::max_text> canonical;
  if (address && v4 && address->format(canonical) != text) return std::nullopt;
  return address;
}

std::optional<Addresses> parse_v1_addresses(std::string_view rest, bool v4) noexcept {
  auto source = parse_address(next_word(rest), v4);
  auto destination = parse_address(next_word(rest), v4);
  auto source_port = parse_port(next_word(rest));
  auto destination_port = parse_port(rest);
  if (!source || !destination || !source_port || !destination_port) return std::nullopt;
  return Addresses{*source, *destination, *source_port, *destination_port};
}

ProxyHeader parse_v1_line(std::string_view line) noexcept {
  auto size = line.size() + 2;
  line.remove_prefix(v1_signature.size());
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return done(size, std::nullopt);
  auto family = next_word(line);
  if (family != "TCP4" && family != "TCP6") return malformed;
  auto addresses = parse_v1_addresses(line, family == "TCP4");
  return addresses ? done(size, addresses) : malformed;
}

ProxyHeader parse_v1(std::string_view received) noexcept {
  auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  auto end = std::find_if_not(received.begin(), received.end(), printable);
  auto length = static_cast<std::size_t>(end - received.begin());
  if (length > v1_max_line) return malformed;
  if (end == received.end()) return need_more;
  if (*end != '\r') return malformed;
  if (end + 1 == received.end()) return need_more;
  return end[1] == '\n' ? parse_v1_line(received.substr(0, length)) : malformed;
}

// ---- version 2: sixteen bytes, addresses, then type-length-value

constexpr std::string_view v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t v2_fixed = 16;
constexpr unsigned char crc32c_type = 0x03;

// What follows the fixed part of a stream connection's header, by its family.
enum Family : unsigned char { unspecified = 0x00, tcp4 = 0x11, tcp6 = 0x21, unix_stream = 0x31 };

const unsigned char* bytes_of(std::string_view s) noexcept {
  return reinterpret_cast<const unsigned char*>(s.data());
}

std::uint16_t number16(std::string_view s, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(bytes_of(s)[at] << 8 | bytes_of(s)[at + 1]);
}

std::uint32_t number32(std::string_view s, std::size_t at) noexcept {
  return std::uint32_t{number16(s, at)} << 16 | number16(s, at + 2);
}

IpAddress address6(std::string_view s, std::size_t at) noexcept {
  return IpAddress::v6(std::span<const std::uint8_t, 16>(bytes_of(s) + at, 16));
}

std::optional<std::size_t> size_of_addresses(unsigned char family) noexcept {
  switch (family) {
    case unspecified:
      return 0;
    case tcp4:
      return 12;
    case tcp6:
      return 36;
    case unix_stream:
      return 216;
    default:
      return std::nullopt;
  }
}

std::optional<Addresses> v2_addresses(unsigned char family, std::string_view s) noexcept {
  if (family == tcp4)
    return Addresses{IpAddress::v4(number32(s, 0)), IpAddress::v4(number32(s, 4)), number16(s, 8),
                     number16(s, 10)};
  if (family == tcp6) return Addresses{address6(s, 0), address6(s, 16), number16(s, 32), number16(s, 34)};
  return std::nullopt;
}

// Over the whole header, its own four bytes taken as zero.
bool checksum_holds(std::string_view header, std::size_t value_at) noexcept {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  constexpr std::array<char, 4> zeros{};
  crc.process_bytes(header.data(), value_at);
  crc.process_bytes(zeros.data(), zeros.size());
  crc.process_bytes(header.data() + value_at + 4, header.size() - value_at - 4);
  return crc.checksum() == number32(header, value_at);
}

bool extensions_are_sound(std::string_view header, std::size_t at) noexcept {
  bool checked = false;
  while (at < header.size()) {
    if (header.size() - at < 3) return false;
    auto type = bytes_of(header)[at];
    std::size_t length = number16(header, at + 1);
    at += 3;
    if (header.size() - at < length) return false;
    if (type == crc32c_type && (std::exchange(checked, true) || length != 4 || !checksum_holds(header, at)))
      return false;
    at += length;
  }
  return true;
}

ProxyHeader parse_v2(std::string_view received) noexcept {
  if (received.size() < v2_fixed) return need_more;
  auto command = bytes_of(received)[12];
  auto family = bytes_of(received)[13];
  std::size_t size = v2_fixed + number16(received, 14);
  if (command >> 4 != 2 || (command & 0x0f) > 1 || size > max_proxy_header) return malformed;
  bool local = (command & 0x0f) == 0;
  auto addresses = local ? std::optional<std::size_t>(0) : size_of_addresses(family);
  if (!addresses || size - v2_fixed < *addresses) return malformed;
  if (received.size() < size) return need_more;
  auto header = received.substr(0, size);
  if (local) return done(size, std::nullopt);
  if (!extensions_are_sound(header, v2_fixed + *addresses)) return malformed;
  return done(size, v2_addresses(family, header.substr(v2_fixed)));
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view received, ProxyProtocol accepted) noexcept {
  bool v1 = accepted == ProxyProtocol::v1 || accepted == ProxyProtocol::any;
  bool v2 = accepted == ProxyProtocol::v2 || accepted == ProxyProtocol::any;
  if (received.empty()) return need_more;
  if (v1 && starts_like(received, v1_signature)) return parse_v1(received);
  if (v2 && starts_like(received, v2_signature)) return parse_v2(received);
  return malformed;
}

}  // namespace sluice::net
