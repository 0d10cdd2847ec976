// One listening socket on one worker: takes what the kernel has queued and hands it over.
//
//   AcceptLoop loop(reactor, listening, socket, metrics);
//   loop.give_to(listener);           // again after a reload: connections from now on are that one's
//   loop.finish();                    // takes what is queued, then listens no more
//
// When the process is out of descriptors it pauses for a moment, because the socket stays readable and a loop
// would only burn the processor.
#pragma once
#include <memory>

#include "net/reactor.hpp"
#include "server/system/listening.hpp"

namespace sluice::server {

class Listener;

class AcceptLoop final : public net::Watcher {
 public:
  static constexpr Duration pause = std::chrono::milliseconds(100);
  // Taken in one go; then others get their turn.
  static constexpr int batch = 32;

  AcceptLoop(net::Reactor& reactor, std::shared_ptr<Listening> listening, int socket);
  AcceptLoop(const AcceptLoop&) = delete;
  ~AcceptLoop() override;

  // `listener` outlives this or the next call.
  void give_to(Listener& listener) noexcept { listener_ = &listener; }
  void begin();
  // Closing a socket of a SO_REUSEPORT group resets what is queued on it, so the queue is emptied first.
  void finish() noexcept;

  const Listening& listening() const noexcept { return *listening_; }

 private:
  enum class Taken : std::uint8_t { one, nothing_there, try_again, out_of_descriptors };

  void on_events(std::uint32_t) noexcept override;
  Taken take_one() noexcept;
  void rest() noexcept;
  void watch();

  struct Alarm : Timer {
    AcceptLoop* loop = nullptr;
  };

  net::Reactor& reactor_;
  std::shared_ptr<Listening> listening_;
  int socket_;
  Listener* listener_ = nullptr;
  bool watching_ = false;
  Alarm alarm_;
};

}  // namespace sluice::server
