// What may be kept beside a stored response: other forms of its body, made once and used for as long as the
// response is stored. Behind an answer that a cache gave, `response.forms` is where they are.
//
//   if (auto* forms = x.response.forms) {
//     if (auto made = forms->form("gzip")) return answer_with(x, made);
//     ...                                                     // the body to its end, compressed
//     forms->keep("gzip", std::make_shared<const std::string>(std::move(compressed)));
//   }
//
// All calls from any worker. The forms count as bytes of the response, and go with it.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

class StoredForms {
 public:
  StoredForms() = default;
  StoredForms(const StoredForms&) = delete;
  virtual ~StoredForms() = default;

  // Null: nobody has made it yet.
  virtual std::shared_ptr<const std::string> form(std::string_view name) const = 0;
  // Where two were made at once the first stays; where there is no room for it it is not kept.
  virtual void keep(std::string_view name, std::shared_ptr<const std::string> bytes) const = 0;
};

}  // namespace sluice
