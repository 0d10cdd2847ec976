#include "filters/cache/cache_status.hpp"

#include <charconv>

namespace sluice::filters::cache {
namespace {

// Pieces one behind the other, in memory of the arena that is large enough for every member.
class Text {
 public:
  explicit Text(char* to) noexcept : start_(to), end_(to) {}
  Text& operator<<(std::string_view s) noexcept {
    end_ += s.copy(end_, s.size());
    return *this;
  }
  Text& operator<<(std::int64_t n) noexcept {
    end_ = std::to_chars(end_, end_ + longest_number, n).ptr;
    return *this;
  }
  std::string_view view() const noexcept { return {start_, static_cast<std::size_t>(end_ - start_)}; }

  static constexpr std::size_t longest_number = 20;

 private:
  char* start_;
  char* end_;
};

std::size_t room_for(std::string_view before, const CacheStatus& s) noexcept {
  constexpr std::size_t words = 96;  // all that may be written below but for what is counted
  return before.size() + s.forwarded.size() + s.detail.size() + 2 * Text::longest_number + words;
}

std::string_view all_lines(const Fields& response) {
  std::string_view before;
  for (auto& f : response)
    if (f.id == FieldId::cache_status && !f.value.empty())
      before = before.empty() ? f.value : response.arena().concat({before, ", ", f.value});
  return before;
}

}  // namespace

void add_cache_status(Fields& response, const CacheStatus& s) {
  auto before = all_lines(response);
  Text text(response.arena().bytes(room_for(before, s)));
  text << before << (before.empty() ? "" : ", ") << "sluice";
  if (s.hit) text << "; hit";
  if (!s.forwarded.empty()) text << "; fwd=" << s.forwarded;
  if (s.forward_status) text << "; fwd-status=" << std::int64_t(s.forward_status);
  if (s.ttl) text << "; ttl=" << std::int64_t(s.ttl->count());
  if (s.stored) text << "; stored";
  if (s.collapsed) text << "; collapsed";
  if (!s.detail.empty()) text << "; detail=" << s.detail;
  response.set(FieldId::cache_status, "Cache-Status", text.view());
}

}  // namespace sluice::filters::cache
