// The filter as a chain calls it, on a worker and a clock of the test's own.
//
//   Guarded guarded;
//   guarded.settings.keys = {...};
//   auto request = guarded.request();
//   request.field("Authorization", "Bearer " + token);
//   EXPECT_EQ(request.outcome(), "token_expired");
#pragma once
#include <gtest/gtest.h>

#include <deque>

#include "filters/jwt/jwt.hpp"
#include "kit/loop.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::filters::jwt::testing {

using namespace std::chrono_literals;

inline const std::string good_secret(32, 's');
inline WallPoint wall{1'700'000'000s};

struct Guarded {
  kit::Loop loop{[] { return wall; }};
  telemetry::Metrics metrics{1};
  Keepsakes keepsakes;
  std::vector<std::shared_ptr<Background>> background;
  std::vector<std::string> errors;
  FilterFindings findings;
  Settings settings;
  std::shared_ptr<const Filter> filter;
  Peer peer;

  Guarded() {
    wall = WallPoint(1'700'000'000s);
    settings.keys = {InlineKey{.kid = "h", .alg = Algorithm::hs256, .secret = good_secret}};
  }

  const Filter& built() {
    if (!filter) {
      FilterContext context{"login", 1, metrics, keepsakes, background, errors};
      context.findings = &findings;
      filter = make_jwt(settings, context);
    }
    return *filter;
  }

  class Request {
   public:
    explicit Request(Guarded& guarded)
        : guarded_(guarded), x_(std::make_unique<Exchange>(guarded.loop.worker, arena_, guarded.peer)) {}
    ~Request() { leave(); }

    Request& field(std::string name, std::string value) {
      auto& n = texts_.emplace_back(std::move(name));
      auto& v = texts_.emplace_back(std::move(value));
      x_->request.fields.add(n, v);
      return *this;
    }
    Request& bearer(const std::string& token) { return field("Authorization", "Bearer " + token); }
    Request& query(std::string query) {
      x_->request.query = texts_.emplace_back(std::move(query));
      x_->request.has_query = true;
      return *this;
    }

    // "ok", or the reason of the refusal; "waits".
    std::string outcome() {
      auto verdict = guarded_.built().on_request(*x_);
      if (!verdict.ready()) return "waits";
      return verdict.value() == Verdict::proceed ? "ok" : x_->response.reason;
    }
    Exchange& exchange() { return *x_; }
    std::string challenge() { return std::string(x_->response.fields.get(FieldId::www_authenticate)); }
    std::string forwarded(std::string_view name) { return std::string(x_->request.fields.get(name)); }
    void leave() { x_->end({200, 0, true, {}, {}}); }

   private:
    Guarded& guarded_;
    Arena arena_;
    std::deque<std::string> texts_;
    std::unique_ptr<Exchange> x_;
  };

  Request request() { return Request(*this); }
  std::string outcome_of(const std::string& token) { return request().bearer(token).outcome(); }
};

}  // namespace sluice::filters::jwt::testing
