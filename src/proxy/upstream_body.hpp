// The answer's body, straight from the upstream's connection, with the time-outs that hold while it comes.
// Its end gives its share of the connection back.
#pragma once
#include "proxy/conversation.hpp"
#include "sluice/body.hpp"

namespace sluice::proxy {

struct BodyTimeouts {
  Duration idle{};                      // between bytes; zero: any time
  TimePoint total = TimePoint::max();   // the whole exchange
  const char* cause = "upstream_idle";  // of an idle one
};

class UpstreamBody final : public BodySource {
 public:
  UpstreamBody(Conversation::Ref conversation, const BodyTimeouts& timeouts) noexcept;

  Eventual<Result<Chunk>> read(std::size_t max) override;

 private:
  Task<Result<Chunk>> wait(Task<Result<Chunk>> reading);
  TimePoint due() const noexcept;
  Error late() const noexcept;

  Conversation::Ref conversation_;
  BodyTimeouts timeouts_;
};

}  // namespace sluice::proxy
