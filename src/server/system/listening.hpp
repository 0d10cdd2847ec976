// The listening sockets of one address: for TCP one for each worker, so that the kernel shares connections
// out among them; of a unix socket one that all share.
//
//   auto opened = open_listening(address, {.workers = 4, .backlog = 4096});
//   if (!opened) return Failure{opened.failure()};   // "bind to 127.0.0.1:80: Permission denied"
//   poll((*opened)->of_worker(0));
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "config/address.hpp"
#include "server/outcome.hpp"
#include "server/system/descriptor.hpp"

namespace sluice::server {

struct ListeningOptions {
  unsigned workers = 1;
  std::uint32_t backlog = 4096;
};

class Listening {
 public:
  Listening(config::Address asked, std::vector<std::vector<Descriptor>> by_worker);
  Listening(const Listening&) = delete;
  // Removes the file of a unix socket, if it still is this one's.
  ~Listening();

  // As the configuration has it; its port may be 0.
  const config::Address& address() const noexcept { return address_; }
  // With the port that the system gave where 0 was asked for.
  config::Address actual_address() const;
  // More than one where a name stands for several addresses. Non-blocking and listening. A worker's own, but
  // for a unix socket.
  std::vector<int> of_worker(unsigned index) const;
  // A worker has taken what was queued on its socket: from now on nothing is. A unix socket, which others
  // accept from too, ends with this object.
  void end(unsigned worker) const noexcept;
  bool ended() const noexcept { return ended_.load(std::memory_order_relaxed); }
  // How many connections may wait to be accepted; while listening, too.
  void set_backlog(std::uint32_t backlog) const noexcept;

 private:
  config::Address address_;
  mutable std::atomic<bool> ended_{false};
  std::vector<std::vector<Descriptor>> by_worker_;  // of a unix socket: one row
  std::uint64_t inode_ = 0;                         // of the unix socket's file
};

// An address that another process listens on is a failure, although SO_REUSEPORT would allow to share it.
Outcome<std::shared_ptr<Listening>> open_listening(const config::Address& address,
                                                   const ListeningOptions& options);

}  // namespace sluice::server
