#include "net/redis/reply.hpp"

#include <hiredis/hiredis.h>

#include <cstdlib>
#include <new>

namespace sluice::net {

RedisValue::Kind RedisValue::kind() const noexcept {
  switch (reply_->type) {
    case REDIS_REPLY_INTEGER:
      return Kind::integer;
    case REDIS_REPLY_STRING:
      return Kind::text;
    case REDIS_REPLY_STATUS:
      return Kind::status;
    case REDIS_REPLY_ERROR:
      return Kind::error;
    case REDIS_REPLY_ARRAY:
      return Kind::list;
    default:
      return Kind::nil;
  }
}

std::int64_t RedisValue::integer() const noexcept {
  return kind() == Kind::integer ? reply_->integer : 0;
}

std::string_view RedisValue::text() const noexcept {
  auto k = kind();
  bool has_text = k == Kind::text || k == Kind::status || k == Kind::error;
  return has_text ? std::string_view(reply_->str, reply_->len) : std::string_view();
}

std::size_t RedisValue::size() const noexcept {
  return kind() == Kind::list ? reply_->elements : 0;
}

RedisValue RedisValue::operator[](std::size_t index) const noexcept {
  return RedisValue(reply_->element[index]);
}

// hiredis frees with free() what it made, and the emptied original itself after the callback.
RedisReply::RedisReply(redisReply& read) noexcept
    : reply_(new (std::malloc(sizeof(redisReply))) redisReply(read)) {
  read.type = REDIS_REPLY_NIL;
  read.str = nullptr;
  read.element = nullptr;
  read.elements = 0;
}

void RedisReply::Free::operator()(redisReply* reply) const noexcept {
  freeReplyObject(reply);
}

}  // namespace sluice::net
