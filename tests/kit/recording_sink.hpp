// A ResponseSink that keeps what it was given, and may be slow or broken.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "pipeline/handler.hpp"
#include "sluice/waiter.hpp"

namespace sluice::kit {

class RecordingSink final : public ResponseSink {
 public:
  std::vector<std::uint16_t> interims;
  std::uint16_t status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::uint64_t length = 0;
  std::string received;
  int heads = 0;
  bool complete = false;
  bool aborted = false;
  Error aborted_for;

  bool slow = false;    // body() waits until unblock()
  bool broken = false;  // every write fails: the client is gone

  std::string field(std::string_view name) const {
    for (auto& [key, value] : fields)
      if (key == name) return value;
    return {};
  }
  void unblock() {
    for (auto& resolver : std::exchange(waiting_, {})) resolver(Unit{});
  }

  Eventual<Result<Unit>> interim(std::uint16_t code, const Fields&) override {
    interims.push_back(code);
    return written();
  }
  Eventual<Result<Unit>> head(const Response& response) override {
    ++heads;
    status = response.status;
    length = response.length;
    for (auto& f : response.fields) fields.emplace_back(f.name, f.value);
    complete = !response.body;
    return written();
  }
  bool head_sent() const noexcept override { return heads > 0; }
  Eventual<Result<Unit>> body(const Chunk& chunk) override {
    received.append(chunk.bytes.data(), chunk.bytes.size());
    complete = chunk.end;
    if (slow) return wait();
    return written();
  }
  void abort(const Error& error) noexcept override {
    aborted = true;
    aborted_for = error;
  }

 private:
  Result<Unit> written() const {
    if (broken) return Error(Error::Kind::reset, Error::Side::downstream, "client_gone");
    return Unit{};
  }
  Task<Result<Unit>> wait() {
    Waiter<Unit> waiter;
    waiting_.push_back(waiter.resolver());
    co_return co_await waiter;
  }
  std::vector<Resolver<Unit>> waiting_;
};

}  // namespace sluice::kit
