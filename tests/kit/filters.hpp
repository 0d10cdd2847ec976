// Filters made of a lambda, and chains made of those.
//
//   auto chain = kit::Chain().add([](Exchange& x) { return x.refuse(403, "no"); }).build();
#pragma once
#include <functional>
#include <memory>

#include "pipeline/filter_chain.hpp"

namespace sluice::kit {

class LambdaFilter final : public Filter {
 public:
  using Function = std::function<Eventual<Verdict>(Exchange&)>;
  explicit LambdaFilter(Function f) : f_(std::move(f)) {}
  Eventual<Verdict> on_request(Exchange& x) const override { return f_(x); }

 private:
  Function f_;
};

class Chain {
 public:
  Chain& add(LambdaFilter::Function f, Phase phase = Phase::limit, OnError on_error = OnError::refuse) {
    return add_cell(std::move(f), std::make_shared<std::atomic<Mode>>(Mode::enforce), phase, on_error);
  }
  Chain& add_cell(LambdaFilter::Function f, std::shared_ptr<std::atomic<Mode>> mode, Phase phase,
                  OnError on_error = OnError::refuse) {
    steps_.push_back({std::make_shared<LambdaFilter>(std::move(f)), std::move(mode), on_error, phase,
                      "f" + std::to_string(steps_.size())});
    return *this;
  }
  pipeline::FilterChain build() { return pipeline::FilterChain(std::move(steps_)); }

 private:
  std::vector<pipeline::Step> steps_;
};

inline Eventual<Verdict> pass(Exchange&) {
  return Verdict::proceed;
}

}  // namespace sluice::kit
