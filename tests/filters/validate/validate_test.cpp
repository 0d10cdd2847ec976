#include "filters/validate/validate.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "kit/bodies.hpp"
#include "kit/policy.hpp"

namespace sluice::filters::validate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Sent {
  Method method = Method::post;
  std::string type = "application/json";
  std::string query = {};
  std::vector<std::pair<std::string, std::string>> fields = {};
};
struct Answer {
  int status = 0;  // 0: it may pass
  std::string reason, errors, accept, body;
  std::vector<std::string> faults = {};  // "place name: detail"
};

struct ValidateTest : ::testing::Test {
  kit::Loop loop;
  Scope scope;

  static Task<Unit> run(const Filter& filter, Exchange& x, Verdict& verdict) {
    auto deciding = filter.on_request(x);
    verdict = co_await deciding;
    co_return Unit{};
  }
  static Task<Unit> read(Exchange& x, std::string& to) {
    for (bool end = !x.request.body; !end;) {
      auto reading = x.request.body->read(7);
      auto chunk = co_await reading;
      if (!chunk) co_return Unit{};
      to.append(chunk->bytes.data(), chunk->bytes.size());
      end = chunk->end;
    }
    co_return Unit{};
  }

  Answer ask(const kit::Policy& policy, const std::optional<std::string>& body, const Sent& r = {}) {
    kit::Asking asking(loop);
    auto& x = asking.x;
    x.buffer = 4096;
    x.request.method = r.method;
    x.request.query = r.query;
    if (body) {
      x.request.body = kit::ends_after(*body);
      x.request.length = unknown_length;
    }
    if (body && !r.type.empty()) x.request.fields.add(FieldId::content_type, "Content-Type", r.type);
    for (auto& [name, value] : r.fields) x.request.fields.add(name, value);
    Verdict verdict{};
    scope.spawn(run(*policy.filter, x, verdict));
    loop.spin();
    Answer answer;
    if (verdict == Verdict::reply) answer.status = x.response.status;
    answer.reason = x.response.reason;
    answer.errors = x.problem.members;
    answer.accept = asking.sent("Accept") + asking.sent("Accept-Encoding");
    if (verdict == Verdict::proceed) {
      scope.spawn(read(x, answer.body));
      loop.spin();
    }
    if (answer.errors.empty()) return answer;
    auto errors = nlohmann::json::parse('{' + answer.errors + '}')["errors"];
    for (auto& e : errors) {
      auto place = e.contains("query") ? "query " : e.contains("header") ? "header " : "";
      auto name = *place ? e[std::string(place, std::strlen(place) - 1)] : e["pointer"];
      answer.faults.push_back(place + name.get<std::string>() + ": " + e["detail"].get<std::string>());
    }
    return answer;
  }
};

constexpr auto report = R"({ body: { inline: '{"type": "object", "required": ["id"], "properties":
  {"id": {"type": "integer", "minimum": 1}, "day": {"format": "date"}}}' } })";

TEST_F(ValidateTest, ABodyThatIsValidGoesOnAsItCame) {
  kit::Policy policy(validate_filter(), report);
  ASSERT_EQ(policy.errors, "");
  EXPECT_EQ(policy.phase, Phase::validation);
  std::string odd = " {\"id\" :\t1.0e0, \"more\": \"\\u00e9\"}\r\n";
  auto answer = ask(policy, odd);
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.body, odd);
  EXPECT_THAT(policy.metrics.text(),
              HasSubstr("sluice_validate_requests_total{policy=\"p\",result=\"valid\"} 1"));
}

