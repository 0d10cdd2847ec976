// What start-up and reload come to: a value, or one sentence for the operator that says what went wrong.
//
//   Outcome<Descriptor> socket = open_listening(address);
//   if (!socket) return Failure{socket.failure()};
#pragma once
#include <string>
#include <utility>
#include <variant>

namespace sluice::server {

struct Failure {
  std::string what;
};

// "bind to 127.0.0.1:80: Permission denied", from errno.
Failure system_failure(std::string what);
Failure system_failure(std::string what, int error);

template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Outcome(Failure failure) : v_(std::in_place_index<1>, std::move(failure)) {}

  explicit operator bool() const noexcept { return v_.index() == 0; }
  T& operator*() noexcept { return *std::get_if<0>(&v_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&v_); }
  T* operator->() noexcept { return std::get_if<0>(&v_); }
  const T* operator->() const noexcept { return std::get_if<0>(&v_); }
  const std::string& failure() const noexcept { return std::get_if<1>(&v_)->what; }

 private:
  std::variant<T, Failure> v_;
};

struct Done {};

}  // namespace sluice::server
