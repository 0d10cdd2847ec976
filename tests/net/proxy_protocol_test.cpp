#include "net/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <string>

namespace sluice::net {
namespace {

using State = ProxyHeader::State;
using namespace std::string_literals;

constexpr auto any = ProxyProtocol::any;

// "source port > destination port", "none", or what went wrong; `size` bytes belong to the header.
std::string summary(const ProxyHeader& h) {
  if (h.state == State::need_more) return "need more";
  if (h.state == State::malformed) return "malformed";
  auto text = std::to_string(h.size) + ": ";
  if (!h.addresses) return text + "none";
  auto& a = *h.addresses;
  return text + a.source.to_string() + " " + std::to_string(a.source_port) + " > " +
         a.destination.to_string() + " " + std::to_string(a.destination_port);
}

std::string parse(std::string_view received, ProxyProtocol accepted = any) {
  return summary(parse_proxy_header(received, accepted));
}

// ---- version 1

TEST(ProxyProtocolV1, ReadsAddresses) {
  EXPECT_EQ(parse("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"),
            "45: 192.0.2.1 56324 > 198.51.100.2 443");
  EXPECT_EQ(parse("PROXY TCP6 2001:db8::1 2001:DB8:0:0:0:0:0:2 1 65535\r\n"),
            "53: 2001:db8::1 1 > 2001:db8::2 65535");
  EXPECT_EQ(parse("PROXY TCP4 192.0.2.1 198.51.100.2 0 0\r\nGET / HTTP/1.1\r\n"),
            "39: 192.0.2.1 0 > 198.51.100.2 0");
  EXPECT_EQ(parse("PROXY UNKNOWN\r\n"), "15: none");
  EXPECT_EQ(parse("PROXY UNKNOWN ffff::1 whatever this says 1 2\r\nrest"), "46: none");
}

TEST(ProxyProtocolV1, RefusesWhatIsNotExactlyThat) {
  for (auto* line : {"PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n",        // no destination port
                     "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 \r\n",   // a space too many
                     "PROXY TCP4 192.0.2.1  198.51.100.2 56324 443\r\n",   // two spaces
                     "PROXY  TCP4 192.0.2.1 198.51.100.2 56324 443\r\n",   //
                     "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 1\r\n",  // one word too many
                     "PROXY TCP4 192.0.2.1 198.51.100.2 56324 65536\r\n",  // port out of range
                     "PROXY TCP4 192.0.2.1 198.51.100.2 056 443\r\n",      // leading zero
                     "PROXY TCP4 192.0.2.1 198.51.100.2 +56 443\r\n",      // sign
                     "PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n",       //
                     "PROXY TCP4 192.0.2.1 198.51.100.2 0x50 443\r\n",     //
                     "PROXY TCP4 192.0.2.1 198.51.100.2 \t80 443\r\n",     //
                     "PROXY TCP4 192.0.02.1 198.51.100.2 1 443\r\n",       // address with leading zero
                     "PROXY TCP4 192.0.2.256 198.51.100.2 1 443\r\n",      //
                     "PROXY TCP4 192.0.2 198.51.100.2 1 443\r\n",          //
                     "PROXY TCP4 2001:db8::1 2001:db8::2 1 443\r\n",       // the other family
                     "PROXY TCP6 192.0.2.1 198.51.100.2 1 443\r\n",        //
                     "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 443\r\n",          // a mixture
                     "PROXY TCP6 fe80::1%eth0 ::1 1 443\r\n",              // a zone
                     "PROXY TCP6 [::1] [::1] 1 443\r\n",                   // brackets
                     "PROXY TCP5 192.0.2.1 198.51.100.2 1 443\r\n",        //
                     "PROXY tcp4 192.0.2.1 198.51.100.2 1 443\r\n",        //
                     "PROXY UDP4 192.0.2.1 198.51.100.2 1 443\r\n",        //
                     "PROXY UNKNOWNN\r\n",                                 //
                     "PROXY \r\n",                                         //
                     "PROXY TCP4\r\n",                                     //
                     "proxy TCP4 192.0.2.1 198.51.100.2 1 443\r\n",        //
                     " PROXY TCP4 192.0.2.1 198.51.100.2 1 443\r\n",       //
                     "PROXY TCP4 192.0.2.1 198.51.100.2 1 443\n",          // bare LF
                     "PROXY TCP4 192.0.2.1 198.51.100.2 1 443\rX",         // bare CR
                     "PROXY UNKNOWN \xc3\xbc\r\n",                         // not ASCII
                     "GET / HTTP/1.1\r\n"})
    EXPECT_EQ(parse(line), "malformed") << line;
  EXPECT_EQ(parse("PROXY UNKNOWN \0\r\n"s), "malformed");
}

TEST(ProxyProtocolV1, IsAtMost107BytesLong) {
  auto longest = "PROXY UNKNOWN " + std::string(91, 'x');
  EXPECT_EQ(parse(longest + "\r\n"), "107: none");
  EXPECT_EQ(parse(longest), "need more");
  EXPECT_EQ(parse(longest + "x"), "malformed");
  EXPECT_EQ(parse(longest + "x\r\n"), "malformed");
}

TEST(ProxyProtocolV1, WaitsAtEveryByte) {
  auto whole = "PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n"s;
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_EQ(parse(whole.substr(0, n)), "need more") << n;
  EXPECT_NE(parse(whole), "need more");
}

// ---- version 2

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string v2(unsigned char command, unsigned char family, const std::string& rest) {
  auto length = rest.size();
  return signature + static_cast<char>(command) + static_cast<char>(family) + static_cast<char>(length >> 8) +
         static_cast<char>(length & 0xff) + rest;
}

const std::string four = "\xc0\x00\x02\x01\xc6\x33\x64\x02\xdc\x04\x01\xbb"s;
const std::string six = "\x20\x01\x0d\xb8"s + std::string(11, 0) + "\x01" + "\x20\x01\x0d\xb8"s +
                        std::string(11, 0) + "\x02" + "\xdc\x04\x01\xbb"s;

std::string tlv(char type, const std::string& value) {
  return std::string(1, type) + static_cast<char>(value.size() >> 8) +
         static_cast<char>(value.size() & 0xff) + value;
}

// The header with its checksum, which stands last.
std::string checked(const std::string& addresses) {
  auto header = v2(0x21, 0x11, addresses + tlv(3, std::string(4, 0)));
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(header.data(), header.size());
  for (int i = 0; i < 4; ++i)
    header[header.size() - 4 + static_cast<unsigned>(i)] = static_cast<char>(crc.checksum() >> (24 - 8 * i));
  return header;
}

TEST(ProxyProtocolV2, ReadsAddresses) {
  EXPECT_EQ(parse(v2(0x21, 0x11, four)), "28: 192.0.2.1 56324 > 198.51.100.2 443");
  EXPECT_EQ(parse(v2(0x21, 0x21, six) + "rest"), "52: 2001:db8::1 56324 > 2001:db8::2 443");
  EXPECT_EQ(parse(v2(0x21, 0x31, std::string(216, 'u'))), "232: none");
  EXPECT_EQ(parse(v2(0x21, 0x00, "")), "16: none");
}

TEST(ProxyProtocolV2, LetsTheBalancerSpeakForItself) {
  EXPECT_EQ(parse(v2(0x20, 0x00, "")), "16: none");
  EXPECT_EQ(parse(v2(0x20, 0x11, four)), "28: none");
  EXPECT_EQ(parse(v2(0x20, 0x99, "anything")), "24: none");
}

TEST(ProxyProtocolV2, RefusesWhatIsNotExactlyThat) {
  EXPECT_EQ(parse(v2(0x11, 0x11, four)), "malformed") << "version";
  EXPECT_EQ(parse(v2(0x31, 0x11, four)), "malformed") << "version";
  EXPECT_EQ(parse(v2(0x22, 0x11, four)), "malformed") << "command";
  EXPECT_EQ(parse(v2(0x2f, 0x11, four)), "malformed") << "command";
  for (unsigned char family : {0x01, 0x10, 0x12, 0x13, 0x20, 0x22, 0x30, 0x32, 0x41, 0xff})
    EXPECT_EQ(parse(v2(0x21, family, std::string(216, 0))), "malformed") << int{family};
  EXPECT_EQ(parse(v2(0x21, 0x11, four.substr(1))), "malformed") << "no room for the addresses";
  EXPECT_EQ(parse(v2(0x21, 0x21, four)), "malformed");
  auto other = v2(0x21, 0x11, four);
  other[11] = '\r';
  EXPECT_EQ(parse(other), "malformed");
}

TEST(ProxyProtocolV2, SkipsExtensionsWithinBounds) {
  auto extensions = tlv(1, "h2") + tlv(4, "") + tlv(0x20, std::string(300, 's')) + tlv('\xee', "own");
  EXPECT_EQ(parse(v2(0x21, 0x11, four + extensions)),
            std::to_string(28 + extensions.size()) + ": 192.0.2.1 56324 > 198.51.100.2 443");
  EXPECT_EQ(parse(v2(0x21, 0x11, four + "\x01"s)), "malformed");
  EXPECT_EQ(parse(v2(0x21, 0x11, four + "\x01\x00"s)), "malformed");
  EXPECT_EQ(parse(v2(0x21, 0x11, four + "\x01\x00\x02x"s)), "malformed");
  EXPECT_EQ(parse(v2(0x21, 0x00, "\x01"s)), "malformed");
}

TEST(ProxyProtocolV2, IsBounded) {
  auto padding = [](std::size_t total) { return tlv(4, std::string(total - 3, 0)); };
  EXPECT_EQ(parse(v2(0x21, 0x11, four + padding(4096 - 12))), "4112: 192.0.2.1 56324 > 198.51.100.2 443");
  auto larger = v2(0x21, 0x11, four + padding(4097 - 12));
  EXPECT_EQ(parse(larger), "malformed");
  EXPECT_EQ(parse(larger.substr(0, 16)), "malformed") << "before it has come";
  static_assert(max_proxy_header == 4112);
}

TEST(ProxyProtocolV2, VerifiesTheChecksum) {
  auto good = checked(four);
  EXPECT_EQ(parse(good), "35: 192.0.2.1 56324 > 198.51.100.2 443");
  for (std::size_t at : {16u, 27u, 31u, 34u}) {
    auto bad = good;
    bad[at] ^= 1;
    EXPECT_EQ(parse(bad), "malformed") << at;
  }
  EXPECT_EQ(parse(v2(0x21, 0x11, four + tlv(3, "abc"))), "malformed") << "of three bytes";
  EXPECT_EQ(parse(v2(0x21, 0x11, four + good.substr(28) + good.substr(28))), "malformed") << "twice";
}

// As others computed it.
TEST(ProxyProtocolV2, AgreesOnCrc32c) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes("123456789", 9);
  EXPECT_EQ(crc.checksum(), 0xE3069283u);
}

TEST(ProxyProtocolV2, WaitsAtEveryByte) {
  auto whole = checked(four);
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_EQ(parse(whole.substr(0, n)), "need more") << n;
}

// ---- which of the two

TEST(ProxyProtocol, TakesOnlyWhatIsAccepted) {
  auto one = "PROXY TCP4 192.0.2.1 198.51.100.2 1 443\r\n"s;
  auto two = v2(0x21, 0x11, four);
  for (std::size_t n = 1; n < 13; ++n) {
    EXPECT_EQ(parse(one.substr(0, n), ProxyProtocol::v2), "malformed");
    EXPECT_EQ(parse(two.substr(0, n), ProxyProtocol::v1), "malformed");
  }
  EXPECT_EQ(parse(one, ProxyProtocol::v2), "malformed");
  EXPECT_EQ(parse(two, ProxyProtocol::v1), "malformed");
  EXPECT_EQ(parse(one, ProxyProtocol::v1), "41: 192.0.2.1 1 > 198.51.100.2 443");
  EXPECT_EQ(parse(two, ProxyProtocol::v2), "28: 192.0.2.1 56324 > 198.51.100.2 443");
}

}  // namespace
}  // namespace sluice::net
