#include "net/redis/shared_store.hpp"

#include "net/redis/digest.hpp"
#include "net/redis/script_call.hpp"

namespace sluice::net {
namespace {

using Kind = Error::Kind;
using Claim = SharedFinding::Claim;

// KEYS  value, claim; ARGV  owner, empty: nobody claims; its milliseconds
// ->    1 and the value; 2: claimed just now; 3: claimed by another; 4: neither
constexpr std::string_view get_lua = R"lua(
local value = redis.call('GET', KEYS[1])
if value then return {1, value} end
if ARGV[1] == '' then return {4 - redis.call('EXISTS', KEYS[2])} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {2} end
return {3}
)lua";

constexpr std::string_view release_lua =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

constexpr Error upstream_error(Kind kind, const char* cause) noexcept {
  return Error(kind, Error::Side::upstream, cause, Error::Retry::always);
}
constexpr Error no_client() noexcept {
  return upstream_error(Kind::unavailable, "redis_down");
}

std::string milliseconds(Duration d) {
  return std::to_string(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::milliseconds>(d).count()));
}

Task<Result<Unit>> demand(RedisClient& client, std::vector<std::string_view> words) {
  auto asking = client.command(words);
  auto reply = co_await asking;
  if (!reply) co_return reply.error();
  if (reply->value().is_error()) co_return upstream_error(Kind::malformed, "redis_error");
  co_return Unit{};
}

}  // namespace

RedisSharedStore::RedisSharedStore(std::shared_ptr<RedisClients> clients, std::string prefix,
                                   const RedisSharedSettings& settings)
    : clients_(std::move(clients)),
      prefix_(std::move(prefix)),
      max_value_(settings.max_value),
      cut_off_(settings.cut_off),
      seal_(settings.key ? std::make_unique<const RedisSeal>(*settings.key) : nullptr),
      log_(prefix_ + "notices", settings.most_notices) {}

RedisSharedStore::Names RedisSharedStore::names_of(std::string_view key) const {
  auto digest = sha256_hex(key);
  auto in_braces = '{' + std::string(digest.data(), digest.size()) + '}';
  return {prefix_ + "value:" + in_braces, prefix_ + "claim:" + in_braces};
}

Result<SharedFinding> RedisSharedStore::finding(const std::string& name, RedisReply reply) const {
  auto said = reply.value();
  SharedFinding found;
  auto state = said.size() != 0 ? said[0].integer() : 0;
  if (state < 1 || state > 4 || (state == 1 && said.size() != 2))
    return upstream_error(Kind::malformed, "redis_error");
  if (state == 2) found.claim = Claim::mine;
  if (state == 3) found.claim = Claim::another;
  if (state != 1) return found;
  auto text = said[1].text();
  if (seal_) {
    auto opened = seal_->open(name, text);
    if (!opened) return upstream_error(Kind::malformed, "redis_seal");
    auto owner = std::make_shared<const std::string>(std::move(*opened));
    found.value = SharedBytes{owner, *owner};
  } else {
    found.value = SharedBytes{std::make_shared<const RedisReply>(std::move(reply)), text};
  }
  return found;
}

Task<Result<SharedFinding>> RedisSharedStore::get(Worker& worker, std::string_view key) {
  return get_or_claim(worker, key, "", Duration{});
}

Task<Result<SharedFinding>> RedisSharedStore::get_or_claim(Worker& worker, std::string_view key,
                                                           std::string_view owner, Duration at_most) {
  static const RedisScript script(get_lua);
  auto* client = clients_->at(worker);
  if (!client) co_return no_client();
  auto names = names_of(key);
  auto time = milliseconds(at_most);
  auto calling = call_script(*client, script, {"2", names.value, names.claim, owner, time});
  auto reply = co_await calling;
  if (!reply) co_return reply.error();
  co_return finding(names.value, std::move(*reply));
}

void RedisSharedStore::release(Worker& worker, std::string_view key, std::string_view owner) {
  auto names = names_of(key);
  std::array<std::string_view, 5> words{"EVAL", release_lua, "1", names.claim, owner};
  if (auto* client = clients_->at(worker)) client->tell(words);
}

Task<Result<Unit>> RedisSharedStore::put(Worker& worker, std::string_view key, std::string_view value,
                                         Duration time_to_live) {
  auto* client = clients_->at(worker);
  if (!client) co_return no_client();
  if (value.size() > max_value_) co_return Error(Kind::too_large, Error::Side::internal, "redis_max_entry");
  auto names = names_of(key);
  std::string sealed = seal_ ? seal_->close(names.value, value) : std::string();
  auto time = milliseconds(time_to_live);
  auto demanding =
      demand(*client, {"SET", names.value, seal_ ? std::string_view(sealed) : value, "PX", time});
  co_return co_await demanding;
}

Task<Result<Unit>> RedisSharedStore::remove(Worker& worker, std::string_view key) {
  auto* client = clients_->at(worker);
  if (!client) co_return no_client();
  auto names = names_of(key);
  auto demanding = demand(*client, {"DEL", names.value});
  co_return co_await demanding;
}

Task<Result<NoticePage>> RedisSharedStore::notices(Worker& worker, const NoticePlace& from) {
  auto* client = clients_->at(worker);
  if (!client) co_return no_client();
  auto reading = log_.read(*client, from);
  co_return co_await reading;
}

Task<Result<NoticePlace>> RedisSharedStore::announce(Worker& worker, std::string_view text) {
  auto* client = clients_->at(worker);
  if (!client) co_return no_client();
  auto writing = log_.write(*client, text);
  co_return co_await writing;
}

}  // namespace sluice::net
