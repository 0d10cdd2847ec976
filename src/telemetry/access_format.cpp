#include "telemetry/access_format.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "telemetry/line_text.hpp"
#include "telemetry/response_flags.hpp"

namespace sluice::telemetry {
namespace {

// Keys, punctuation, numbers, time, flags: everything in a line but the record's texts.
constexpr std::size_t fixed_text = 1024;

// Needs no escape, and ends no word.
bool is_plain(char c) noexcept {
  return c > ' ' && c < 0x7F && c != '"' && c != '\\';
}

std::string_view cut(std::string_view text, std::size_t longest) noexcept {
  return text.substr(0, longest);
}
std::string_view brief(std::string_view text) noexcept {
  return cut(text, AccessFormatter::short_text);
}
std::string_view ample(std::string_view text) noexcept {
  return cut(text, AccessFormatter::long_text);
}

// `key` is the whole of what stands before the text: ,"host":"
char* member(std::string_view key, std::string_view text, char* out) noexcept {
  out = copy_escaped(text, copy(key, out));
  *out++ = '"';
  return out;
}

char* optional(std::string_view key, std::string_view text, char* out) noexcept {
  return text.empty() ? out : member(key, brief(text), out);
}

char* write_flags(ResponseFlags flags, char* out) noexcept {
  bool first = true;
  for (unsigned i = 0; i < static_cast<unsigned>(Flag::count); ++i) {
    if (!flags.has(static_cast<Flag>(i))) continue;
    if (!std::exchange(first, false)) *out++ = ',';
    out = copy(letters(static_cast<Flag>(i)), out);
  }
  return out;
}

char* write_phases(const Phases& phases, char* out) noexcept {
  auto* end = copy(R"(,"phases":)", out);
  auto* begin = end;
  auto phase = [&end](std::string_view key, Duration took) {
    if (took >= Duration::zero()) end = write_seconds(took, copy(key, end));
  };
  phase(R"(,"head":)", phases.head);
  phase(R"(,"filters":)", phases.filters);
  phase(R"(,"connect":)", phases.connect);
  phase(R"(,"first_byte":)", phases.first_byte);
  phase(R"(,"upstream":)", phases.upstream);
  if (end == begin) return out;
  *begin = '{';
  *end++ = '}';
  return end;
}

char* write_shadow(std::span<const std::string_view> refusals, char* out) noexcept {
  auto before = std::string_view(R"(,"shadow":[")");
  constexpr auto most = AccessFormatter::most_shadowed;
  for (auto refusal : refusals.first(std::min(refusals.size(), most)))
    out = copy_escaped(cut(refusal, AccessFormatter::shadowed_text),
                       copy(std::exchange(before, R"(",")"), out));
  return copy("\"]", out);
}

// Names of endpoints and of reasons are the gateway's own, and plain.
char* write_tries(std::span<const std::string_view> tries, char* out) noexcept {
  auto before = std::string_view(R"(,"tries":[")");
  for (auto one : tries.first(std::min(tries.size(), AccessFormatter::most_tries))) {
    out = copy(std::exchange(before, R"(",")"), out);
    for (char c : cut(one, AccessFormatter::try_text)) *out++ = is_plain(c) ? c : '_';
  }
  return copy("\"]", out);
}

// Text that stands between spaces in a line without keys: '-' for none, '_' for what would end it.
char* word(std::string_view text, char* out) noexcept {
  if (text.empty()) *out++ = '-';
  for (char c : brief(text)) *out++ = is_plain(c) ? c : '_';
  *out++ = ' ';
  return out;
}

// Since 1970; what is before is 1970.
std::uint64_t microseconds_of(WallPoint time) noexcept {
  auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0)) / 1000;
}

}  // namespace

std::size_t AccessFormatter::bound(const AccessRecord& r) const noexcept {
  auto size = r.request_id.size() + r.client.size() + r.listener.size() + r.protocol.size() + r.tls.size() +
              r.method.size() + r.scheme.size() + r.host.size() + r.path.size() + r.query.size() +
              r.route.size() + r.upstream.size() + r.endpoint.size() + r.cause.size() + r.principal.size() +
              r.user_agent.size();
  for (auto refusal : r.shadow) size += refusal.size() + 3;
  for (auto one : r.tries) size += one.size() + 3;
  return std::min(fixed_text + escape_growth * size, longest);
}

