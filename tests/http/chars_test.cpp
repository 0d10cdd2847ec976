#include "http/chars.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace sluice::http {
namespace {

// The searches by blocks against the plain ones, on strings of every length around the block's.
TEST(Chars, SearchesAgreeWithTheTables) {
  std::mt19937 random(1);
  for (int i = 0; i < 100'000; ++i) {
    std::vector<char> text(random() % 40);
    for (auto& c : text) c = static_cast<char>(random() % 8 ? 'a' + random() % 26 : random() % 256);
    const char* at = text.data();
    const char* last = at + text.size();
    ASSERT_EQ(token_end(at, last), std::find_if_not(at, last, is_tchar));
    ASSERT_EQ(text_end(at, last), std::find_if_not(at, last, is_text));
    ASSERT_EQ(graphic_end(at, last), std::find_if_not(at, last, [](char c) { return is_graphic(c); }));
    ASSERT_EQ(find_or_end<'m'>(at, last), std::find(at, last, 'm'));
  }
}

TEST(Chars, SearchesSeeEveryByteAtEveryPlace) {
  for (std::size_t size = 1; size <= 33; ++size)
    for (std::size_t place = 0; place < size; ++place)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(byte);
        const char* at = text.data();
        const char* last = at + size;
        ASSERT_EQ(token_end(at, last) == last, is_tchar(text[place])) << size << ' ' << place << ' ' << byte;
        ASSERT_EQ(text_end(at, last) == last, is_text(text[place])) << size << ' ' << place << ' ' << byte;
        ASSERT_EQ(graphic_end(at, last) == last, is_graphic(text[place]))
            << size << ' ' << place << ' ' << byte;
      }
}

TEST(Chars, TakesMembersOffLists) {
  std::string_view list = " a ,,b\t, c";
  for (auto member : {"a", "", "b", "c"}) EXPECT_EQ(next_member(list), member);
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace sluice::http
