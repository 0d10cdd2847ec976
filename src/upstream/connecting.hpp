// A socket whose connect() has begun: its handshake is done when the connection stands.
#pragma once
#include "net/socket.hpp"

namespace sluice::upstream {

class ConnectingTransport final : public net::Transport {
 public:
  explicit ConnectingTransport(net::Socket socket) noexcept : socket_(std::move(socket)) {}

  net::Moved handshake() noexcept override;
  net::Moved receive(std::span<char>) noexcept override { return net::Moved::fault(); }
  net::Moved send(std::span<const iovec>) noexcept override { return net::Moved::fault(); }
  bool finish() noexcept override { return true; }
  int descriptor() const noexcept override { return socket_.get(); }

  int fault() const noexcept { return fault_; }  // errno of the connect(), 0: none
  net::Socket release() noexcept { return std::move(socket_); }

 private:
  net::Socket socket_;
  int fault_ = 0;
};

}  // namespace sluice::upstream