char* AccessFormatter::write(const AccessRecord& record, char* out) noexcept {
  out = format_ == AccessFormat::json ? json(record, out) : text(record, out);
  *out++ = '\n';
  return out;
}

char* AccessFormatter::json(const AccessRecord& r, char* out) noexcept {
  auto time = microseconds_of(r.time);
  out = copy(second_text(time / 1'000'000), copy(R"({"time":")", out));
  out = write_six(static_cast<std::uint32_t>(time % 1'000'000), copy(".", out));
  out = copy("Z\"", out);
  out = member(R"(,"request_id":")", brief(r.request_id), out);
  out = member(R"(,"client":")", brief(r.client), out);
  out = member(R"(,"listener":")", brief(r.listener), out);
  out = optional(R"(,"protocol":")", r.protocol, out);
  out = optional(R"(,"tls":")", r.tls, out);
  out = optional(R"(,"method":")", r.method, out);
  out = optional(R"(,"scheme":")", r.scheme, out);
  out = optional(R"(,"host":")", r.host, out);
  if (!r.path.empty()) out = member(R"(,"path":")", ample(r.path), out);
  if (query_ && !r.query.empty()) out = member(R"(,"query":")", ample(r.query), out);
  out = write_number(r.status, copy(R"(,"status":)", out));
  out = copy(r.source == Source::gateway ? R"(,"source":"gateway")" : R"(,"source":"upstream")", out);
  out = optional(R"(,"route":")", r.route, out);
  out = optional(R"(,"upstream":")", r.upstream, out);
  out = optional(R"(,"endpoint":")", r.endpoint, out);
  out = write_number(r.attempts, copy(R"(,"attempts":)", out));
  if (!r.tries.empty()) out = write_tries(r.tries, out);
  out = write_number(r.received, copy(R"(,"bytes_received":)", out));
  out = write_number(r.sent, copy(R"(,"bytes_sent":)", out));
  out = write_seconds(r.duration, copy(R"(,"duration":)", out));
  out = write_phases(r.phases, out);
  if (r.flags.any()) out = copy("\"", write_flags(r.flags, copy(R"(,"flags":")", out)));
  out = optional(R"(,"cause":")", r.cause, out);
  out = optional(R"(,"principal":")", r.principal, out);
  if (!r.user_agent.empty()) out = member(R"(,"user_agent":")", ample(r.user_agent), out);
  if (!r.shadow.empty()) out = write_shadow(r.shadow, out);
  *out++ = '}';
  return out;
}

char* AccessFormatter::text(const AccessRecord& r, char* out) noexcept {
  out = word(r.principal, copy("- ", word(r.client, out)));
  out = copy("] \"", copy(second_text(microseconds_of(r.time) / 1'000'000), copy("[", out)));
  out = copy_escaped(brief(r.method), out);
  *out++ = ' ';
  out = copy_escaped(ample(r.path), out);
  if (query_ && !r.query.empty()) out = copy_escaped(ample(r.query), copy("?", out));
  *out++ = ' ';
  out = copy_escaped(brief(r.protocol), out);
  out = write_number(r.status, copy("\" ", out));
  *out++ = ' ';
  out = write_number(r.sent, out);
  out = copy_escaped(ample(r.user_agent), copy(R"( "-" ")", out));
  out = word(r.listener, copy("\" ", out));
  out = word(r.endpoint, word(r.route, out));
  out = write_seconds(r.duration, out);
  *out++ = ' ';
  out = r.flags.any() ? write_flags(r.flags, out) : copy("-", out);
  *out++ = ' ';
  out = word(r.request_id, out);
  return out - 1;
}

// The C locale's names of months, which the program never changes.
std::string_view AccessFormatter::second_text(std::uint64_t second) noexcept {
  if (second != second_) {
    second_ = second;
    auto clock = static_cast<std::time_t>(second);
    std::tm parts{};
    gmtime_r(&clock, &parts);
    const char* pattern = format_ == AccessFormat::json ? "%Y-%m-%dT%H:%M:%S" : "%d/%b/%Y:%H:%M:%S +0000";
    second_size_ = std::strftime(second_text_.data(), second_text_.size(), pattern, &parts);
  }
  return {second_text_.data(), second_size_};
}

}  // namespace sluice::telemetry
