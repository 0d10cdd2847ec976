#include "telemetry/access_format.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "telemetry/sample_record.hpp"

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

std::string line(const AccessRecord& record, AccessFormat format = AccessFormat::json, bool query = false) {
  AccessFormatter formatter(format, query);
  std::vector<char> out(formatter.bound(record));
  EXPECT_LE(out.size(), AccessFormatter::longest);
  return {out.data(), formatter.write(record, out.data())};
}

nlohmann::json parsed(const AccessRecord& record, bool query = false) {
  return nlohmann::json::parse(line(record, AccessFormat::json, query));
}

TEST(AccessFormat, WritesThisLine) {
  EXPECT_EQ(
      line(sample_record()),
      R"({"time":"2023-11-14T22:13:20.123456Z","request_id":"018bcfe5-687b-7001-8000-002800003f02",)"
      R"("client":"203.0.113.9","listener":"public","protocol":"HTTP/1.1","tls":"TLSv1.3","method":"GET",)"
      R"("scheme":"https","host":"api.example.com","path":"/v1/users/42","status":200,"source":"upstream",)"
      R"("route":"get-user","upstream":"users","endpoint":"http://10.0.0.11:8080","attempts":2,)"
      R"("bytes_received":0,"bytes_sent":5120,"duration":0.004321,"phases":{"head":0.000012,)"
      R"("filters":0.000030,"connect":0.000400,"first_byte":0.003000,"upstream":0.003500},)"
      R"("principal":"ann","user_agent":"curl/7.88.1"})"
      "\n");
}

TEST(AccessFormat, LeavesOutWhatThereIsNot) {
  AccessRecord r;
  r.time = WallPoint{0s};
  r.request_id = "x";
  r.client = "::1";
  r.listener = "plain";
  r.status = 400;
  r.flags = {Flag::dpe};
  r.cause = "bare_lf";
  EXPECT_EQ(line(r),
            R"({"time":"1970-01-01T00:00:00.000000Z","request_id":"x","client":"::1","listener":"plain",)"
            R"("status":400,"source":"gateway","attempts":0,"bytes_received":0,"bytes_sent":0,)"
            R"("duration":0.000000,"flags":"DPE","cause":"bare_lf"})"
            "\n");
}

TEST(AccessFormat, HasTheQueryByChoiceOnly) {
  EXPECT_FALSE(parsed(sample_record(), false).contains("query"));
  EXPECT_EQ(parsed(sample_record(), true)["query"], "page=2");
  EXPECT_EQ(line(sample_record(), AccessFormat::text, false).find("page=2"), std::string::npos);
  EXPECT_NE(line(sample_record(), AccessFormat::text, true).find("/v1/users/42?page=2 "), std::string::npos);
}

TEST(AccessFormat, JoinsTheFlags) {
  auto r = sample_record();
  r.flags = {Flag::urx, Flag::uf};
  EXPECT_EQ(parsed(r)["flags"], "UF,URX");
}

TEST(AccessFormat, TellsWhatShadowsWouldHaveRefused) {
  auto r = sample_record();
  EXPECT_FALSE(parsed(r).contains("shadow"));
  std::vector<std::string_view> refusals = {"office:ip_denied", "get-user/jwt:\"token\""};
  r.shadow = refusals;
  EXPECT_EQ(parsed(r)["shadow"], (nlohmann::json{"office:ip_denied", "get-user/jwt:\"token\""}));
  refusals.resize(AccessFormatter::most_shadowed + 1, "more");
  r.shadow = refusals;
  EXPECT_EQ(parsed(r)["shadow"].size(), AccessFormatter::most_shadowed);
}

TEST(AccessFormat, TellsWhatWasTriedBefore) {
  auto r = sample_record();
  EXPECT_FALSE(parsed(r).contains("tries"));
  std::vector<std::string_view> tries = {"10.0.0.1:80:connect_refused", "unix:/a \"b\":per_try_timeout"};
  r.tries = tries;
  EXPECT_EQ(parsed(r)["tries"],
            (nlohmann::json{"10.0.0.1:80:connect_refused", "unix:/a__b_:per_try_timeout"}));
  tries.resize(AccessFormatter::most_tries + 1, "more");
  r.tries = tries;
  EXPECT_EQ(parsed(r)["tries"].size(), AccessFormatter::most_tries);
}

TEST(AccessFormat, KeepsHostileTextInsideItsString) {
  auto r = sample_record();
  r.path = "/\",\"status\":200,\"x\":\"\n\xFF";
  r.user_agent = "\x1b[2J\\";
  auto json = parsed(r);
  EXPECT_EQ(json["path"], "/\",\"status\":200,\"x\":\"\n\xEF\xBF\xBD");
  EXPECT_EQ(json["user_agent"], "\x1b[2J\\");
  EXPECT_EQ(json["status"], 200);
}

