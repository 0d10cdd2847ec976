#include "filters/jwt/base64url.hpp"

#include <gtest/gtest.h>

#include "filters/jwt/issuer.hpp"

using namespace sluice::filters::jwt;
using sluice::filters::jwt::testing::base64url;

TEST(Base64url, ReadsWhatItsEncoderWrites) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(decode_base64url(base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64url, ReadsTheRfcsExample) {  // RFC 7515 appendix C
  EXPECT_EQ(decode_base64url("A-z_4ME"), std::string("\x03\xec\xff\xe0\xc1", 5));
  EXPECT_EQ(decode_base64url(""), "");
}

TEST(Base64url, RefusesEverySecondSpelling) {
  for (auto text : {
           "Zg==",    // padding
           "Zg=",     //
           "Zm9=",    //
           "Z",       // a lone character
           "Zm9vY",   //
           "Zh",      // bits of nothing
           "Zm9vYm",  // the second but last bits are not zero
           "A+z/",    // the other alphabet
           "Zm9v Zg",
           "Zm9v\nZg",
           "\tZm9v",
           "Zm9v\r\n",
           "Zm9v.",
           "Zm\xc3\xb6v",
           "Zm9v%3D",
       })
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  EXPECT_EQ(decode_base64url(std::string_view("Zm\0v", 4)), std::nullopt);
}

TEST(Base64url, OnlyOneOfTheLastCharactersIsRight) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int right = 0;
  for (auto c : letters) right += decode_base64url(std::string("Zm9vYm") + c).has_value();
  EXPECT_EQ(right, 16);  // four of its bits count
  right = 0;
  for (auto c : letters) right += decode_base64url(std::string("Z") + c).has_value();
  EXPECT_EQ(right, 4);  // two bits
}

TEST(Base64, HasItsPaddingAndItsAlphabet) {
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("+/8="), "\xfb\xff");
  for (auto text : {"Zg", "Zg=", "Zg===", "Z===", "====", "-_8=", "Zh==", "Zg==Zg==", "Zm 9v"})
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}
