// What replicas share, in this process's memory and under the test's control.
//
//   PuppetSharedStore store;
//   store.fail = true;                    // it does not answer any more
//   store.lose_everything();              // it comes back empty
//   SharedPurges one(store...), other(store...);      // two replicas
#pragma once
#include <gmock/gmock.h>

#include <map>

#include "sluice/shared_store.hpp"
#include "sluice/waiter.hpp"

namespace sluice::filters::cache {

class PuppetSharedStore final : public SharedStore {
 public:
  bool fail = false;
  bool hang = false;  // what is announced is never answered
  std::size_t max = 1 << 20;
  Duration most_cut_off = std::chrono::seconds(10);
  std::size_t page = 3;
  unsigned asked = 0;
  std::map<std::string, std::string, std::less<>> values, claims;
  std::map<std::string, Duration, std::less<>> times;
  NoticePlace last{"log-1", 1000};
  std::uint64_t horizon = 1000;
  std::map<std::uint64_t, std::string> log;

  void lose_everything() {
    values.clear();
    claims.clear();
    log.clear();
    last = {"log-2", last.at + 1000};
    horizon = last.at;
  }
  void throw_away_until(std::uint64_t at) {
    std::erase_if(log, [&](auto& entry) { return entry.first <= at; });
    horizon = at;
  }

  std::size_t max_value() const noexcept override { return max; }
  Duration cut_off() const noexcept override { return most_cut_off; }

  Task<Result<SharedFinding>> get(Worker& worker, std::string_view key) override {
    return get_or_claim(worker, key, "", Duration{});
  }
  Task<Result<SharedFinding>> get_or_claim(Worker&, std::string_view key, std::string_view owner,
                                           Duration) override {
    ++asked;
    if (fail) co_return down();
    SharedFinding found;
    if (auto value = values.find(key); value != values.end()) {
      auto copy = std::make_shared<const std::string>(value->second);
      if (*copy == "forged") co_return Error(Error::Kind::malformed, Error::Side::upstream, "redis_seal");
      found.value = SharedBytes{copy, *copy};
    } else if (claims.contains(key)) {
      found.claim = SharedFinding::Claim::another;
    } else if (!owner.empty()) {
      claims.emplace(key, owner);
      found.claim = SharedFinding::Claim::mine;
    }
    co_return found;
  }
  void release(Worker&, std::string_view key, std::string_view owner) override {
    auto claim = claims.find(key);
    if (claim != claims.end() && claim->second == owner) claims.erase(claim);
  }
  Task<Result<Unit>> put(Worker&, std::string_view key, std::string_view value, Duration ttl) override {
    if (fail) co_return down();
    if (value.size() > max) co_return Error(Error::Kind::too_large);
    values[std::string(key)] = value;
    times[std::string(key)] = ttl;
    co_return Unit{};
  }
  Task<Result<Unit>> remove(Worker&, std::string_view key) override {
    if (fail) co_return down();
    values.erase(std::string(key));
    co_return Unit{};
  }
  Task<Result<NoticePage>> notices(Worker&, const NoticePlace& from) override {
    if (fail) co_return down();
    NoticePage read;
    auto since = from.log == last.log ? std::max(from.at, horizon) : horizon;
    for (auto at = log.upper_bound(since); at != log.end() && read.notices.size() < page; ++at)
      read.notices.push_back({at->first, at->second});
    read.complete = read.notices.size() < page;
    read.place = {last.log, read.complete ? last.at : read.notices.back().at};
    read.horizon = horizon;
    co_return read;
  }
  Task<Result<NoticePlace>> announce(Worker&, std::string_view text) override {
    if (fail) co_return down();
    if (hang) {
      Waiter<Unit> answer;
      hanging_ = answer.resolver();
      co_await answer;
    }
    std::erase_if(log, [&](auto& entry) { return entry.second == text; });
    log[++last.at] = text;
    co_return last;
  }

 private:
  Resolver<Unit> hanging_;
  static Error down() noexcept {
    return Error(Error::Kind::unavailable, Error::Side::upstream, "redis_down", Error::Retry::always);
  }
};

}  // namespace sluice::filters::cache
