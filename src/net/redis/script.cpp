#include "net/redis/script.hpp"

#include "net/redis/digest.hpp"

namespace sluice::net {
namespace {

// Nothing in it exceeds 2^53. `rest * count` would, so it is multiplied by ten bits of `count` at a time.
constexpr std::string_view bucket_lua = R"lua(
local mode, now, cost, extra = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local own_clock = not now
if own_clock then
  if redis.replicate_commands then redis.replicate_commands() end
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local function gained(elapsed, count, per)
  local rest = math.fmod(elapsed, per)
  local whole, part, more, unit = (elapsed - rest) / per * count, 0, 0, 1
  while unit * 1024 <= count do unit = unit * 1024 end
  while unit >= 1 do
    local digit = math.floor(count / unit)
    count = count - digit * unit
    local sum = part * 1024 + rest * digit
    part = math.fmod(sum, per)
    more = more * 1024 + (sum - part) / per
    unit = unit / 1024
  end
  return whole + more, part
end

local function load(i)
  local a = 2 + 3 * i
  local b = {key = KEYS[i], count = tonumber(ARGV[a]), per = tonumber(ARGV[a + 1]), burst = tonumber(ARGV[a + 2])}
  b.whole, b.part = b.burst, 0
  local whole, part, at = string.match(redis.call('GET', b.key) or '', '^(%d+) (%d+) (%d+)$')
  if not whole then return b end
  b.kept = true
  b.whole, b.part, at = tonumber(whole), math.min(tonumber(part), b.per - 1), tonumber(at)
  b.behind = now < at
  if now > at then
    local more, rest = gained(now - at, b.count, b.per)
    b.part = b.part + rest
    if b.part >= b.per then more, b.part = more + 1, b.part - b.per end
    b.whole = b.whole + more
  end
  if b.whole >= b.burst then b.whole, b.part = b.burst, 0 end
  return b
end

local function store(b)
  if b.whole == b.burst then
    if b.kept then redis.call('DEL', b.key) end
    return
  end
  local value = string.format('%.0f %.0f %.0f', b.whole, b.part, now)
  if not own_clock then
    redis.call('SET', b.key, value)
    return
  end
  local full_in = math.ceil(((b.burst - b.whole) * b.per - b.part) / b.count / 1000) + 1
  redis.call('SET', b.key, value, 'PX', string.format('%.0f', full_in))
end

local buckets, left, behind = {}, nil, false
for i = 1, #KEYS do
  local b = load(i)
  buckets[i] = b
  left = math.min(left or b.whole, b.whole)
  behind = behind or b.behind
end

local allowed, given = left >= cost, 0
local change = 0
if mode == 'take' and allowed then
  given = math.min(extra, math.floor((left - cost) / 2))
  change = -cost - given
elseif mode == 'give' then
  change = cost
end
local result = {allowed and 1 or 0, given}
for i, b in ipairs(buckets) do
  if change > 0 and b.whole + change >= b.burst then
    b.whole, b.part = b.burst, 0
  else
    b.whole = b.whole + change
  end
  if change ~= 0 or (behind and mode ~= 'peek') then store(b) end
  result[2 * i + 1], result[2 * i + 2] = b.whole, b.part
end
return result
)lua";

}  // namespace

RedisScript::RedisScript(std::string_view lua) : text(lua), digest(sha1_hex(lua)) {}

const RedisScript& bucket_script() {
  static const RedisScript script(bucket_lua);
  return script;
}

}  // namespace sluice::net
