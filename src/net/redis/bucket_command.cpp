#include "net/redis/bucket_command.hpp"

#include <charconv>

#include "base/token_bucket.hpp"
#include "net/redis/digest.hpp"
#include "net/redis/script.hpp"

namespace sluice::net {
namespace {

using base::BucketRule;
using base::TokenBucket;

constexpr std::uint64_t longest_number = 20;
// What the script's doubles hold exactly; so many in a microsecond fill any bucket.
constexpr std::uint64_t most_counted = std::uint64_t(1) << 52;

constexpr std::string_view name_of(BucketMode mode) noexcept {
  switch (mode) {
    case BucketMode::take:
      return "take";
    case BucketMode::peek:
      return "peek";
    default:
      return "give";
  }
}

std::string stem_of(std::string_view prefix, std::string_view policy, std::string_view key) {
  auto digest = sha256_hex(key);
  std::string stem;
  stem.reserve(prefix.size() + policy.size() + digest.size() + 4);
  stem.append(prefix).append(1, '{').append(policy).append(1, ':');
  stem.append(digest.data(), digest.size()).append("}:");
  return stem;
}

std::uint64_t in_microseconds(Duration d) noexcept {
  auto n = std::chrono::ceil<std::chrono::microseconds>(d).count();
  return static_cast<std::uint64_t>(std::max<decltype(n)>(n, 1));
}

// Redis counts microseconds: what is ready between two of them is there at the second.
Duration up_to_its_clock(Duration d) noexcept {
  return d == Duration::max() ? d : std::chrono::ceil<std::chrono::microseconds>(d);
}

Error malformed() noexcept {
  return Error(Error::Kind::malformed, Error::Side::upstream, "redis_error");
}

// A refusal's longest wait, otherwise the fewest tokens.
bool decides(const BucketLevel& a, const BucketLevel& b, bool allowed) noexcept {
  return allowed ? a.left < b.left : a.wait > b.wait;
}

Result<BucketReply> read(const RedisValue& said, std::span<const RateLimit> limits, std::uint64_t cost) {
  if (said.size() != 2 + 2 * limits.size()) return malformed();
  BucketReply reply;
  auto& grant = reply.grant;
  grant.allowed = said[0].integer() == 1;
  grant.count = static_cast<std::uint8_t>(limits.size());
  reply.extra = static_cast<std::uint64_t>(said[1].integer());
  for (std::uint8_t i = 0; i < grant.count; ++i) {
    BucketRule rule(limits[i].rate, limits[i].burst);
    auto now = TimePoint();
    auto bucket = TokenBucket::restore(rule, now, static_cast<std::uint64_t>(said[2 + 2 * i].integer()),
                                       static_cast<std::uint64_t>(said[3 + 2 * i].integer()) * 1000);
    auto wait = grant.allowed ? Duration{} : up_to_its_clock(bucket.until(cost, rule, now));
    grant.levels[i] = {bucket.whole(), wait, up_to_its_clock(bucket.until_full(rule, now))};
    if (decides(grant.levels[i], grant.tightest(), grant.allowed)) grant.decisive = i;
  }
  return reply;
}

}  // namespace

BucketCommand::BucketCommand(std::string_view prefix, const BucketCall& call)
    : limits_(call.limits), amount_(call.amount) {
  auto stem = stem_of(prefix, call.policy, call.key);
  text_.reserve((stem.size() + 1 + 3 * longest_number) * limits_.size() + 5 * longest_number);
  add(limits_.size());
  for (std::size_t i = 0; i < limits_.size(); ++i) {
    text_ += stem;
    add(i);
  }
  add(name_of(call.mode));
  add(call.time);
  add(call.amount);
  add(call.extra);
  for (auto& limit : limits_) {
    BucketRule rule(limit.rate, limit.burst);
    add(std::min(rule.count, most_counted));
    add(in_microseconds(limit.rate.per));
    add(rule.burst);
  }
  words_.assign({"EVALSHA", bucket_script().digest});
  std::size_t begin = 0;
  for (auto end : ends_) {
    words_.push_back(std::string_view(text_).substr(begin, end - begin));
    begin = end;
  }
}

void BucketCommand::add(std::string_view word) {
  text_ += word;
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
}

void BucketCommand::add(std::uint64_t number) {
  char digits[longest_number];
  auto end = std::to_chars(digits, digits + longest_number, number).ptr;
  add({digits, static_cast<std::size_t>(end - digits)});
}

RedisArguments BucketCommand::by_digest() noexcept {
  return words_;
}

RedisArguments BucketCommand::by_text() noexcept {
  words_[0] = "EVAL";
  words_[1] = bucket_script().text;
  return words_;
}

Task<Result<BucketReply>> run(RedisClient& client, BucketCommand& command) {
  auto& reactor = client.reactor();
  auto give_up = reactor.now() + client.settings().timeout;
  auto asking = client.command(command.by_digest());
  auto reply = co_await asking;
  if (reply && reply->value().text().starts_with("NOSCRIPT")) {
    auto teaching = client.command(command.by_text(), give_up - reactor.now());
    reply = co_await teaching;
  }
  if (!reply) co_return reply.error();
  co_return read(reply->value(), command.limits(), command.amount());
}

Task<Result<Unit>> reset_buckets(RedisClient& client, std::string prefix, std::string policy,
                                 std::string key) {
  auto stem = stem_of(prefix, policy, key);
  std::array<std::string, BucketAsk::max_limits> keys;
  std::array<std::string_view, 1 + BucketAsk::max_limits> words{"DEL"};
  for (std::size_t i = 0; i < keys.size(); ++i) words[1 + i] = keys[i] = stem + std::to_string(i);
  auto asking = client.command(words);
  auto reply = co_await asking;
  if (!reply) co_return reply.error();
  if (reply->value().is_error()) co_return malformed();
  co_return Unit{};
}

}  // namespace sluice::net
