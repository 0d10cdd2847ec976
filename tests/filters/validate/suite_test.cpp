// The public JSON-Schema-Test-Suite, as Debian packages it, and this project's own cases for draft 2020-12 in
// the same form (cases/draft2020-12): each schema compiles, each instance is judged as its case says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "filters/validate/schema/json_schema.hpp"

namespace sluice::filters::validate {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path suite = SLUICE_SUITE;
const fs::path own = fs::path(SLUICE_SOURCE_DIR) / "tests/filters/validate/cases";

// nlohmann's numbers lose digits, so instances are cut out of the text that dump() gives back for them only
// where that is the same text; the cases on large numbers in json/number_test.cpp do without it.
struct Judge {
  std::string draft;
  bool assert_formats;
  fs::path remotes;

  std::unique_ptr<JsonSchema> compile(const Json& schema, std::vector<std::string>& errors) const {
    auto with_draft = schema;
    bool says = schema.is_object() && !schema.contains("$schema") && draft == "draft7";
    if (says) with_draft["$schema"] = "http://json-schema.org/draft-07/schema#";
    SchemaOptions options{assert_formats, {{"http://localhost:1234/", remotes}}};
    return JsonSchema::from_text(with_draft.dump(), "test:schema", options, errors);
  }
};

int judge_group(const Judge& judge, const Json& group, const std::string& file) {
  std::vector<std::string> errors;
  auto schema = judge.compile(group["schema"], errors);
  auto where = file + ": " + group["description"].get<std::string>();
  if (!schema) {
    ADD_FAILURE() << where << ": " << (errors.empty() ? "" : errors[0]);
    return 0;
  }
  int count = 0;
  json::Document document;
  Scratch scratch;
  for (auto& test : group["tests"]) {
    ++count;
    auto text = test["data"].dump();
    constexpr json::Limits limits{200, 100000, 1 << 20};
    bool taken = schema->takes(text, limits, document, scratch);
    if (document.read(text, limits)) ADD_FAILURE() << where << ": unreadable: " << text;
    auto expected = test["valid"].get<bool>() ? JsonSchema::Outcome::valid : JsonSchema::Outcome::invalid;
    auto about = where + ": " + test["description"].get<std::string>() + ": " + text;
    EXPECT_EQ(schema->check(document, scratch), expected) << about;
    EXPECT_EQ(schema->explain(document, scratch, 20).empty(), test["valid"].get<bool>()) << about;
    EXPECT_EQ(taken, test["valid"].get<bool>()) << about;
    EXPECT_TRUE(scratch.marks.empty()) << about;
  }
  return count;
}

// Groups that are passed over, each with its reason.
using Reasons = std::map<std::string, std::string>;

int judge_folder(const Judge& judge, const fs::path& folder, const Reasons& left_out = {}) {
  int count = 0;
  std::vector<fs::path> files;
  for (auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::ranges::sort(files);
  for (auto& file : files) {
    auto name = file.filename().string();
    if (left_out.contains(name)) continue;
    std::ifstream in(file);
    for (auto& group : Json::parse(in)) {
      if (left_out.contains(name + ": " + group["description"].get<std::string>())) continue;
      count += judge_group(judge, group, name);
    }
  }
  return count;
}

bool is_installed() {
  return fs::is_directory(suite / "tests/draft7");
}

#define NEED_SUITE()                                                                                      \
  if (!is_installed())                                                                                    \
  GTEST_SKIP() << "THE JSON SCHEMA TEST SUITE IS NOT INSTALLED: apt-get install json-schema-test-suite (" \
               << suite << "). The schema checker is NOT proven by this run."

TEST(Suite, EveryMandatoryCaseOfDraft7) {
  NEED_SUITE();
  EXPECT_EQ(judge_folder({"draft7", false, suite / "remotes"}, suite / "tests/draft7"), 423);
}

TEST(Suite, OptionalCasesOfDraft7) {
  NEED_SUITE();
  const Reasons left_out = {
      {"content.json", "contentEncoding and contentMediaType are annotations here, as 2020-12 made them"},
  };
  EXPECT_GT(judge_folder({"draft7", true, suite / "remotes"}, suite / "tests/draft7/optional", left_out), 10);
}

TEST(Suite, FormatsOfDraft7) {
  NEED_SUITE();
  const Reasons left_out = {
      {"idn-hostname.json", "needs Unicode's tables of RFC 5892; the format is not asserted"},
  };
  EXPECT_GT(
      judge_folder({"draft7", true, suite / "remotes"}, suite / "tests/draft7/optional/format", left_out),
      80);
}

// The packaged suite ends with draft-07. Whoever has a checkout of a newer one names it:
//   SLUICE_JSON_SUITE=~/JSON-Schema-Test-Suite filter_validate_tests --gtest_filter='Suite.*'
TEST(Suite, EveryMandatoryCaseOfACheckout) {
  auto* named = std::getenv("SLUICE_JSON_SUITE");
  if (!named) GTEST_SKIP() << "SLUICE_JSON_SUITE names no checkout";
  fs::path root = named;
  const Reasons left_out = {
      {"vocabulary.json", "a $schema of one's own is refused when the configuration loads"},
  };
  EXPECT_GT(judge_folder({"draft2020", false, root / "remotes"}, root / "tests/draft2020-12", left_out),
            1000);
  EXPECT_GT(judge_folder({"draft7", false, root / "remotes"}, root / "tests/draft7"), 500);
  EXPECT_GT(
      judge_folder({"draft2020", true, root / "remotes"}, root / "tests/draft2020-12/optional/format",
                   {{"hostname.json: validation of A-label (punycode) host names",
                     "needs Unicode's tables of RFC 5892"},
                    {"idn-hostname.json", "needs Unicode's tables of RFC 5892; the format is not asserted"},
                    {"ecmascript-regex.json", "what RE2 cannot run is no pattern here"}}),
      100);
  EXPECT_GT(judge_folder({"draft2020", false, root / "remotes"}, root / "tests/draft2020-12/optional",
                         {{"ecmascript-regex.json", "what RE2 cannot run is no pattern here"},
                          {"cross-draft.json", "2019-09 is not spoken"},
                          {"format-assertion.json",
                           "a $schema of one's own is refused when the configuration loads"}}),
            50);
}

TEST(Suite, OwnCasesOfDraft2020) {
  EXPECT_EQ(judge_folder({"draft2020", false, own / "remotes"}, own / "draft2020-12"), 404);
}

}  // namespace
}  // namespace sluice::filters::validate
