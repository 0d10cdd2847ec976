// What a route asks of a request besides host and path.
//
//   Conditions conditions(rule);
//   if (conditions.check(asked, listener, arena) == Conditions::Miss::none) ...
#pragma once
#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/method_set.hpp"
#include "proxy/router.hpp"

namespace sluice::proxy {

// An expression that config has checked; throws std::invalid_argument where it is wrong all the same.
std::unique_ptr<const RE2> compile(const std::string& expression);

// One value that must be there: a text, or what an expression matches from end to end.
class ValueTest {
 public:
  explicit ValueTest(const config::ValueMatch& match);
  bool accepts(std::string_view value) const {
    return regex_ ? RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_) : value == exact_;
  }
  std::string describe() const;

 private:
  std::string exact_;
  std::unique_ptr<const RE2> regex_;
};

// A request as the router looks at it: by its own method or, of a CORS preflight, by the one that it asks
// for.
struct Asked {
  const Request& request;
  Method method;
  std::string_view method_text;
  // It is a preflight that nobody answers for the method that it asks for. Who answers preflights is passed
  // over, so that it is given no leave by another route than the one that the request itself would come to.
  bool left_over = false;

  explicit Asked(const Request& r) noexcept : request(r), method(r.method), method_text(r.method_text) {}
  // The method that a preflight asks for; null: it is none (Fetch, "CORS-preflight request").
  static std::string_view preflight(const Request& r) noexcept;
};

class Conditions {
 public:
  enum class Miss : std::uint8_t { none, listener, header, query, method, preflight };

  explicit Conditions(const Rule& rule);

  // The first that is not met; the method is looked at last, so that `method` means that all else fits, and
  // `preflight` that it does too.
  Miss check(const Asked& asked, std::string_view listener, Arena& arena) const;

  const MethodSet& methods() const noexcept { return methods_; }
  bool answers_preflight() const noexcept { return answers_preflight_; }
  // One line for each.
  std::vector<std::string> describe() const;

 private:
  struct Named {
    FieldId id;  // of a header; FieldId::other for a query key
    std::string name;
    ValueTest test;
  };

  bool on(std::string_view listener) const noexcept;
  static bool has_header(const Fields& fields, const Named& wanted);
  static bool has_parameter(std::string_view query, const Named& wanted, Arena& arena);

  std::vector<std::string> listeners_;
  std::vector<Named> headers_;
  std::vector<Named> query_;
  MethodSet methods_;
  bool answers_preflight_;
};

}  // namespace sluice::proxy
