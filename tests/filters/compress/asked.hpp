// One request and its answer through one compress policy.
//
//   Asked asked(loop, policy);
//   asked.accepting("gzip").with("ETag", "\"1\"").go();
//   asked.encoding(), asked.sent("Vary"), asked.body()
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "decoding.hpp"
#include "kit/policy.hpp"
#include "reading.hpp"
#include "texts.hpp"

namespace sluice::filters::compress {

// Unless it is said otherwise: 200, application/json, 5000 bytes of it.
struct Asked : kit::Asking {
  Asked(kit::Loop& l, const kit::Policy& p) : kit::Asking(l), loop(l), policy(p) {
    x.response.status = 200;
    x.response.fields.add("Content-Type", "application/json");
    text(json_text(5000));
  }

  Asked& accepting(std::string_view codings) {
    x.request.fields.add("Accept-Encoding", codings);
    return *this;
  }
  Asked& asking(std::string_view name, std::string_view value) {
    x.request.fields.add(name, value);
    return *this;
  }
  Asked& with(std::string_view name, std::string_view value) {
    x.response.fields.set(name, value);
    return *this;
  }
  Asked& text(std::string body) {
    x.response.length = body.size();
    x.response.body = std::make_unique<MemoryBody>(std::move(body));
    return *this;
  }
  Asked& go() {
    EXPECT_EQ(pass(policy), Verdict::proceed);
    answer(x.response.status);
    return *this;
  }

  std::string encoding() const { return sent("Content-Encoding"); }
  std::string body() {
    if (!x.response.body) return "";
    Reader reader(*x.response.body);
    reader.start();
    loop.spin();
    EXPECT_TRUE(reader.ended);
    return reader.bytes;
  }

  kit::Loop& loop;
  const kit::Policy& policy;
};

}  // namespace sluice::filters::compress
