#include "filters/cors/origins.hpp"

#include <gtest/gtest.h>

namespace sluice::filters::cors {
namespace {

TEST(Origins, AreComparedByteByByte) {
  Origins origins({"https://app.example.com", "http://localhost:3000", "https://[2001:db8::1]:8443"});
  for (auto in : {"https://app.example.com", "http://localhost:3000", "https://[2001:db8::1]:8443"})
    EXPECT_TRUE(origins.have(in)) << in;
  for (auto out :
       {"", "null", "*", "http://app.example.com", "https://app.example.com:443", "https://app.example.com/",
        "https://APP.example.com", "https://app.example.com.evil.example",
        "https://evil.example/https://app.example.com", "https://b.app.example.com", "https://app.example.co",
        "http://localhost", "http://localhost:3001", "https://app.example.com https://evil.example"})
    EXPECT_FALSE(origins.have(out)) << out;
  EXPECT_FALSE(origins.any());
}

TEST(Origins, BelowANameAreAllItsHosts) {
  Origins origins({"https://*.example.org", "http://*.dev.example:8080"});
  for (auto in : {"https://a.example.org", "https://a.b.example.org", "https://xn--bcher-kva.example.org",
                  "https://a_b-1.example.org", "http://x.dev.example:8080"})
    EXPECT_TRUE(origins.have(in)) << in;
  for (auto out : {"https://example.org",
                   "http://a.example.org",
                   "https://a.example.org:8443",
                   "https://aexample.org",
                   "https://.example.org",
                   "https://a..example.org",
                   "https://.a.example.org",
                   "https://a/.example.org",
                   "https://evil.example#.example.org",
                   "https://evil.example?.example.org",
                   "https://evil.example:1.example.org",
                   "https://me@.example.org",
                   "https://evil.example\\.example.org",
                   "https://a.example.org.evil.example",
                   "https://A.example.org",
                   "https://a .example.org",
                   "https://*.example.org",
                   "http://x.dev.example",
                   "http://x.dev.example:80",
                   "https://x.dev.example:8080",
                   "null"})
    EXPECT_FALSE(origins.have(out)) << out;
}

TEST(Origins, NullIsOneOnlyWhenItIsListed) {
  EXPECT_TRUE(Origins({"null"}).have("null"));
  EXPECT_FALSE(Origins({"https://a.example"}).have("null"));
  EXPECT_TRUE(Origins({"*"}).have("null"));
  EXPECT_TRUE(Origins({"*"}).any());
}

TEST(Origins, OfManyAreFound) {
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back("https://a" + std::to_string(i) + ".example");
  Origins origins(many);
  for (auto& one : many) EXPECT_TRUE(origins.have(one));
  EXPECT_FALSE(origins.have("https://a1000.example"));
}

TEST(Origins, ThatBrowsersWriteHaveNoFault) {
  for (auto good :
       {"*", "null", "https://a.example", "http://localhost", "http://localhost:3000", "https://192.0.2.1",
        "https://[2001:db8::1]", "https://[::1]:8443", "https://*.a.example", "http://*.localhost:3000",
        "capacitor://localhost", "chrome-extension://abcdef", "https://a.example:65535"})
    EXPECT_EQ(fault_of_origin(good), "") << good;
}

TEST(Origins, WithAFaultSayWhichAndWhatWouldBeRight) {
  struct Row {
    const char *origin, *fault;
  };
  for (auto [origin, fault] : std::initializer_list<Row>{
           {"a.example", "has no scheme: write 'https://a.example'"},
           {"*.example.org", "has no scheme: write 'https://*.example.org'"},
           {"https://a.example/", "has more than scheme, host and port: write 'https://a.example'"},
           {"https://a.example/x", "has more than scheme, host and port: write 'https://a.example'"},
           {"https://A.example", "browsers write it in lower case: 'https://a.example'"},
           {"https://a.example:443", "browsers leave the scheme's own port out: write 'https://a.example'"},
           {"http://*.a.example:80", "browsers leave the scheme's own port out: write 'http://*.a.example'"},
           {"https://a.example:0", "has no sound port"},
           {"https://a.example:", "has no sound port"},
           {"https://a.example:08", "has no sound port"},
           {"https://a.example:*", "has no sound port"},
           {"https://a.example:65536", "has no sound port"},
           {"://a.example", "has no sound scheme"},
           {"1s://a.example", "has no sound scheme"},
           {"https://", "has no sound host"},
           {"https://a..b", "has no sound host"},
           {"https://me@a.example", "has no sound host"},
           {"https://[::1", "has no sound host"},
           {"https://[a]", "has no sound host"},
           {"https://*.*.example", "has no sound host"},
           {"https://b\xc3\xbc"
            "cher.example",
            "browsers send such a host in its ASCII form, 'xn--...': write that"},
           {"https://*",
            "a '*' stands for whole labels at the front of a host, as in 'https://*.example.org'"},
           {"https://a*.example.org",
            "a '*' stands for whole labels at the front of a host, as in 'https://*.example.org'"},
           {"https://a.*.org",
            "a '*' stands for whole labels at the front of a host, as in 'https://*.example.org'"},
           {"https://*.com", "would let in all of '.com'"},
       })
    EXPECT_EQ(fault_of_origin(origin), fault) << origin;
}

}  // namespace
}  // namespace sluice::filters::cors