TEST_F(ValidateTest, TellsEverythingThatIsWrong) {
  kit::Policy policy(validate_filter(), report);
  auto answer = ask(policy, R"({"id": 0, "day": "2024-02-30"})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.reason, "validation");
  EXPECT_EQ(answer.errors, R"("errors":[{"pointer":"/id","detail":"must be at least 1","keyword":"minimum"},)"
                           R"({"pointer":"/day","detail":"must be a valid date","keyword":"format"}])");
  EXPECT_THAT(ask(policy, "{}").faults, ElementsAre(": the property 'id' is missing"));
  EXPECT_THAT(policy.metrics.text(),
              HasSubstr("sluice_validate_requests_total{policy=\"p\",result=\"invalid\"} 2"));
}

TEST_F(ValidateTest, TellsNoMoreThanItMayAndValuesByChoice) {
  kit::Policy few(validate_filter(),
                  "{ max_errors: 2, show_values: true, body: { inline: '{\"items\": false}' } }");
  auto answer = ask(few, R"(["a\"b", 2, 3])");
  EXPECT_EQ(answer.errors,
            R"("errors":[{"pointer":"/0","detail":"is not allowed","keyword":"items","value":"\"a\\\"b\""},)"
            R"({"pointer":"/1","detail":"is not allowed","keyword":"items","value":"2"}])");
}

TEST_F(ValidateTest, WhatIsNoJsonIs400) {
  kit::Policy policy(validate_filter(), report);
  auto answer = ask(policy, "{\"id\": 1,}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.reason, "json_malformed");
  EXPECT_THAT(answer.faults, ElementsAre(": a member's name is expected (at byte 9)"));
  EXPECT_EQ(ask(policy, R"({"id": 1, "id": 2})").status, 400);
  EXPECT_EQ(ask(policy, "\xff").status, 400);
  EXPECT_THAT(policy.metrics.text(), HasSubstr("result=\"malformed\"} 3"));
}

TEST_F(ValidateTest, HoldsJsonToItsLimits) {
  kit::Policy policy(validate_filter(), "{ json: { max_depth: 2, max_members: 3, max_string: 4B } }");
  ASSERT_EQ(policy.errors, "");
  EXPECT_EQ(ask(policy, R"([[1, 2, 3], "abcd"])").status, 0);
  EXPECT_THAT(ask(policy, "[[[]]]").faults,
              ElementsAre(": arrays and objects are nested too deep (at byte 2)"));
  EXPECT_EQ(ask(policy, "[1,2,3,4]").status, 422);
  EXPECT_EQ(ask(policy, "\"abcde\"").status, 422);
  EXPECT_EQ(ask(policy, "no json", {.type = "text/plain"}).status, 0) << "it does not say that it is JSON";
  EXPECT_EQ(ask(policy, "[[[]]]", {.type = "application/problem+json"}).status, 422);
}

TEST_F(ValidateTest, ABodyThatIsMissing) {
  kit::Policy policy(validate_filter(), report);
  EXPECT_EQ(ask(policy, std::nullopt).faults, std::vector<std::string>{": the body is missing"});
  EXPECT_EQ(ask(policy, "").status, 422);
  EXPECT_EQ(ask(policy, std::nullopt, {.method = Method::get}).status, 0);
  EXPECT_EQ(ask(policy, "{}", {.method = Method::delete_}).status, 422)
      << "where there is one it is looked at";
  kit::Policy optional(validate_filter(), "{ body: { inline: 'false', required: false } }");
  EXPECT_EQ(ask(optional, std::nullopt).status, 0);
  EXPECT_EQ(ask(optional, "").status, 0);
  EXPECT_EQ(ask(optional, "1").status, 422);
}

TEST_F(ValidateTest, OtherTypesAre415) {
  kit::Policy policy(validate_filter(), report);
  auto text = ask(policy, "{\"id\": 1}", {.type = "text/plain"});
  EXPECT_EQ(text.status, 415);
  EXPECT_EQ(text.accept, "application/json");
  for (auto* good : {"application/json", "Application/JSON; charset=\"UTF-8\"", "application/vnd.a+json;x=y"})
    EXPECT_EQ(ask(policy, "{\"id\": 1}", {.type = good}).status, 0) << good;
  for (auto* bad :
       {"", "json", "application/jsonx", "application/json; charset=latin1", "*/*", "application/"})
    EXPECT_EQ(ask(policy, "{\"id\": 1}", {.type = bad}).status, 415) << bad;
  auto two = ask(policy, "{}", {.fields = {{"Content-Type", "text/plain"}}});
  EXPECT_EQ(two.status, 415) << "two types are none";
  auto coded = ask(policy, "{}", {.fields = {{"Content-Encoding", "gzip"}}});
  EXPECT_EQ(coded.status, 415);
  EXPECT_EQ(coded.reason, "content_encoding");
  EXPECT_EQ(coded.accept, "identity");
  EXPECT_EQ(ask(policy, "{\"id\": 1}", {.fields = {{"Content-Encoding", "identity"}}}).status, 0);
}

TEST_F(ValidateTest, TypesMayBeNamed) {
  kit::Policy policy(validate_filter(), "{ content_types: [application/json, image/*] }");
  EXPECT_EQ(ask(policy, "x", {.type = "image/png"}).status, 0);
  EXPECT_EQ(ask(policy, "x", {.type = "application/json"}).status, 0)
      << "nobody asked for its JSON to be read";
  auto other = ask(policy, "x", {.type = "text/html"});
  EXPECT_EQ(other.status, 415);
  EXPECT_EQ(other.accept, "application/json, image/*");
  EXPECT_EQ(ask(policy, std::nullopt).status, 0);
}

TEST_F(ValidateTest, ABodyThatIsTooLongIs413) {
  kit::Policy policy(validate_filter(), report);
  EXPECT_EQ(ask(policy, std::string(4097, ' ')).status, 413);
  EXPECT_EQ(ask(policy, "{\"id\":1" + std::string(4088, ' ') + '}').status, 0);
}

constexpr auto page = R"({ query: {
  page: { type: integer, minimum: 1, maximum: 99, required: true },
  sort: { enum: [up, down] },
  ratio: { type: number, multipleOf: 0.25 },
  deep: { type: boolean },
  tag: { type: array, items: { minLength: 2 }, maxItems: 2, uniqueItems: true },
  day: { format: date } } })";

