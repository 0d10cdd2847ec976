#include "server/system/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "server/system/descriptor.hpp"

namespace sluice::server {

Notifier Notifier::of_environment() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  return Notifier(path ? path : "");
}

// systemd takes the time to tell this reload from an earlier one (Type=notify-reload).
void Notifier::reloading() const noexcept {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void Notifier::send(std::string_view state) const noexcept {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path_.empty() || path_.size() >= sizeof to.sun_path) return;
  std::memcpy(to.sun_path, path_.data(), path_.size());
  if (path_[0] == '@') to.sun_path[0] = '\0';
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());

  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket)
    ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&to), size);
}

}  // namespace sluice::server
