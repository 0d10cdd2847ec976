#include "filters/compress/media_types.hpp"

#include <algorithm>

#include "http/chars.hpp"
#include "http/words.hpp"

namespace sluice::filters::compress {
namespace {

bool starts_with(std::string_view text, std::string_view start) noexcept {
  return http::same_name(text.substr(0, start.size()), start);
}
bool ends_with(std::string_view text, std::string_view end) noexcept {
  return text.size() > end.size() && http::same_name(text.substr(text.size() - end.size()), end);
}

constexpr std::string_view grpc = "application/grpc";

bool is_event_stream(std::string_view type) noexcept {
  return http::same<"text/event-stream">(type);
}

}  // namespace

std::string fault_of_type(std::string_view type) {
  if (type.starts_with('+'))
    return http::is_token(type.substr(1)) ? "" : "is no suffix of a type, such as +json";
  if (type.find(';') != type.npos) return "parameters do not count: write the type alone";
  auto slash = type.find('/');
  auto family = type.substr(0, slash);
  auto rest = slash == type.npos ? std::string_view() : type.substr(slash + 1);
  if (family == "*") return "most of all types are compressed by themselves: name those that are not";
  if (!http::is_token(family) || !http::is_token(rest))
    return "is no type, such as text/html, text/* or +json";
  if (starts_with(type, grpc)) return "gRPC compresses its messages by itself (grpc-encoding)";
  return {};
}

MediaTypes::MediaTypes(const std::vector<std::string>& types) {
  for (auto& type : types) {
    if (type.starts_with('+'))
      suffixes_.push_back(type);
    else if (type.ends_with("/*"))
      families_.push_back(type.substr(0, type.size() - 1));
    else
      exact_.push_back(type);
  }
}

bool MediaTypes::have(std::string_view content_type) const noexcept {
  auto type = http::trim(content_type.substr(0, content_type.find(';')));
  auto among = [type](auto& list, auto match) {
    return std::ranges::any_of(list, [&](auto& one) { return match(type, one); });
  };
  if (type.empty() || starts_with(type, grpc)) return false;
  if (among(exact_, http::same_name)) return true;
  return !is_event_stream(type) && (among(families_, starts_with) || among(suffixes_, ends_with));
}

}  // namespace sluice::filters::compress