TEST_F(ValidateTest, ParametersOfTheQuery) {
  kit::Policy policy(validate_filter(), page);
  ASSERT_EQ(policy.errors, "");
  auto faults = [&](const char* query) { return ask(policy, std::nullopt, {.query = query}).faults; };
  EXPECT_THAT(faults("page=7"), IsEmpty());
  EXPECT_THAT(faults("x=y&%70age=7&sort=up&ratio=0.75&deep=true&tag=ab&tag=c%64&day=2024-02-29"), IsEmpty());
  EXPECT_THAT(faults(""), ElementsAre("query page: is missing"));
  EXPECT_THAT(faults("page=0&sort=left&ratio=0.3&deep=1&tag=a&day=x"),
              ElementsAre("query day: must be a valid date", "query deep: must be a boolean",
                          "query page: must be at least 1", "query ratio: must be a multiple of 0.25",
                          "query sort: must be one of \"up\", \"down\"",
                          "query tag: must have at least 2 characters"));
  for (auto* wrong :
       {"page=", "page", "page=x", "page=1.5", "page=01", "page=+1", "page=1e", "page=--1", "page=0x1"})
    EXPECT_THAT(faults(wrong), ElementsAre("query page: must be an integer")) << wrong;
  EXPECT_THAT(faults("page=1e1"), IsEmpty());
  EXPECT_THAT(faults("page=7&page=8"), ElementsAre("query page: is given more than once"));
  EXPECT_THAT(faults("page=1&tag=ab&tag=ab&tag=cd"),
              ElementsAre("query tag: must have at most 2 elements",
                          "query tag: must not have the same element twice"));
  EXPECT_THAT(faults("page=1&sort=%ff"), ElementsAre("query sort: is no UTF-8"));
  EXPECT_THAT(faults("page=1&sort=u\"p"), ElementsAre("query sort: must be one of \"up\", \"down\""));
}

