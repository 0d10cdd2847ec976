#include "http/chunked.hpp"

#include <algorithm>
#include <cstring>

#include "http/chars.hpp"
#include "http/field_line.hpp"

namespace sluice::http {

namespace {

constexpr std::uint8_t max_digits = 16;
constexpr std::string_view section_end = "\r\n\r\n";

}  // namespace

ChunkedDecoder::Decoded ChunkedDecoder::decode(std::span<char> raw, std::size_t max) {
  Decoded decoded;
  const char* cause = state_ == State::broken ? "chunked_body_broken" : nullptr;
  while (!cause && decoded.consumed < raw.size() && state_ != State::end) {
    if (state_ == State::data) {
      if (decoded.data.size() == max) break;
      take_data(raw, max, decoded);
    } else if (state_ == State::trailers) {
      cause = take_trailers({raw.data(), raw.size()}, decoded.consumed);
    } else {
      cause = on_byte(raw[decoded.consumed++]);
    }
  }
  decoded.end = state_ == State::end;
  if (cause) {
    state_ = State::broken;
    decoded.fault = {400, cause};
  }
  return decoded;
}

// The data of the first chunk stays where it is; what follows is moved up to it.
void ChunkedDecoder::take_data(std::span<char> raw, std::size_t max, Decoded& decoded) noexcept {
  char* from = raw.data() + decoded.consumed;
  auto size = std::min<std::uint64_t>({raw.size() - decoded.consumed, max - decoded.data.size(), left_});
  if (decoded.data.empty())
    decoded.data = {from, size};
  else {
    char* to = raw.data() + (decoded.data.data() - raw.data()) + decoded.data.size();
    std::memmove(to, from, size);
    decoded.data = {decoded.data.data(), decoded.data.size() + size};
  }
  decoded.consumed += size;
  left_ -= size;
  if (left_ == 0) state_ = State::data_cr;
}

const char* ChunkedDecoder::on_byte(char c) noexcept {
  switch (state_) {
    case State::size:
    case State::digits:
      return is_hex(c) ? on_digit(c) : on_extension(c);
    case State::line_end:
      return c == '\n' ? on_line_end() : "chunk_bare_cr";
    case State::data_cr:
      state_ = State::data_lf;
      return c == '\r' ? nullptr : "chunk_longer_than_announced";
    case State::data_lf:
      state_ = State::size;
      digits_ = 0;
      return c == '\n' ? nullptr : "chunk_longer_than_announced";
    default:
      return on_extension(c);
  }
}

const char* ChunkedDecoder::on_digit(char c) noexcept {
  if (++digits_ > max_digits) return "chunk_size_overflow";
  left_ = (state_ == State::size ? 0 : left_ << 4) | hex_value(c);
  state_ = State::digits;
  return nullptr;
}

const char* ChunkedDecoder::on_extension(char c) noexcept {
  bool sized = state_ != State::size && state_ != State::digits;
  if (sized && ++extensions_ > limits_.extensions) return "chunk_extensions_too_large";
  state_ = in_extension(c);
  if (state_ != State::broken) return nullptr;
  return sized ? "chunk_extension_malformed" : "chunk_size_malformed";
}

// The grammar of RFC 9112 §7.1.1, a step.
ChunkedDecoder::State ChunkedDecoder::in_extension(char c) const noexcept {
  switch (state_) {
    case State::digits:
    case State::value:
    case State::name:
    case State::after_quotes:
      return after_word(c);
    case State::blank:
      return is_blank(c) ? State::blank : c == ';' ? State::name_start : State::broken;
    case State::after_name:
      if (is_blank(c)) return State::after_name;
      return c == '=' ? State::value_start : c == ';' ? State::name_start : State::broken;
    case State::name_start:
      return is_blank(c) ? State::name_start : is_tchar(c) ? State::name : State::broken;
    case State::value_start:
      if (is_blank(c)) return State::value_start;
      return c == '"' ? State::quoted : is_tchar(c) ? State::value : State::broken;
    case State::quoted:
      if (c == '"') return State::after_quotes;
      return c == '\\' ? State::escaped : is_text(c) ? State::quoted : State::broken;
    case State::escaped:
      return is_text(c) ? State::quoted : State::broken;
    default:
      return State::broken;
  }
}

// After a size, a name or a value.
ChunkedDecoder::State ChunkedDecoder::after_word(char c) const noexcept {
  if (c == '\r') return State::line_end;
  if (c == ';') return State::name_start;
  if (is_blank(c)) return state_ == State::name ? State::after_name : State::blank;
  if (state_ == State::name && c == '=') return State::value_start;
  bool inside = state_ == State::name || state_ == State::value;
  return inside && is_tchar(c) ? state_ : State::broken;
}

const char* ChunkedDecoder::on_line_end() noexcept {
  state_ = left_ ? State::data : State::trailers;
  return nullptr;
}

// Collected, because a trailer may come in pieces and its buffer is used again.
const char* ChunkedDecoder::take_trailers(std::string_view raw, std::size_t& consumed) {
  while (consumed < raw.size()) {
    auto line_end = raw.find('\n', consumed);
    auto next = line_end == std::string_view::npos ? raw.size() : line_end + 1;
    auto piece = raw.substr(consumed, next - consumed);
    if (text_.size() + piece.size() > limits_.trailers) return "trailers_too_large";
    text_ += piece;
    consumed = next;
    if (text_ == "\r\n" || text_.ends_with(section_end)) return read_trailers();
    if (text_.front() == '\r' && text_.size() > 1) return "bare_cr";
    if (text_.back() == '\n' && !text_.ends_with("\r\n")) return "bare_lf";
  }
  return nullptr;
}

const char* ChunkedDecoder::read_trailers() {
  const char* last = text_.data() + text_.size();
  std::size_t lines = 0;
  for (const char* at = text_.data(); last - at > 2;) {
    Field field;
    auto line = read_field_line(at, last, field);
    if (!line.next) return line.fault;
    if (++lines > limits_.trailer_fields) return "too_many_trailers";
    if (allowed_in_trailer(field)) trailers_.add(field.id, field.name, field.value);
    at = line.next;
  }
  state_ = State::end;
  return nullptr;
}

bool allowed_in_trailer(const Field& field) noexcept {
  switch (field.id) {
    case FieldId::other:
      break;
    case FieldId::etag:
    case FieldId::cache_status:
      return true;
    default:
      return false;
  }
  std::array<char, 32> hyphened{};
  auto size = std::min(field.name.size(), hyphened.size());
  std::transform(field.name.begin(), field.name.begin() + static_cast<std::ptrdiff_t>(size), hyphened.begin(),
                 [](char c) { return c == '_' ? '-' : lower(c); });
  std::string_view name(hyphened.data(), size);
  if (size == field.name.size() && field_id(name) != FieldId::other && name != "etag") return false;
  constexpr std::string_view never[] = {"client-cert",    "content-disposition", "max-forwards",
                                        "set-cookie2",    "x-original-url",      "x-rewrite-url",
                                        "clear-site-data"};
  if (std::find(std::begin(never), std::end(never), name) != std::end(never)) return false;
  constexpr std::string_view prefixes[] = {"x-forwarded-", "access-control-", "content-security-",
                                           "sec-",         "proxy-",          "client-cert-"};
  return std::none_of(std::begin(prefixes), std::end(prefixes),
                      [name](auto p) { return name.starts_with(p); });
}

std::size_t write_chunk_head(char* to, std::uint64_t size) noexcept {
  constexpr char digits[] = "0123456789abcdef";
  unsigned count = 16 - static_cast<unsigned>(__builtin_clzll(size)) / 4;
  for (unsigned i = count; i-- > 0; size >>= 4) to[i] = digits[size & 15];
  to[count] = '\r';
  to[count + 1] = '\n';
  return count + 2;
}

namespace {

bool goes_out(const Field& f) noexcept {
  return allowed_in_trailer(f) && is_token(f.name) && is_field_value(f.value);
}

char* put(char* to, std::string_view s) noexcept {
  return std::copy_n(s.data(), s.size(), to);
}

}  // namespace

std::size_t last_chunk_size(const Fields* trailers) noexcept {
  std::size_t size = 5;
  if (trailers)
    for (auto& f : *trailers)
      if (goes_out(f)) size += f.name.size() + f.value.size() + 4;
  return size;
}

char* write_last_chunk(char* to, const Fields* trailers) noexcept {
  to = put(to, "0\r\n");
  if (trailers)
    for (auto& f : *trailers)
      if (goes_out(f)) to = put(put(put(put(to, f.name), ": "), f.value), "\r\n");
  return put(to, "\r\n");
}

}  // namespace sluice::http
