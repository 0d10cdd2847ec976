#include "filters/basic_auth/basic_auth.hpp"

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include <chrono>
#include <thread>

#include "filters/basic_auth/hashing.hpp"
#include "filters/basic_auth/password.hpp"
#include "kit/policy.hpp"

namespace sluice::filters::basic_auth {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Of "open sesame", as cheap as the methods allow.
constexpr auto bcrypt = "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy";
constexpr auto sha512 =
    "$6$rounds=1000$saltsalt$/IiX/"
    "CoEcxCZ9SksEXnbjfCT1LGvD4z5OpJkaFYl/T37OAwuKZ8I8BixDhruhPLkw6lS7dw/6wQWgQnGo7lLg/";
constexpr auto yescrypt = "$y$j75$saltsaltsaltsalt$5FgbSgBB4fyGXMI4/2dzQj444VCNFyMhArt7BcxmllC";

std::string base64(std::string_view text) {
  std::string out(text.size() / 3 * 4 + 5, '\0');
  auto n =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(n));
  return out;
}
std::string basic(std::string_view login) {
  return "Basic " + base64(login);
}

struct BasicAuthTest : testing::Test {
  kit::Loop loop;
  kit::Policy policy{basic_auth_filter(), std::string("{ realm: ops, users: { ann: { hash: '") + bcrypt +
                                              "', scopes: [ops], roles: [admin] }, bob: '" + sha512 +
                                              "', eve: '" + yescrypt + "' } }"};

  struct Question : kit::Asking {
    std::optional<Verdict> verdict;
    Question(kit::Loop& l, std::string_view authorization) : Asking(l) {
      if (authorization.data()) x.request.fields.add("Authorization", x.arena.copy(authorization));
    }
    ~Question() { x.tasks.cancel(); }
    void ask(const kit::Policy& p) { x.tasks.spawn(asking(p, *this)); }
    std::string outcome() const {
      if (!verdict) return "waiting";
      if (*verdict == Verdict::proceed) return "200 " + std::string(x.principal.subject);
      return std::to_string(x.response.status) + ' ' + x.response.reason;
    }

   private:
    static Task<Unit> asking(const kit::Policy& p, Question& q) {
      auto deciding = p.filter->on_request(q.x);
      q.verdict = co_await deciding;
      co_return Unit{};
    }
  };

  // The hashing threads are real ones: their letters come when they come.
  void settle(Question& q) {
    auto until = std::chrono::steady_clock::now() + 60s;
    for (loop.spin(); !q.verdict && std::chrono::steady_clock::now() < until; loop.spin())
      std::this_thread::sleep_for(1ms);
  }
  std::string outcome(std::string_view authorization) {
    Question q(loop, authorization);
    q.ask(policy);
    settle(q);
    return q.outcome();
  }
  std::string count(const std::string& result) {
    auto text = policy.metrics.text();
    auto at = text.find("sluice_basic_auth_requests_total{policy=\"p\",result=\"" + result + "\"} ");
    return at == text.npos ? "" : text.substr(text.find("} ", at) + 2, 1);
  }
};

TEST_F(BasicAuthTest, WhoKnowsThePasswordIsKnown) {
  ASSERT_EQ(policy.errors, "");
  Question q(loop, basic("ann:open sesame"));
  q.ask(policy);
  settle(q);
  ASSERT_EQ(q.outcome(), "200 ann");
  EXPECT_EQ(q.x.principal.method, "basic_auth");
  EXPECT_THAT(q.x.principal.scopes, ElementsAre("ops"));
  EXPECT_THAT(q.x.principal.roles, ElementsAre("admin"));
  EXPECT_EQ(q.asked("Authorization"), "") << "the password goes no further";
  EXPECT_EQ(outcome(basic("bob:open sesame")), "200 bob");
  EXPECT_EQ(outcome(basic("eve:open sesame")), "200 eve");
  EXPECT_EQ(outcome("bAsIc   " + base64("ann:open sesame")), "200 ann");
}

TEST_F(BasicAuthTest, NobodyElseIs) {
  for (auto login : {"ann:open sesam", "ann:open sesame ", "ann:", "Ann:open sesame", "zoe:open sesame",
                     ":open sesame", "ann:open sesame:", "ann :open sesame"})
    EXPECT_EQ(outcome(basic(login)), "401 credentials_wrong") << login;
  EXPECT_EQ(outcome(basic(std::string("ann:") + bcrypt)), "401 credentials_wrong")
      << "the hash is no password";
  EXPECT_EQ(outcome({}), "401 credentials_missing");
  EXPECT_EQ(outcome("Bearer abc"), "401 credentials_missing");
  EXPECT_EQ(outcome("Basically " + base64("ann:open sesame")), "401 credentials_missing");
}

TEST_F(BasicAuthTest, TheChallengeNamesRealmAndCharset) {
  Question q(loop, {});
  q.ask(policy);
  settle(q);
  EXPECT_EQ(q.sent("WWW-Authenticate"), "Basic realm=\"ops\", charset=\"UTF-8\"");
  EXPECT_TRUE(q.x.flags.has(Flag::uaex));
}

