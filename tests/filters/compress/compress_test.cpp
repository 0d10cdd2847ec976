#include "filters/compress/compress.hpp"

#include <gmock/gmock.h>

#include "asked.hpp"
#include "filters/compress/form.hpp"
#include "forms.hpp"
#include "kit/bodies.hpp"

namespace sluice::filters::compress {
namespace {

using testing::HasSubstr;

struct CompressTest : testing::Test {
  kit::Loop loop;
  kit::Policy policy{compress_filter(), "{}"};

  Asked ask() { return Asked(loop, policy); }
  // How many answers came to that.
  int counted(std::string_view result) {
    auto text = policy.metrics.text();
    auto line = "sluice_compress_total{policy=\"p\",result=\"" + std::string(result) + "\"} ";
    auto at = text.find(line);
    return at == text.npos ? 0 : std::stoi(text.substr(at + line.size()));
  }
  void expect_as_it_was(Asked& asked, const char* reason, std::string_view vary = "Accept-Encoding") {
    auto before = counted(reason);
    asked.with("ETag", "\"v1\"").with("Accept-Ranges", "bytes");
    auto had = asked.sent("Content-Encoding");
    auto length = asked.x.response.length;
    auto* body = asked.x.response.body.get();
    asked.go();
    EXPECT_EQ(counted(reason), before + 1) << reason;
    EXPECT_EQ(asked.sent("Vary"), vary) << reason;
    EXPECT_EQ(asked.encoding(), had);
    EXPECT_EQ(asked.sent("ETag"), "\"v1\"");
    EXPECT_EQ(asked.sent("Accept-Ranges"), "bytes");
    EXPECT_EQ(asked.x.response.length, length);
    EXPECT_EQ(asked.x.response.body.get(), body);
  }
};

// ---- what is encoded

TEST_F(CompressTest, AnAnswerIsEncodedAsTheClientTakesIt) {
  for (auto algorithm : all_algorithms) {
    auto asked = ask();
    asked.accepting(name_of(algorithm)).go();
    EXPECT_EQ(asked.encoding(), name_of(algorithm));
    EXPECT_EQ(asked.sent("Vary"), "Accept-Encoding");
    EXPECT_EQ(asked.x.response.length, unknown_length);
    auto back = decoded(algorithm, asked.body());
    EXPECT_TRUE(back.whole);
    EXPECT_TRUE(back.bytes == json_text(5000));
    EXPECT_EQ(counted(name_of(algorithm)), 1);
  }
}

TEST_F(CompressTest, WeightsChooseAndAmongEqualsTheOrderOfTheSettings) {
  for (auto [accepted, coding] :
       std::initializer_list<std::pair<const char*, const char*>>{{"gzip, br, zstd", "zstd"},
                                                                  {"gzip, br", "br"},
                                                                  {"gzip;q=1, br;q=0.9, zstd;q=0.8", "gzip"},
                                                                  {"GZIP;Q=0.5", "gzip"},
                                                                  {"x-gzip", "gzip"},
                                                                  {"*", "zstd"},
                                                                  {"*;q=0.5, zstd;q=0", "br"},
                                                                  {"gzip;q=0.001", "gzip"},
                                                                  {"deflate, gzip", "gzip"},
                                                                  {"identity;q=0.5, gzip;q=0.4", ""},
                                                                  {"identity;q=0.5, gzip;q=0.6", "gzip"},
                                                                  {"identity, gzip", "gzip"},
                                                                  {"gzip;q=0", ""},
                                                                  {"gzip;q=0, *", "zstd"},
                                                                  {"identity", ""},
                                                                  {"deflate", ""},
                                                                  {"*;q=0", ""},
                                                                  {"identity;q=0", ""},
                                                                  {"", ""}}) {
    auto asked = ask();
    asked.accepting(accepted).go();
    EXPECT_EQ(asked.encoding(), coding) << accepted;
    EXPECT_EQ(asked.sent("Vary"), "Accept-Encoding") << accepted;
    EXPECT_EQ(asked.x.response.status, 200) << "never a 406: " << accepted;
  }
}

TEST_F(CompressTest, SeveralLinesAreOneList) {
  auto asked = ask();
  asked.accepting("gzip;q=0.5").accepting("br").go();
  EXPECT_EQ(asked.encoding(), "br");
}

TEST_F(CompressTest, TheOrderOfTheSettingsIsTheirs) {
  kit::Policy gzip_first(compress_filter(), "[gzip, zstd]");
  Asked asked(loop, gzip_first);
  asked.accepting("br, zstd, gzip").go();
  EXPECT_EQ(asked.encoding(), "gzip");
  Asked other(loop, gzip_first);
  other.accepting("br").go();
  EXPECT_EQ(other.encoding(), "") << "br is not among them";
}

TEST_F(CompressTest, WhatFiltersBehindItDoToTheRequestDoesNotMatter) {
  auto asked = ask();
  asked.accepting("br");
  asked.pass(policy);
  asked.x.request.fields.remove(FieldId::accept_encoding);
  asked.answer();
  EXPECT_EQ(asked.encoding(), "br");
}

TEST_F(CompressTest, TheRequestGoesOnAsItCame) {
  auto asked = ask();
  asked.accepting("gzip, br").asking("If-None-Match", "W/\"1\"").asking("If-Match", "W/\"2\"");
  asked.asking("Range", "bytes=0-1").asking("If-Range", "W/\"3\"");
  asked.pass(policy);
  EXPECT_EQ(asked.asked("Accept-Encoding"), "gzip, br");
  EXPECT_EQ(asked.asked("If-None-Match"), "W/\"1\"");
  EXPECT_EQ(asked.asked("If-Match"), "W/\"2\"");
  EXPECT_EQ(asked.asked("If-Range"), "W/\"3\"");
  EXPECT_EQ(asked.asked("Range"), "bytes=0-1");
}

TEST_F(CompressTest, APartByADateIsAskedForAsAWhole) {
  auto range = [this](const char* accepted, const char* condition) {
    auto asked = ask();
    asked.accepting(accepted).asking("Range", "bytes=5-").asking("If-Range", condition);
    asked.pass(policy);
    return asked.asked("Range") + asked.asked("If-Range");
  };
  auto date = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(range("gzip", date), "");
  EXPECT_EQ(range("identity", date), std::string("bytes=5-") + date) << "it never held anything encoded";
  EXPECT_EQ(range("gzip", "\"v1\""), "bytes=5-\"v1\"");
  auto unconditional = ask();
  unconditional.accepting("gzip").asking("Range", "bytes=5-").pass(policy);
  EXPECT_EQ(unconditional.asked("Range"), "bytes=5-");
}

TEST_F(CompressTest, EveryStatusWithABodyMayBeEncoded) {
  for (std::uint16_t status : {200, 201, 203, 300, 400, 404, 410, 500, 503}) {
    auto asked = ask();
    asked.x.response.status = status;
    asked.accepting("gzip").go();
    EXPECT_EQ(asked.encoding(), "gzip") << status;
  }
}

TEST_F(CompressTest, AnUnknownLengthIsEncodedHoweverShortItTurnsOut) {
  for (auto text : {"", "x"}) {
    auto asked = ask();
    asked.accepting("gzip").text(text);
    asked.x.response.length = unknown_length;
    asked.go();
    EXPECT_EQ(asked.encoding(), "gzip");
    EXPECT_EQ(gunzipped(asked.body()).bytes, text);
  }
}

// ---- the fields

TEST_F(CompressTest, AStrongTagBecomesAWeakOne) {
  for (auto [tag, sent] : std::initializer_list<std::pair<const char*, const char*>>{{"\"v1\"", "W/\"v1\""},
                                                                                     {"W/\"v1\"", "W/\"v1\""},
                                                                                     {"\"\"", "W/\"\""},
                                                                                     {"v1", "W/\"v1\""},
                                                                                     {"two words", ""}}) {
    auto asked = ask();
    asked.accepting("gzip").with("ETag", tag).go();
    EXPECT_EQ(asked.sent("ETag"), sent) << tag;
  }
}

TEST_F(CompressTest, WhatWasSaidOfOtherBytesIsTakenOff) {
  auto asked = ask();
  asked.accepting("gzip").with("Accept-Ranges", "bytes").with("Content-MD5", "x").with("X-Other", "y").go();
  EXPECT_EQ(asked.sent("Accept-Ranges"), "");
  EXPECT_EQ(asked.sent("Content-MD5"), "");
  EXPECT_EQ(asked.sent("X-Other"), "y");
  EXPECT_EQ(asked.sent("Content-Type"), "application/json");
}

TEST_F(CompressTest, VaryIsAddedToWhatIsThere) {
  for (auto [before, after] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Origin", "Origin, Accept-Encoding"}, {"accept-encoding", "accept-encoding"}, {"*", "*"}}) {
    auto asked = ask();
    asked.accepting("gzip").with("Vary", before).go();
    EXPECT_EQ(asked.sent("Vary"), after);
  }
}

TEST_F(CompressTest, AHeadIsToldWhatAGetWouldBe) {
  auto asked = ask();
  asked.x.request.method = Method::head;
  asked.x.response.body.reset();
  asked.accepting("gzip").with("ETag", "\"v1\"").with("Accept-Ranges", "bytes").go();
  EXPECT_EQ(asked.encoding(), "gzip");
  EXPECT_EQ(asked.sent("ETag"), "W/\"v1\"");
  EXPECT_EQ(asked.sent("Vary"), "Accept-Encoding");
  EXPECT_EQ(asked.sent("Accept-Ranges"), "");
  EXPECT_EQ(asked.x.response.length, unknown_length) << "a GET has no Content-Length either";
  EXPECT_FALSE(asked.x.response.body);
  auto small = ask();
  small.x.request.method = Method::head;
  small.x.response.body.reset();
  small.x.response.length = 100;
  expect_as_it_was(small.accepting("gzip"), "small");
}

// ---- what goes out as it is

TEST_F(CompressTest, OtherTypesAreLeftAlone) {
  for (auto type : {"image/png", "application/octet-stream", "text/event-stream", "application/grpc", ""}) {
    auto asked = ask();
    expect_as_it_was(asked.accepting("gzip").with("Content-Type", type), "type", "");
  }
  auto none = ask();
  none.x.response.fields.remove(FieldId::content_type);
  expect_as_it_was(none.accepting("gzip"), "type", "");
}

TEST_F(CompressTest, TypesAreThoseOfTheSettings) {
  kit::Policy svg(compress_filter(), "{ types: [image/svg+xml, text/event-stream] }");
  Asked yes(loop, svg), stream(loop, svg), no(loop, svg);
  yes.accepting("gzip").with("Content-Type", "image/svg+xml; charset=utf-8").go();
  EXPECT_EQ(yes.encoding(), "gzip");
  stream.accepting("gzip").with("Content-Type", "text/event-stream").go();
  EXPECT_EQ(stream.encoding(), "gzip");
  no.accepting("gzip").go();
  EXPECT_EQ(no.encoding(), "");
}

TEST_F(CompressTest, WhatIsShortIsLeftAlone) {
  for (std::size_t size : {0, 1, 1023}) {
    auto asked = ask();
    expect_as_it_was(asked.accepting("gzip").text(std::string(size, 'x')), "small");
  }
  auto enough = ask();
  enough.accepting("gzip").text(std::string(1024, 'x')).go();
  EXPECT_EQ(enough.encoding(), "gzip");
  kit::Policy any(compress_filter(), "{ min_size: 0B }");
  Asked empty(loop, any), one(loop, any);
  empty.accepting("gzip").text("").go();
  EXPECT_EQ(empty.encoding(), "") << "nothing stays nothing";
  one.accepting("gzip").text("x").go();
  EXPECT_EQ(one.encoding(), "gzip");
}

TEST_F(CompressTest, WhatIsEncodedIsNeverEncodedAgain) {
  for (auto coding : {"gzip", "br", "x-unknown", "identity, gzip"}) {
    auto asked = ask();
    expect_as_it_was(asked.accepting("gzip, br").with("Content-Encoding", coding), "encoded");
  }
  auto identity = ask();
  identity.accepting("gzip").with("Content-Encoding", "identity").go();
  EXPECT_EQ(identity.encoding(), "gzip") << "which is no coding";
}

TEST_F(CompressTest, NoTransformIsObeyed) {
  auto by_origin = ask();
  expect_as_it_was(by_origin.accepting("gzip").with("Cache-Control", "public, No-Transform"), "no_transform",
                   "");
  auto by_client = ask();
  expect_as_it_was(by_client.accepting("gzip").asking("Cache-Control", "no-transform"), "no_transform");
}

TEST_F(CompressTest, PartsAreLeftAlone) {
  auto part = ask();
  part.x.response.status = 206;
  expect_as_it_was(part.accepting("gzip").with("Content-Range", "bytes 0-4999/9000"), "partial");
  auto unsatisfiable = ask();
  unsatisfiable.x.response.status = 416;
  expect_as_it_was(unsatisfiable.accepting("gzip").with("Content-Range", "bytes */9000"), "partial");
}

TEST_F(CompressTest, ADigestIsAPromiseThatIsKept) {
  for (auto name : {"Digest", "Repr-Digest", "content-digest"}) {
    auto asked = ask();
    expect_as_it_was(asked.accepting("gzip").with(name, "sha-256=:x:"), "digest");
  }
}

TEST_F(CompressTest, AClientThatTakesNothingOfOursGetsItAsItIs) {
  auto silent = ask(), other = ask(), none = ask();
  expect_as_it_was(silent, "not_accepted");
  expect_as_it_was(other.accepting("deflate"), "not_accepted");
  expect_as_it_was(none.accepting("identity;q=0, *;q=0"), "not_accepted");
}

TEST_F(CompressTest, WithoutABodyThereIsNothingToEncode) {
  for (std::uint16_t status : {101, 204, 205}) {
    auto asked = ask();
    asked.x.response.status = status;
    asked.x.response.body.reset();
    expect_as_it_was(asked.accepting("gzip"), "no_body", "");
  }
}

TEST_F(CompressTest, OverItsMemoryAnswersGoOutAsTheyAre) {
  kit::Policy little(compress_filter(), "{ memory: 1MiB, algorithms: [gzip] }");
  std::vector<std::unique_ptr<Asked>> open;
  for (int i = 0; i < 4; ++i) {
    open.push_back(std::make_unique<Asked>(loop, little));
    open.back()->accepting("gzip").go();
    EXPECT_EQ(open.back()->encoding(), "gzip");
  }
  Asked late(loop, little);
  late.accepting("gzip").go();
  EXPECT_EQ(late.encoding(), "");
  EXPECT_EQ(late.sent("Vary"), "Accept-Encoding");
  EXPECT_THAT(little.metrics.text(), HasSubstr("sluice_compress_total{policy=\"p\",result=\"busy\"} 1"));
  open.clear();
  Asked again(loop, little);
  again.accepting("gzip").go();
  EXPECT_EQ(again.encoding(), "gzip");
}

// ---- conditional requests

TEST_F(CompressTest, A304HasTheTagOfWhatTheClientHolds) {
  auto tag = [this](const char* held, const char* accepted, const char* of_origin = "\"v1\"") {
    auto asked = ask();
    asked.x.response.status = 304;
    asked.x.response.body.reset();
    asked.x.response.fields.remove(FieldId::content_type);
    asked.accepting(accepted).asking("If-None-Match", held).with("ETag", of_origin).go();
    EXPECT_EQ(asked.sent("Vary"), "Accept-Encoding");
    EXPECT_EQ(asked.encoding(), "");
    return asked.sent("ETag");
  };
  EXPECT_EQ(tag("W/\"v1\"", "gzip"), "W/\"v1\"");
  EXPECT_EQ(tag("\"v0\", W/\"v1\"", "gzip"), "W/\"v1\"");
  EXPECT_EQ(tag("\"v1\"", "gzip"), "\"v1\"") << "it holds the answer as it was";
  EXPECT_EQ(tag("\"v1\", W/\"v1\"", "gzip"), "W/\"v1\"") << "it holds both: what it would get now";
  EXPECT_EQ(tag("W/\"v1\"", "identity"), "\"v1\"") << "what it would get now is not encoded";
  EXPECT_EQ(tag("*", "gzip"), "W/\"v1\"") << "the one that promises less";
  EXPECT_EQ(tag("W/\"v1\"", "gzip", "W/\"v1\""), "W/\"v1\"");
  EXPECT_EQ(counted("not_modified"), 7);
}

TEST_F(CompressTest, A304OfAnotherTypeSaysNothing) {
  auto asked = ask();
  asked.x.response.status = 304;
  asked.x.response.body.reset();
  asked.accepting("gzip").asking("If-None-Match", "W/\"v1\"").with("Content-Type", "image/png");
  expect_as_it_was(asked, "not_modified", "");
  auto untouched = ask();
  untouched.x.response.status = 304;
  untouched.x.response.body.reset();
  untouched.accepting("gzip").asking("If-None-Match", "W/\"v1\"").with("Cache-Control", "no-transform");
  expect_as_it_was(untouched, "no_transform", "");
}

TEST_F(CompressTest, A304NeedsWhatTheClientHeldNotWhatWasAskedBehind) {
  auto asked = ask();
  asked.x.response.body.reset();
  asked.accepting("gzip").asking("If-None-Match", "W/\"v1\"").with("ETag", "\"v1\"");
  asked.pass(policy);
  asked.x.request.fields.set("If-None-Match", "\"v1\"");  // a cache's own validation
  asked.answer(304);
  EXPECT_EQ(asked.sent("ETag"), "W/\"v1\"");
}

// ---- bodies

TEST_F(CompressTest, WhatBreaksOffIsBrokenOff) {
  auto asked = ask();
  asked.accepting("gzip");
  asked.x.response.length = unknown_length;
  asked.x.response.body = kit::fails_after(json_text(3000));
  asked.go();
  Reader reader(*asked.x.response.body);
  reader.start();
  loop.spin();
  EXPECT_TRUE(reader.error);
  EXPECT_FALSE(gunzipped(reader.bytes).whole);
}

TEST_F(CompressTest, BytesAreCounted) {
  auto asked = ask();
  auto size = asked.accepting("gzip").go().body().size();
  auto text = policy.metrics.text();
  auto bytes = [](const char* direction, std::size_t n) {
    return "sluice_compress_bytes_total{policy=\"p\",algorithm=\"gzip\",direction=\"" +
           std::string(direction) + "\"} " + std::to_string(n) + "\n";
  };
  EXPECT_THAT(text, HasSubstr(bytes("in", 5000)));
  EXPECT_THAT(text, HasSubstr(bytes("out", size)));
  EXPECT_LT(size, 2000u);
}

TEST_F(CompressTest, MemoryIsShownWhileItIsHeld) {
  auto held = [this] {
    auto text = policy.metrics.text();
    auto line = std::string("sluice_compress_memory_bytes{policy=\"p\"} ");
    return std::stol(text.substr(text.find(line) + line.size()));
  };
  EXPECT_EQ(held(), 0);
  {
    auto asked = ask();
    asked.accepting("gzip").go();
    EXPECT_GT(held(), 200'000);
  }
  EXPECT_EQ(held(), 0);
}

// ---- stored answers

struct StoredTest : CompressTest {
  Forms forms;

  // The whole stored response, with what is kept beside it.
  struct Hit : Asked {
    Hit(StoredTest& test, const std::string& body, const char* accepted) : Asked(test.loop, test.policy) {
      this->accepting(accepted).text(body).with("ETag", "\"v1\"");
      x.response.forms = &test.forms;
    }
  };
  Hit hit(const std::string& text, const char* accepted = "gzip") { return Hit(*this, text, accepted); }
  std::string counted_forms(const char* result) {
    auto text = policy.metrics.text();
    auto line = "sluice_compress_forms_total{policy=\"p\",result=\"" + std::string(result) + "\"} ";
    auto at = text.find(line) + line.size();
    return text.substr(at, text.find('\n', at) - at);
  }
};

TEST_F(StoredTest, AFormIsMadeOnceAndSentAgain) {
  auto text = json_text(200'000);
  auto first = hit(text);
  first.go();
  EXPECT_EQ(first.x.response.length, unknown_length);
  EXPECT_EQ(first.x.response.forms, nullptr) << "it is no longer the stored response";
  auto bytes = first.body();
  EXPECT_TRUE(gunzipped(bytes).bytes == text);
  ASSERT_TRUE(forms.form("gzip"));
  EXPECT_TRUE(*forms.form("gzip") == bytes);

  auto second = hit(text);
  second.x.response.body = kit::throws_after("");  // not read again
  second.go();
  EXPECT_EQ(second.encoding(), "gzip");
  EXPECT_EQ(second.sent("ETag"), "W/\"v1\"");
  EXPECT_EQ(second.x.response.length, bytes.size()) << "now its length is known";
  EXPECT_EQ(second.x.response.forms, nullptr);
  EXPECT_TRUE(second.body() == bytes);
  EXPECT_EQ(counted_forms("made"), "1");
  EXPECT_EQ(counted_forms("reused"), "1");
  EXPECT_EQ(counted("gzip"), 2);
}

TEST_F(StoredTest, EachCodingHasItsOwn) {
  auto text = json_text(20'000);
  for (auto algorithm : all_algorithms) {
    auto name = std::string(name_of(algorithm));
    auto bytes = hit(text, name.c_str()).go().body();
    ASSERT_TRUE(forms.form(name)) << name;
    EXPECT_TRUE(decoded(algorithm, *forms.form(name)).bytes == text);
  }
  EXPECT_EQ(forms.size(), 3u);
}

TEST_F(StoredTest, WhatIsKeptIsShorterThanWhatPasses) {
  for (auto accepted : {"gzip", "br", "zstd"}) {
    auto text = json_text(300'000);
    auto passing = ask();
    auto size = passing.accepting(accepted).text(text).go().body().size();
    EXPECT_LT(hit(text, accepted).go().body().size(), size) << accepted;
  }
}

TEST_F(StoredTest, AHeadIsToldTheLengthOfTheForm) {
  auto text = json_text(20'000);
  auto size = hit(text).go().body().size();
  auto head = hit(text);
  head.x.request.method = Method::head;
  head.x.response.body.reset();
  head.go();
  EXPECT_EQ(head.encoding(), "gzip");
  EXPECT_EQ(head.x.response.length, size);
  EXPECT_FALSE(head.x.response.body);
}

TEST_F(StoredTest, NobodyIsSentAFormThatHeDoesNotTake) {
  auto text = json_text(20'000);
  (void)hit(text).go().body();
  auto plain = hit(text, "identity");
  EXPECT_TRUE(plain.go().body() == text);
  EXPECT_EQ(plain.encoding(), "");
  EXPECT_EQ(plain.x.response.forms, &forms);
}

TEST_F(StoredTest, WhileOneIsMadeOthersAreSentAPassingOne) {
  auto text = json_text(300'000);
  auto first = hit(text), second = hit(text);
  first.go();
  auto passing = second.go().body();
  EXPECT_EQ(forms.size(), 0u) << "the second was not to be kept";
  auto bytes = first.body();
  EXPECT_LT(bytes.size(), passing.size());
  EXPECT_TRUE(*forms.form("gzip") == bytes);
}

TEST_F(StoredTest, ASlowClientDoesNotKeepOthersFromMakingIt) {
  auto text = json_text(300'000);
  auto slow = hit(text);
  slow.go();
  loop.advance(FormsInMaking::patience);
  (void)hit(text).go().body();
  EXPECT_EQ(forms.size(), 1u);
}

TEST_F(StoredTest, WhatIsNotTakenToItsEndIsNotKept) {
  auto text = json_text(300'000);
  {
    auto left = hit(text);
    left.go();
    Reader reader(*left.x.response.body, 100);
    reader.start();
    RunQueue::current().run();
  }
  EXPECT_EQ(forms.size(), 0u);
  EXPECT_EQ(counted_forms("unfinished"), "1");
  (void)hit(text).go().body();
  EXPECT_EQ(forms.size(), 1u) << "the next one makes it";
}

TEST_F(StoredTest, WhatBreaksOffIsNotKept) {
  auto broken = hit(json_text(5000));
  broken.x.response.body = kit::fails_after(json_text(4000));
  broken.go();
  Reader reader(*broken.x.response.body);
  reader.start();
  loop.spin();
  EXPECT_TRUE(reader.error);
  EXPECT_EQ(forms.size(), 0u);
}

TEST_F(StoredTest, AFormNeedsNoMemoryOfTheEncoders) {
  kit::Policy little(compress_filter(), "{ memory: 1MiB }");
  std::vector<std::unique_ptr<Asked>> open;
  for (int i = 0; i < 4; ++i)
    (open.emplace_back(std::make_unique<Asked>(loop, little)))->accepting("gzip").go();
  forms.keep("gzip", std::make_shared<const std::string>("a form"));
  for (auto accepted : {"gzip", "br"}) {
    Asked late(loop, little);
    late.x.response.forms = &forms;
    late.accepting(accepted).go();
    EXPECT_EQ(late.encoding(), accepted == std::string("gzip") ? "gzip" : "");
  }
}

TEST_F(StoredTest, WhatIsTooLongIsEncodedInPassing) {
  kit::Policy little(compress_filter(), "{ static_size: 10KiB }");
  for (auto length_known : {true, false}) {
    Asked asked(loop, little);
    asked.accepting("gzip").text(json_text(200'000));
    asked.x.response.forms = &forms;
    if (!length_known) asked.x.response.length = unknown_length;
    EXPECT_TRUE(gunzipped(asked.go().body()).bytes == json_text(200'000));
    EXPECT_EQ(forms.size(), 0u);
  }
}

TEST_F(CompressTest, LevelsAreThoseOfTheSettings) {
  auto size = [this](const char* settings) {
    kit::Policy one(compress_filter(), settings);
    Asked asked(loop, one);
    return asked.accepting("gzip").text(json_text(60'000)).go().body().size();
  };
  EXPECT_LT(size("{ level: { gzip: 9 } }"), size("{ level: { gzip: 1 } }"));
}

}  // namespace
}  // namespace sluice::filters::compress
