#include "telemetry/line_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

// In a heap block of exactly the promised size, so that a sanitizer sees one byte too many.
std::string escaped(std::string_view text) {
  std::vector<char> in(text.begin(), text.end());
  std::vector<char> out(escape_growth * text.size());
  return {out.data(), copy_escaped({in.data(), in.size()}, out.data())};
}

std::string parsed(std::string_view text) {
  return nlohmann::json::parse('"' + escaped(text) + '"').get<std::string>();
}

TEST(CopyEscaped, LeavesPlainTextOfEveryLength) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(escaped(text), text);
    text.push_back(static_cast<char>('a' + i % 26));
  }
}

TEST(CopyEscaped, FindsEveryByteThatNeedsIt) {
  for (std::size_t at = 0; at < 20; ++at)
    for (int c = 0; c < 0x80; ++c) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(c);
      bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
      EXPECT_EQ(escaped(text) == text, plain) << c << " at " << at;
      EXPECT_EQ(parsed(text), text);
    }
}

TEST(CopyEscaped, KnowsItsForms) {
  EXPECT_EQ(escaped("a\"b\\c"), R"(a\"b\\c)");
  EXPECT_EQ(escaped("\n\x1b[31m\x7f"), R"(\u000a\u001b[31m\u007f)");
  EXPECT_EQ(escaped("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x90\x8C"),
            "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x90\x8C");
  EXPECT_EQ(escaped("\xC2\x9B"
                    "31m"),
            R"(\u009b31m)")
      << "C1 is an order to some terminals";
}

TEST(CopyEscaped, ReplacesWhatIsNotUtf8) {
  for (std::string_view bad : {"\x80", "\xBF", "\xC3", "\xFE", "\xFF"}) EXPECT_EQ(escaped(bad), "\\ufffd");
  EXPECT_EQ(escaped("\xC0\xAF"), "\\ufffd\\ufffd") << "overlong";
  EXPECT_EQ(escaped("\xE0\x80\xAF"), "\\ufffd\\ufffd\\ufffd") << "overlong";
  EXPECT_EQ(escaped("\xED\xA0\x80"), "\\ufffd\\ufffd\\ufffd") << "surrogate";
  EXPECT_EQ(escaped("\xF4\x90\x80\x80"), "\\ufffd\\ufffd\\ufffd\\ufffd") << "above U+10FFFF";
  EXPECT_EQ(escaped("\xE2\x82"), "\\ufffd\\ufffd") << "cut";
  EXPECT_EQ(escaped("\xE2"
                    "a"),
            "\\ufffda");
}

// Any bytes give a JSON string that a strict parser reads, on one line, and ASCII survives unchanged.
TEST(CopyEscaped, SurvivesAnything) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 64, '\0');
    for (auto& c : text) c = static_cast<char>(random() % 4 == 0 ? random() % 256 : 'a' + random() % 26);
    auto line = escaped(text);
    ASSERT_EQ(line.find_first_of("\n\r"), std::string::npos);
    auto back = nlohmann::json::parse('"' + line + '"').get<std::string>();
    auto ascii = [](std::string s) {
      std::erase_if(s, [](char c) { return (c & 0x80) != 0; });
      return s;
    };
    ASSERT_EQ(ascii(back), ascii(text));
  }
}

TEST(CopyEscaped, AgreesWithTheLibraryAboutWhatIsUtf8) {
  std::mt19937 random(11);
  constexpr std::array<unsigned char, 12> interesting = {0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                                         0xC2, 0xE0, 0xED, 0xF0, 0xF4, 'a'};
  for (int round = 0; round < 50'000; ++round) {
    std::string text(random() % 6, '\0');
    for (auto& c : text) c = static_cast<char>(interesting[random() % interesting.size()]);
    bool valid = true;
    try {
      (void)nlohmann::json(text).dump();
    } catch (const nlohmann::json::type_error&) {
      valid = false;
    }
    ASSERT_EQ(escaped(text).find("\\ufffd") == std::string::npos, valid);
    if (valid) {
      ASSERT_EQ(parsed(text), text);
    }
  }
}

std::string seconds(Duration duration) {
  char out[64];
  return {out, write_seconds(duration, out)};
}

TEST(WriteSeconds, GivesMicroseconds) {
  EXPECT_EQ(seconds(0ns), "0.000000");
  EXPECT_EQ(seconds(1234us), "0.001234");
  EXPECT_EQ(seconds(999'999'999ns), "0.999999");
  EXPECT_EQ(seconds(1s), "1.000000");
  EXPECT_EQ(seconds(3600s + 42us), "3600.000042");
  EXPECT_EQ(seconds(-1s), "0.000000");
}

}  // namespace
}  // namespace sluice::telemetry
