#include "net/redis/notice_log.hpp"

#include <charconv>
#include <random>

#include "net/redis/script_call.hpp"

namespace sluice::net {
namespace {

// Places are below 2^53, which doubles hold exactly.
//
// KEYS  the log; ARGV  a name for it if it is new; then
// read: the log and the place that are known, how many at most  ->  name, horizon, last place, notices
// write: the text, how many to keep, for how long               ->  name, place
constexpr std::string_view open_lua = R"lua(
if redis.replicate_commands then redis.replicate_commands() end
local log, time = KEYS[1], redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function digits(n) return string.format('%.0f', n) end
if redis.call('EXISTS', log) == 0 then
  redis.call('ZADD', log, digits(now), '#' .. ARGV[1])
end
local head = redis.call('ZRANGE', log, 0, 0, 'WITHSCORES')
local name, horizon = string.sub(head[1], 2), tonumber(head[2])
local last = tonumber(redis.call('ZRANGE', log, -1, -1, 'WITHSCORES')[2])
)lua";

constexpr std::string_view read_lua = R"lua(
local from = horizon
if ARGV[2] == name then from = math.max(tonumber(ARGV[3]), horizon) end
local found = redis.call('ZRANGEBYSCORE', log, '(' .. digits(from), '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[4])
for i = 1, #found, 2 do
  found[i], found[i + 1] = string.sub(found[i], 2), digits(tonumber(found[i + 1]))
end
return {name, digits(horizon), digits(last), found}
)lua";

constexpr std::string_view write_lua = R"lua(
local at = math.max(last + 1, now)
redis.call('ZADD', log, digits(at), '=' .. ARGV[2])
local gone = horizon
local excess = redis.call('ZCARD', log) - 1 - ARGV[3]
if excess > 0 then gone = tonumber(redis.call('ZRANGE', log, excess, excess, 'WITHSCORES')[2]) end
local old = redis.call('ZREVRANGEBYSCORE', log, digits(now - ARGV[4]), '(' .. digits(horizon),
                       'WITHSCORES', 'LIMIT', 0, 1)
if old[2] then gone = math.max(gone, tonumber(old[2])) end
if gone > horizon then
  redis.call('ZREMRANGEBYSCORE', log, '(' .. digits(horizon), digits(gone))
  redis.call('ZADD', log, digits(gone), '#' .. name)
end
return {name, digits(at)}
)lua";

const RedisScript& reading() {
  static const std::string text = std::string(open_lua).append(read_lua);
  static const RedisScript script(text);
  return script;
}
const RedisScript& writing() {
  static const std::string text = std::string(open_lua).append(write_lua);
  static const RedisScript script(text);
  return script;
}

std::string random_name() {
  thread_local std::random_device random;
  std::uniform_int_distribution<std::uint64_t> any;
  return std::to_string(any(random));
}

std::uint64_t number(const RedisValue& value) noexcept {
  auto text = value.text();
  std::uint64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

Error malformed() noexcept {
  return Error(Error::Kind::malformed, Error::Side::upstream, "redis_error");
}

Result<NoticePage> page_of(const RedisValue& said) {
  if (said.size() != 4) return malformed();
  auto found = said[3];
  NoticePage page;
  page.horizon = number(said[1]);
  for (std::size_t i = 0; i + 1 < found.size(); i += 2)
    page.notices.push_back({number(found[i + 1]), std::string(found[i].text())});
  page.complete = page.notices.size() < RedisNoticeLog::most_on_a_page;
  page.place = {std::string(said[0].text()), page.complete ? number(said[2]) : page.notices.back().at};
  return page;
}

}  // namespace

Task<Result<NoticePage>> RedisNoticeLog::read(RedisClient& client, NoticePlace from) const {
  auto name = random_name(), at = std::to_string(from.at), most = std::to_string(most_on_a_page);
  auto calling = call_script(client, reading(), {"1", key_, name, from.log, at, most});
  auto reply = co_await calling;
  if (!reply) co_return reply.error();
  co_return page_of(reply->value());
}

Task<Result<NoticePlace>> RedisNoticeLog::write(RedisClient& client, std::string_view text) const {
  auto keep = std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(kept_for).count());
  auto name = random_name();
  auto calling = call_script(client, writing(), {"1", key_, name, text, most_, keep});
  auto reply = co_await calling;
  if (!reply) co_return reply.error();
  auto said = reply->value();
  if (said.size() != 2) co_return malformed();
  co_return NoticePlace{std::string(said[0].text()), number(said[1])};
}

}  // namespace sluice::net