TEST_F(ValidateTest, FieldsOfTheRequest) {
  kit::Policy policy(
      validate_filter(),
      "{ headers: { X-Tenant: { pattern: '^[a-z]+$', required: true }, X-Size: { type: integer } } }");
  ASSERT_EQ(policy.errors, "");
  auto faults = [&](std::vector<std::pair<std::string, std::string>> fields) {
    return ask(policy, std::nullopt, {.fields = fields}).faults;
  };
  EXPECT_THAT(faults({{"x-tenant", "acme"}, {"X-Size", "3"}}), IsEmpty());
  EXPECT_THAT(faults({}), ElementsAre("header X-Tenant: is missing"));
  EXPECT_THAT(faults({{"X-Tenant", "Acme"}, {"X-Size", "a"}}),
              ElementsAre("header X-Size: must be an integer", "header X-Tenant: must match '^[a-z]+$'"));
  EXPECT_THAT(faults({{"X-Tenant", "acme"}, {"X-TENANT", "other"}}),
              ElementsAre("header X-Tenant: is given more than once"));
}

TEST_F(ValidateTest, BodyAndParametersAreToldTogether) {
  kit::Policy policy(
      validate_filter(),
      "{ query: { page: { type: integer, required: true } }, body: { inline: '{\"type\": \"array\"}' } }");
  EXPECT_THAT(ask(policy, "{}").faults, ElementsAre("query page: is missing", ": must be an array"));
  auto malformed = ask(policy, "{");
  EXPECT_EQ(malformed.status, 400);
  EXPECT_THAT(malformed.faults,
              ElementsAre("query page: is missing", ": the text ends too early (at byte 1)"));
}

TEST_F(ValidateTest, SettingsThatAreWrong) {
  auto errors = [](const char* settings) { return kit::Policy(validate_filter(), settings).errors; };
  EXPECT_THAT(errors("{ mode: enforce }"), HasSubstr("x.yaml:4:8: policies.p.validate: says nothing"));
  EXPECT_THAT(errors("{ content_types: [json] }"), HasSubstr("'json' is no media type"));
  EXPECT_THAT(errors("{ headers: { 'a b': {} } }"), HasSubstr("'a b' is no field's name"));
  EXPECT_THAT(errors("{ query: { a: { pattern: 'a(?=b)' } } }"),
              HasSubstr("policies.p.validate.query.a: /pattern: 'a(?=b)': look-ahead"));
  EXPECT_THAT(errors("{ query: { a: { minimum: x } } }"), HasSubstr("expected a number"));
  EXPECT_THAT(errors("{ query: { a: { minLenght: 1 } } }"), HasSubstr("did you mean 'minLength'?"));
  EXPECT_THAT(errors("{ query: { a: { format: dat } } }"), HasSubstr("unknown format 'dat'"));
  EXPECT_THAT(errors("{ query: { a: { maxItems: 1 } } }"), HasSubstr("are for 'type: array'"));
  EXPECT_THAT(errors("{ body: { inline: '{\"type\": 1}' } }"), HasSubstr("inline:#/type: "));
  EXPECT_THAT(errors("{ body: { inline: '{' } }"), HasSubstr("the text ends too early"));
  EXPECT_THAT(errors("{ body: /nowhere/at-all.json }"), HasSubstr("cannot read '/nowhere/at-all.json'"));
  EXPECT_THAT(errors("{ body: { required: true } }"), HasSubstr("missing key 'schema' or 'inline'"));
  EXPECT_THAT(errors("{ json: { max_depth: 201 } }"), HasSubstr("from 1 to 200"));
}

TEST_F(ValidateTest, AClientThatLeavesIsNoFaultOfTheRequest) {
  kit::Policy policy(validate_filter(), report);
  kit::Asking asking(loop);
  asking.x.request.method = Method::post;
  asking.x.request.fields.add("Content-Type", "application/json");
  asking.x.request.body = kit::breaks_after("{\"id\"");
  asking.x.request.length = unknown_length;
  Verdict verdict{};
  scope.spawn(run(*policy.filter, asking.x, verdict));
  loop.spin();
  EXPECT_EQ(verdict, Verdict::reply);
  EXPECT_EQ(asking.x.response.status, 499);
  EXPECT_THAT(policy.metrics.text(), HasSubstr("result=\"aborted\"} 1"));
}

}  // namespace
}  // namespace sluice::filters::validate
