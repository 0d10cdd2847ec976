// What the second tier keeps of an answer, as bytes: head, body, and where the log of purges stood when its
// origin was asked. Times are those of the wall, so that an age goes on over restarts.
//
//   auto bytes = encode_answer(head, fields, body);
//   std::optional<TierValue> value = decode(bytes, arena);     // nothing: no value of this version
//   if (value->answer) ... else ... value->vary ...
//
// An answer that varies has its values under keys of their own; under the key itself stands which fields they
// vary on. Nothing is believed of what was read: lengths, counts, ranges, names and values of fields are
// checked, and there is no byte too few or too many.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "filters/cache/freshness.hpp"
#include "filters/cache/vary.hpp"
#include "sluice/http.hpp"
#include "sluice/shared_store.hpp"

namespace sluice::filters::cache {

struct TierHead {
  NoticePlace asked_at;  // where the log stood
  WallPoint received;
  Freshness freshness;
  std::uint16_t status = 0;
  std::string_view url, variant;
  std::vector<std::string_view> tags;
};

// Views into the bytes that were decoded; the lines of fields stand in the arena.
struct TierAnswer {
  TierHead head;
  Fields fields;
  std::string_view body;

  explicit TierAnswer(Arena& arena) noexcept : fields(arena) {}
};

struct TierValue {
  std::optional<TierAnswer> answer;
  Vary vary;  // where there is none: what answers depend on
};

// Empty: it has more than a value can.
std::string encode_answer(const TierHead& head, std::span<const Field> fields, std::string_view body);
std::string encode_vary(const Vary& vary);

std::optional<TierValue> decode(std::string_view bytes, Arena& arena);

}  // namespace sluice::filters::cache
