// What Redis answered.
//
//   Result<RedisReply> reply = co_await asking;
//   if (reply->value().kind() == RedisValue::Kind::list)
//     for (std::size_t i = 0; i < reply->value().size(); ++i) take(reply->value()[i].integer());
//
// A reply owns what hiredis read, without a copy of it; values are views into it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct redisReply;

namespace sluice::net {

class RedisValue {
 public:
  enum class Kind : std::uint8_t { nil, integer, text, status, error, list };

  explicit RedisValue(const redisReply* reply) noexcept : reply_(reply) {}

  Kind kind() const noexcept;
  bool is_error() const noexcept { return kind() == Kind::error; }
  // Of an integer; 0 of anything else.
  std::int64_t integer() const noexcept;
  // Of a text, a status or an error, binary-safe; empty of anything else.
  std::string_view text() const noexcept;
  // Of a list; 0 of anything else.
  std::size_t size() const noexcept;
  RedisValue operator[](std::size_t index) const noexcept;

 private:
  const redisReply* reply_;
};

class RedisReply {
 public:
  // Takes the contents over; hiredis is left with an empty one to free.
  explicit RedisReply(redisReply& read) noexcept;

  RedisValue value() const noexcept { return RedisValue(reply_.get()); }

 private:
  struct Free {
    void operator()(redisReply* reply) const noexcept;
  };
  std::unique_ptr<redisReply, Free> reply_;
};

}  // namespace sluice::net
