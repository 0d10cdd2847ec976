#include "net/redis/script_call.hpp"

namespace sluice::net {

Task<Result<RedisReply>> call_script(RedisClient& client, const RedisScript& script,
                                     std::vector<std::string_view> words) {
  auto& reactor = client.reactor();
  auto give_up = reactor.now() + client.settings().timeout;
  std::string_view by_digest[] = {"EVALSHA", script.digest}, by_text[] = {"EVAL", script.text};
  words.insert(words.begin(), std::begin(by_digest), std::end(by_digest));
  auto asking = client.command(words);
  auto reply = co_await asking;
  if (reply && reply->value().text().starts_with("NOSCRIPT")) {
    std::copy(std::begin(by_text), std::end(by_text), words.begin());
    auto teaching = client.command(words, give_up - reactor.now());
    reply = co_await teaching;
  }
  if (reply && reply->value().is_error())
    co_return Error(Error::Kind::malformed, Error::Side::upstream, "redis_error");
  co_return std::move(reply);
}

}  // namespace sluice::net
