// Which types of answers are worth encoding.
//
//   MediaTypes types({"text/*", "application/json", "+xml"});
//   types.have("image/svg+xml; charset=utf-8")        // true
//
// `text/*` is not `text/event-stream`: its streams stay open, each with an encoder of its own, so whoever
// wants that names it. gRPC is never among them: it compresses messages by itself.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace sluice::filters::compress {

// What is wrong with it, for people; empty: nothing.
std::string fault_of_type(std::string_view type);

class MediaTypes {
 public:
  explicit MediaTypes(const std::vector<std::string>& types);

  // A Content-Type, with its parameters.
  bool have(std::string_view content_type) const noexcept;

 private:
  std::vector<std::string> exact_;
  std::vector<std::string> families_;  // "text/"
  std::vector<std::string> suffixes_;  // "+json"
};

}  // namespace sluice::filters::compress
