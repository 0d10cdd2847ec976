// Origins as a configuration names them: exactly, or every host below a name.
//
//   https://app.example.com           that one
//   https://*.example.org             a.example.org, a.b.example.org; not example.org, not another port
//   *                                 all, null too
//   null                              documents without an origin: sandboxed frames, files
//
//   Origins origins(settings.origins);                     // each of them without a fault
//   if (origins.have(request.fields.get(FieldId::origin))) ...
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace sluice::filters::cors {

// What is wrong with it, for people; empty: nothing. A browser's spelling is the only one that is right,
// since it is compared byte by byte (Fetch, "serialized origin").
std::string fault_of_origin(std::string_view origin);

class Origins {
 public:
  explicit Origins(const std::vector<std::string>& origins);

  bool any() const noexcept { return any_; }
  bool have(std::string_view origin) const noexcept;

 private:
  // "https://" and ".example.org:8443": what stands before and behind the labels that are free.
  struct Below {
    std::string scheme, tail;
    bool has(std::string_view origin) const noexcept;
  };

  std::vector<std::string> exact_;  // sorted
  std::vector<Below> below_;
  bool any_ = false;
};

}  // namespace sluice::filters::cors
