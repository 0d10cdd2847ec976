#include "filters/compress/form.hpp"

#include <gtest/gtest.h>

#include "forms.hpp"
#include "kit/loop.hpp"
#include "reading.hpp"

namespace sluice::filters::compress {
namespace {

struct FormTest : testing::Test {
  kit::Loop loop;
  Forms forms;
  FormsInMaking making{1};

  FormsInMaking::Claim claim(Algorithm a = Algorithm::br) { return making.claim(loop.worker, forms, a); }
};

TEST_F(FormTest, AFormIsReadWithoutCopyingIt) {
  auto form = std::make_shared<const std::string>("0123456789");
  FormBody body(form);
  for (int round = 0; round < 2; ++round) {
    Reader reader(body, 4);
    reader.start();
    loop.spin();
    EXPECT_EQ(reader.bytes, *form);
    EXPECT_EQ(reader.pieces, (std::vector<std::size_t>{4, 4, 2}));
    EXPECT_TRUE(body.rewind());
  }
  auto first = *body.read(100).value();
  EXPECT_EQ(first.bytes.data(), form->data());
}

TEST_F(FormTest, OneMakesAFormAtATime) {
  {
    auto first = claim();
    EXPECT_TRUE(first);
    EXPECT_FALSE(claim());
    EXPECT_TRUE(claim(Algorithm::gzip)) << "another one";
    auto moved = std::move(first);
    EXPECT_FALSE(claim());
  }
  EXPECT_TRUE(claim());
}

TEST_F(FormTest, WhoTakesTooLongIsNotWaitedFor) {
  auto slow = std::make_unique<FormsInMaking::Claim>(claim());
  loop.advance(FormsInMaking::patience);
  auto other = claim();
  EXPECT_TRUE(other);
  slow.reset();
  EXPECT_FALSE(claim()) << "the other one's stands";
}

TEST_F(FormTest, ADraftIsKeptOnceItIsWhole) {
  Draft draft(forms, Algorithm::br, 6, claim());
  draft.add(std::string_view("abc"));
  EXPECT_FALSE(forms.form("br"));
  draft.add(std::string_view("def"));
  EXPECT_TRUE(draft.finish());
  EXPECT_EQ(*forms.form("br"), "abcdef");
}

TEST_F(FormTest, ADraftThatGetsTooLongIsNot) {
  Draft draft(forms, Algorithm::br, 5, claim());
  draft.add(std::string_view("abcdef"));
  draft.add(std::string_view("g"));
  EXPECT_FALSE(draft.finish());
  EXPECT_FALSE(forms.form("br"));
}

}  // namespace
}  // namespace sluice::filters::compress
