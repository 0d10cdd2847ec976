#include "filters/cache/tier_value.hpp"

#include <algorithm>
#include <concepts>

#include "http/chars.hpp"

namespace sluice::filters::cache {
namespace {

using Basis = Freshness::Basis;

// The last byte is the version of what follows.
constexpr std::string_view mark = "sluice\1";
enum class Kind : std::uint8_t { answer = 1, vary = 2 };
constexpr std::size_t most_lines = 1000;                                       // of fields, and of tags
constexpr std::int64_t longest_age = 100LL * 365 * 24 * 3600 * 1'000'000'000;  // nanoseconds

// ---- writing: numbers with the lowest byte first, texts behind their length

class Writer {
 public:
  explicit Writer(Kind kind) : bytes_(mark) { number(static_cast<std::uint8_t>(kind)); }

  template <std::integral N>
  void number(N n) {
    auto rest = static_cast<std::uint64_t>(n);
    for (std::size_t i = 0; i < sizeof n; ++i, rest >>= 8) bytes_ += static_cast<char>(rest);
  }
  void text(std::string_view t) {
    number(static_cast<std::uint32_t>(t.size()));
    bytes_ += t;
  }
  void reserve(std::size_t more) { bytes_.reserve(bytes_.size() + more); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// ---- reading: one fault and everything that follows is one

class Scanner {
 public:
  explicit Scanner(std::string_view bytes) noexcept : rest_(bytes) {}

  bool sound() const noexcept { return sound_; }
  bool at_end() const noexcept { return sound_ && rest_.empty(); }
  void demand(bool is) noexcept { sound_ = sound_ && is; }

  template <std::integral N>
  N number() noexcept {
    auto bytes = take(sizeof(N));
    std::uint64_t n = 0;
    for (auto i = bytes.size(); i-- > 0;) n = n << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<N>(n);
  }
  template <std::integral N>
  N number(N low, N high) noexcept {
    auto n = number<N>();
    bool fits = n >= low && n <= high;
    demand(fits);
    return fits ? n : low;
  }
  std::string_view text() noexcept { return take(number<std::uint32_t>()); }
  // How many follow, which is not more than there can be.
  std::size_t count() noexcept { return sound_ ? number<std::uint32_t>(0, most_lines) : 0; }

 private:
  std::string_view take(std::size_t n) noexcept {
    demand(n <= rest_.size());
    if (!sound_) return {};
    auto taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }

  std::string_view rest_;
  bool sound_ = true;
};

// ---- a freshness

enum Flag : std::uint8_t { must_validate = 1, never_stale = 2, immutable = 4, says_stale_if_error = 8 };

void write(Writer& to, const Freshness& f) {
  to.number(f.initial_age.count());
  for (auto s : {f.lifetime, f.stale_while_revalidate, f.stale_if_error}) to.number(s.count());
  to.number(static_cast<std::uint8_t>(f.basis));
  to.number(static_cast<std::uint8_t>((f.must_validate ? must_validate : 0) |
                                      (f.never_stale ? never_stale : 0) | (f.immutable ? immutable : 0) |
                                      (f.says_stale_if_error ? says_stale_if_error : 0)));
}

Freshness read_freshness(Scanner& from) noexcept {
  auto seconds = [&] { return Seconds(from.number<Seconds::rep>(0, http::CacheControl::forever.count())); };
  Freshness f;
  f.initial_age = Duration(from.number<Duration::rep>(0, longest_age));
  f.lifetime = seconds();
  f.stale_while_revalidate = seconds();
  f.stale_if_error = seconds();
  f.basis = static_cast<Basis>(from.number<std::uint8_t>(0, static_cast<std::uint8_t>(Basis::heuristic)));
  auto flags = from.number<std::uint8_t>(0, 15);
  f.must_validate = flags & must_validate;
  f.never_stale = flags & never_stale;
  f.immutable = flags & immutable;
  f.says_stale_if_error = flags & says_stale_if_error;
  return f;
}

// ---- an answer

// Whoever writes to the store must not be able to say where an answer ends.
bool is_of_the_connection(FieldId id) noexcept {
  constexpr FieldId all[] = {
      FieldId::connection, FieldId::content_length, FieldId::keep_alive,        FieldId::proxy_connection,
      FieldId::te,         FieldId::trailer,        FieldId::transfer_encoding, FieldId::upgrade};
  return std::ranges::find(all, id) != std::end(all);
}

void read_fields(Scanner& from, Fields& fields) {
  for (auto left = from.count(); left-- > 0 && from.sound();) {
    auto name = from.text(), value = from.text();
    from.demand(http::is_token(name) && name.size() <= 255 && !is_of_the_connection(field_id(name)));
    from.demand(value.size() <= 65535 && std::ranges::all_of(value, http::is_text));
    if (from.sound()) fields.add(name, value);
  }
}

TierAnswer read_answer(Scanner& from, Arena& arena) {
  TierAnswer a(arena);
  a.head.asked_at.log = from.text();
  a.head.asked_at.at = from.number<std::uint64_t>();
  a.head.received = WallPoint(std::chrono::microseconds(from.number<std::int64_t>(0, longest_age / 1000)));
  a.head.freshness = read_freshness(from);
  a.head.status = from.number<std::uint16_t>(200, 599);
  a.head.url = from.text();
  a.head.variant = from.text();
  for (auto left = from.count(); left-- > 0 && from.sound();) a.head.tags.push_back(from.text());
  read_fields(from, a.fields);
  a.body = from.text();
  return a;
}

Vary read_names(Scanner& from) {
  Vary vary;
  vary.kind = Vary::Kind::fields;
  vary.count = from.number<std::uint8_t>(1, Vary::max_names);
  for (std::size_t i = 0; i < vary.count && from.sound(); ++i) {
    vary.all[i] = from.text();
    from.demand(http::is_token(vary.all[i]));
  }
  return vary;
}

}  // namespace

std::string encode_answer(const TierHead& head, std::span<const Field> fields, std::string_view body) {
  if (fields.size() > most_lines || head.tags.size() > most_lines) return {};
  Writer to(Kind::answer);
  to.reserve(body.size() + 1024);
  to.text(head.asked_at.log);
  to.number(head.asked_at.at);
  to.number(std::chrono::duration_cast<std::chrono::microseconds>(head.received.time_since_epoch()).count());
  write(to, head.freshness);
  to.number(head.status);
  to.text(head.url);
  to.text(head.variant);
  to.number(static_cast<std::uint32_t>(head.tags.size()));
  for (auto tag : head.tags) to.text(tag);
  to.number(static_cast<std::uint32_t>(fields.size()));
  for (auto& f : fields) {
    to.text(f.name);
    to.text(f.value);
  }
  to.text(body);
  return to.take();
}

std::string encode_vary(const Vary& vary) {
  Writer to(Kind::vary);
  to.number(vary.count);
  for (auto name : vary.names()) to.text(name);
  return to.take();
}

std::optional<TierValue> decode(std::string_view bytes, Arena& arena) {
  if (!bytes.starts_with(mark)) return std::nullopt;
  Scanner from(bytes.substr(mark.size()));
  TierValue value;
  auto kind = Kind(from.number<std::uint8_t>());
  if (kind == Kind::answer)
    value.answer = read_answer(from, arena);
  else if (kind == Kind::vary)
    value.vary = read_names(from);
  else
    return std::nullopt;
  if (!from.at_end()) return std::nullopt;
  return value;
}

}  // namespace sluice::filters::cache
