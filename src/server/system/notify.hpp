// Tells the service manager how the process is doing: systemd's notification protocol (sd_notify(3)) on the
// datagram socket that $NOTIFY_SOCKET names. Without one, every call does nothing.
//
//   Notifier notifier = Notifier::of_environment();
//   notifier.ready();
#pragma once
#include <string>
#include <string_view>

namespace sluice::server {

class Notifier {
 public:
  // `path`: absolute, or "@name" for an abstract socket; empty: nobody listens.
  explicit Notifier(std::string path) : path_(std::move(path)) {}
  static Notifier of_environment();

  void ready() const noexcept { send("READY=1"); }
  void reloading() const noexcept;
  void stopping() const noexcept { send("STOPPING=1"); }

 private:
  void send(std::string_view state) const noexcept;

  std::string path_;
};

}  // namespace sluice::server