TEST_F(BasicAuthTest, OneLoginHasOneSpelling) {
  auto right = base64("ann:open sesame");  // 20 characters, no padding
  ASSERT_EQ(right.size(), 20u);
  for (auto& token : {std::string(), right + "=", right.substr(0, 19),
                      right + "====", right.substr(0, 10) + "\n" + right.substr(10),
                      right.substr(0, 19) + "-", "=" + right.substr(1), base64("ann"), base64("ann:a\tb"),
                      base64(std::string("ann:open sesame\0x", 17)), base64("a\x7f:b"),
                      base64(std::string(129, 'a') + ":b"), base64("ann:" + std::string(73, 'a'))})
    EXPECT_EQ(outcome("Basic " + token), "401 credentials_malformed") << token;
  EXPECT_EQ(outcome("Basic"), "401 credentials_malformed");
  auto padded = base64("ann:open sesame!");  // "IQ==" at its end
  ASSERT_TRUE(padded.ends_with("IQ=="));
  EXPECT_EQ(outcome("Basic " + padded), "401 credentials_wrong");
  EXPECT_EQ(outcome("Basic " + padded.substr(0, padded.size() - 3) + "R=="), "401 credentials_malformed");
  EXPECT_EQ(outcome("Basic " + padded.substr(0, padded.size() - 2)), "401 credentials_malformed");
  EXPECT_EQ(outcome(basic("ann:" + std::string(72, 'a'))), "401 credentials_wrong");
}

TEST_F(BasicAuthTest, OfTwoNobodyKnowsWhichIsMeant) {
  Question q(loop, basic("ann:open sesame"));
  q.x.request.fields.add("Authorization", "Bearer abc");
  q.ask(policy);
  settle(q);
  EXPECT_EQ(q.outcome(), "400 credentials_repeated");
}

TEST_F(BasicAuthTest, WhatWasRightIsRememberedForAWhile) {
  EXPECT_EQ(outcome(basic("ann:open sesame")), "200 ann");
  Question warm(loop, basic("ann:open sesame"));
  auto now = policy.filter->on_request(warm.x);
  ASSERT_TRUE(now.ready()) << "nobody waits for a hash";
  EXPECT_EQ(now.value(), Verdict::proceed);
  EXPECT_EQ(warm.x.principal.subject, "ann");
  EXPECT_EQ(count("remembered"), "1");
  EXPECT_EQ(outcome(basic("ann:open sesamf")), "401 credentials_wrong");
  loop.advance(61s);
  EXPECT_EQ(outcome(basic("ann:open sesame")), "200 ann");
  EXPECT_EQ(count("accepted"), "2");
}

TEST_F(BasicAuthTest, WhatWasWrongIsNot) {
  EXPECT_EQ(outcome(basic("ann:wrong")), "401 credentials_wrong");
  Question again(loop, basic("ann:wrong"));
  EXPECT_FALSE(policy.filter->on_request(again.x).ready());
}

TEST_F(BasicAuthTest, AClientMayLeaveWhileItsPasswordIsHashed) {
  for (int i = 0; i < 20; ++i) {
    Question q(loop, basic("ann:open sesame " + std::to_string(i)));
    q.ask(policy);
    if (i % 2 == 1) loop.spin();  // by then it is hashed, or not
  }
  EXPECT_EQ(outcome(basic("bob:open sesame")), "200 bob");
}

TEST_F(BasicAuthTest, AQueueThatIsFullTakesNothing) {
  std::vector<std::unique_ptr<Question>> crowd;
  for (std::size_t i = 0; i < Hashing::most_waiting + 40; ++i) {
    crowd.push_back(std::make_unique<Question>(loop, basic("eve:" + std::to_string(i))));
    crowd.back()->ask(policy);
  }
  loop.spin();
  auto refused =
      std::ranges::count_if(crowd, [](auto& q) { return q->outcome() == "503 credentials_unchecked"; });
  EXPECT_GT(refused, 0);
  EXPECT_LE(refused, 40);
  EXPECT_TRUE(crowd.back()->x.flags.has(Flag::om));
  crowd.clear();
  EXPECT_EQ(outcome(basic("ann:open sesame")), "200 ann");
}

TEST_F(BasicAuthTest, ForwardsOnlyByChoice) {
  kit::Policy forwarding(basic_auth_filter(),
                         std::string("{ forward: true, remember: off, users: { ann: '") + bcrypt + "' } }");
  ASSERT_EQ(forwarding.errors, "");
  Question q(loop, basic("ann:open sesame"));
  q.ask(forwarding);
  settle(q);
  EXPECT_EQ(q.outcome(), "200 ann");
  EXPECT_EQ(q.asked("Authorization"), basic("ann:open sesame"));
  Question again(loop, basic("ann:open sesame"));
  EXPECT_FALSE(forwarding.filter->on_request(again.x).ready()) << "remember: off";
}

TEST(BasicAuthSettings, ThatMeanNothingAreRefused) {
  auto errors = [](const std::string& settings) { return kit::Policy(basic_auth_filter(), settings).errors; };
  auto user = [](const std::string& hash) { return "{ users: { a: '" + hash + "' } }"; };
  constexpr auto no_hash = "expected a hash that begins with '$2b$'";
  EXPECT_THAT(errors("{}"), HasSubstr("missing key 'users'"));
  EXPECT_THAT(errors("{ users: {} }"), HasSubstr("expected at least one user"));
  for (auto hash : {"secret", "", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "$2b$04$abcdefghijklmnopqrstuu",
                    "$6$saltsalt$", "$y$j75$saltsaltsaltsalt", "abJnggxhB/yWI"})
    EXPECT_THAT(errors(user(hash)), HasSubstr(no_hash)) << hash;
  std::string slow = bcrypt;
  slow.replace(4, 2, "15");
  EXPECT_THAT(errors(user(slow)), HasSubstr("takes longer than anybody can wait"));
  EXPECT_THAT(errors("{ users: { 'a:b': '" + std::string(bcrypt) + "' } }"), HasSubstr("without ':'"));
  EXPECT_THAT(errors("{ realm: 'a\"b', users: { a: '" + std::string(bcrypt) + "' } }"),
              HasSubstr("realm: expected"));
  EXPECT_THAT(errors(user("hunter2-is-secret")), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace sluice::filters::basic_auth
