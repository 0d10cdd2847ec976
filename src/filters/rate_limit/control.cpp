#include "filters/rate_limit/control.hpp"

namespace sluice::filters::rate_limit {
namespace {

constexpr Error no_key(Error::Kind::malformed, Error::Side::internal, "no_such_key");

}  // namespace

Eventual<Result<LimitView>> Control::look(Worker& worker, std::string key) {
  auto bytes = keys_.parse(key);
  if (!bytes) return Result<LimitView>(no_key);
  return look_up(worker, std::move(key), std::move(*bytes));
}

Task<Result<LimitView>> Control::look_up(Worker& worker, std::string key, std::string bytes) {
  LimitView view{std::move(key), limits().latest(), {}};
  BucketAsk ask{name_, bytes, view.limits, settings_.cost, false};
  auto peeking = store_->peek(worker, ask);
  auto grant = co_await peeking;
  if (!grant) co_return grant.error();
  view.grant = *grant;
  co_return view;
}

Eventual<Result<Unit>> Control::reset(Worker& worker, std::string key) {
  auto bytes = keys_.parse(key);
  if (!bytes) return Result<Unit>(no_key);
  return fill(worker, std::move(*bytes));
}

Task<Result<Unit>> Control::fill(Worker& worker, std::string bytes) {
  auto filling = store_->reset(worker, name_, bytes);
  co_return co_await filling;
}

}  // namespace sluice::filters::rate_limit
