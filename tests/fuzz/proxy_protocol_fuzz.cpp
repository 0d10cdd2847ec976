// Any bytes, whole and cut short: the answer to a prefix is "more", or already the answer to the whole.
#include <cstdlib>
#include <string_view>

#include "net/proxy_protocol.hpp"

using namespace sluice::net;
using State = ProxyHeader::State;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(std::string_view bytes, ProxyProtocol accepted) {
  auto whole = parse_proxy_header(bytes, accepted);
  require(whole.state != State::need_more || bytes.size() < max_proxy_header);
  require(whole.state != State::done || (whole.size <= bytes.size() && whole.size <= max_proxy_header));
  for (std::size_t n = 0; n < bytes.size() && n < 2 * max_proxy_header; n += n < 200 ? 1 : 61) {
    auto part = parse_proxy_header(bytes.substr(0, n), accepted);
    require(part.state == State::need_more || part.state == whole.state);
    require(part.state != State::done || (part.size == whole.size && whole.size <= n));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (auto accepted : {ProxyProtocol::v1, ProxyProtocol::v2, ProxyProtocol::any}) judge(bytes, accepted);
  return 0;
}