TEST(AccessFormat, WritesNumbersWhole) {
  auto r = sample_record();
  r.sent = r.received = ~std::uint64_t{0};
  r.status = r.attempts = 65535;
  r.duration = Duration::max();
  auto json = parsed(r);
  EXPECT_EQ(json["bytes_sent"], ~std::uint64_t{0});
  EXPECT_EQ(json["attempts"], 65535);
  EXPECT_NEAR(json["duration"].get<double>(), 9223372036.85, 0.01);
}

TEST(AccessFormat, RemembersTheSecondAndForgetsIt) {
  AccessFormatter formatter(AccessFormat::json, false);
  auto r = sample_record();
  std::vector<char> out(formatter.bound(r));
  for (auto [time, text] : {std::pair{1'700'000'000'999ms, "2023-11-14T22:13:20.999000Z"},
                            std::pair{1'700'000'001'000ms, "2023-11-14T22:13:21.000000Z"},
                            std::pair{1'700'000'000'000ms, "2023-11-14T22:13:20.000000Z"}}) {
    r.time = WallPoint{time};
    std::string line(out.data(), formatter.write(r, out.data()));
    EXPECT_EQ(nlohmann::json::parse(line)["time"], text);
  }
}

// Every text as long and as nasty as it can be: the line stays within its bound (the sanitizer's part), is
// valid and cut where the header says.
TEST(AccessFormat, StaysWithinItsBound) {
  std::string nasty(100'000, '\x01');
  AccessRecord r = sample_record();
  for (auto text :
       {&r.request_id, &r.client, &r.listener, &r.protocol, &r.tls, &r.method, &r.scheme, &r.host, &r.path,
        &r.query, &r.route, &r.upstream, &r.endpoint, &r.cause, &r.principal, &r.user_agent})
    *text = nasty;
  std::vector<std::string_view> refusals(100, nasty);
  r.shadow = r.tries = refusals;
  r.sent = r.received = ~std::uint64_t{0};
  for (unsigned i = 0; i < static_cast<unsigned>(Flag::count); ++i) r.flags.set(static_cast<Flag>(i));
  r.duration = r.phases.head = r.phases.filters = r.phases.connect = r.phases.first_byte = r.phases.upstream =
      Duration::max();
  auto json = parsed(r, true);
  EXPECT_EQ(json["path"].get<std::string>().size(), AccessFormatter::long_text);
  EXPECT_EQ(json["host"].get<std::string>().size(), AccessFormatter::short_text);
  EXPECT_EQ(json["shadow"][7].get<std::string>().size(), AccessFormatter::shadowed_text);
  EXPECT_FALSE(line(r, AccessFormat::text, true).empty());
}

TEST(AccessFormat, BoundsTheFixedPartToo) {
  AccessRecord r;
  r.sent = r.received = ~std::uint64_t{0};
  for (unsigned i = 0; i < static_cast<unsigned>(Flag::count); ++i) r.flags.set(static_cast<Flag>(i));
  r.duration = r.phases.head = r.phases.filters = r.phases.connect = r.phases.first_byte = r.phases.upstream =
      Duration::max();
  EXPECT_LT(line(r).size() + 300, AccessFormatter(AccessFormat::json, true).bound(r)) << "keys of the texts";
}

TEST(AccessFormat, WritesThisLineOfText) {
  auto r = sample_record();
  EXPECT_EQ(line(r, AccessFormat::text),
            "203.0.113.9 - ann [14/Nov/2023:22:13:20 +0000] \"GET /v1/users/42 HTTP/1.1\" 200 5120 \"-\" "
            "\"curl/7.88.1\" public get-user http://10.0.0.11:8080 0.004321 - "
            "018bcfe5-687b-7001-8000-002800003f02\n");
}

TEST(AccessFormat, KeepsTextOnOneLineAndItsColumns) {
  auto r = sample_record();
  r.principal = "ann b\nc";
  r.user_agent = "x\" 500 \"\n";
  r.route = {};
  r.flags = {Flag::nr};
  EXPECT_EQ(line(r, AccessFormat::text),
            "203.0.113.9 - ann_b_c [14/Nov/2023:22:13:20 +0000] \"GET /v1/users/42 HTTP/1.1\" 200 5120 \"-\" "
            "\"x\\\" 500 \\\"\\u000a\" public - http://10.0.0.11:8080 0.004321 NR "
            "018bcfe5-687b-7001-8000-002800003f02\n");
}

}  // namespace
}  // namespace sluice::telemetry
