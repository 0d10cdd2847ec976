// Where the frames of a WebSocket begin (RFC 6455 §5.2), without looking into them: so that a tunnel can be
// ended between two frames, with a Close of our own.
//
//   auto boundary = frames.feed(bytes);           // offset behind the last frame that ends in these bytes
//   if (leaving && boundary != FrameTracker::none) send(bytes.substr(0, boundary), websocket_going_away);
#pragma once
#include <cstdint>
#include <string_view>

namespace sluice::http {

// A Close frame of a server with status 1001, going away (§7.4.1).
inline constexpr std::string_view websocket_going_away = "\x88\x02\x03\xe9";

class FrameTracker {
 public:
  static constexpr std::size_t none = std::string_view::npos;

  std::size_t feed(std::string_view bytes) noexcept;
  bool at_boundary() const noexcept { return header_size_ == 0 && payload_ == 0; }

 private:
  // The size of the frame's header as far as its first two bytes tell.
  std::size_t announced_header() const noexcept;
  std::uint64_t announced_payload() const noexcept;

  std::uint64_t payload_ = 0;  // bytes of the current frame still to come
  std::uint8_t header_[14];
  std::uint8_t header_size_ = 0;  // bytes of it that were seen
};

}  // namespace sluice::http
