#include "http/websocket.hpp"

#include <algorithm>

namespace sluice::http {

std::size_t FrameTracker::announced_header() const noexcept {
  if (header_size_ < 2) return 2;
  std::size_t length = header_[1] & 0x7f;
  std::size_t mask = header_[1] & 0x80 ? 4 : 0;
  return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + mask;
}

std::uint64_t FrameTracker::announced_payload() const noexcept {
  std::uint64_t length = header_[1] & 0x7f;
  if (length < 126) return length;
  std::size_t digits = length == 126 ? 2 : 8;
  length = 0;
  for (std::size_t i = 0; i < digits; ++i) length = length << 8 | header_[2 + i];
  return length;
}

std::size_t FrameTracker::feed(std::string_view bytes) noexcept {
  auto boundary = none;
  for (std::size_t at = 0; at < bytes.size();) {
    if (payload_ > 0) {
      auto skipped = std::min<std::uint64_t>(payload_, bytes.size() - at);
      payload_ -= skipped;
      at += static_cast<std::size_t>(skipped);
    } else {
      header_[header_size_++] = static_cast<std::uint8_t>(bytes[at++]);
      if (header_size_ < announced_header()) continue;
      payload_ = announced_payload();
      header_size_ = 0;
    }
    if (payload_ == 0 && header_size_ == 0) boundary = at;
  }
  return boundary;
}

}  // namespace sluice::http
