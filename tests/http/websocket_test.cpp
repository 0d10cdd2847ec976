#include "http/websocket.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using sluice::http::FrameTracker;

namespace {

std::string frame(std::size_t payload, bool masked = false) {
  std::string f = "\x82";
  char mask = static_cast<char>(masked ? 0x80 : 0);
  if (payload < 126) {
    f += static_cast<char>(payload | static_cast<unsigned char>(mask));
  } else {
    int digits = payload < 65536 ? 2 : 8;
    f += static_cast<char>((digits == 2 ? 126 : 127) | static_cast<unsigned char>(mask));
    for (int i = digits - 1; i >= 0; --i) f += static_cast<char>(payload >> (8 * i));
  }
  if (masked) f += "mask";
  return f + std::string(payload, 'p');
}

}  // namespace

TEST(FrameTracker, FindsEveryBoundaryWhereverTheBytesAreCut) {
  std::string all;
  std::vector<std::size_t> ends;
  for (std::size_t payload : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 3u})
    for (bool masked : {false, true}) {
      all += frame(payload, masked);
      ends.push_back(all.size());
    }
  for (std::size_t piece : {1u, 2u, 3u, 7u, 1000u, 70000u}) {
    FrameTracker frames;
    std::vector<std::size_t> seen;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      auto bytes = std::string_view(all).substr(at, piece);
      auto boundary = frames.feed(bytes);
      if (boundary != FrameTracker::none) seen.push_back(at + boundary);
      EXPECT_EQ(frames.at_boundary(), boundary == bytes.size());
    }
    if (piece == 1) {
      EXPECT_EQ(seen, ends);
    }
    EXPECT_EQ(seen.back(), all.size());
    EXPECT_TRUE(frames.at_boundary());
  }
}

TEST(FrameTracker, StartsAtABoundary) {
  EXPECT_TRUE(FrameTracker().at_boundary());
}
