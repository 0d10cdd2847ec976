// LastGood: what was found the last time that anything was. No I/O.
//
//   LastGood<Addresses> known;
//   if (known.take(answer)) use(known.value());        // only where it changed, and never empty
//   known.fail("dns_failed");                          // changes nothing
#pragma once
#include <cstdint>
#include <string>
#include <utility>

namespace sluice::upstream {

template <class List>
class LastGood {
 public:
  // True: it is another list than before. It has something in it.
  bool take(List list) {
    failures_ = 0;
    fault_.clear();
    if (list == value_) return false;
    value_ = std::move(list);
    return true;
  }
  void fail(std::string fault) {
    ++failures_;
    fault_ = std::move(fault);
  }

  const List& value() const noexcept { return value_; }
  bool known() const noexcept { return !value_.empty(); }
  // Answers in a row that were of no use, and why the last one was; empty after a good one.
  std::uint32_t failures() const noexcept { return failures_; }
  const std::string& fault() const noexcept { return fault_; }

 private:
  List value_;
  std::uint32_t failures_ = 0;
  std::string fault_;
};

}  // namespace sluice::upstream
