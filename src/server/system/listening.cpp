#include "server/system/listening.hpp"

#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "server/system/socket_address.hpp"

namespace sluice::server {
namespace {

constexpr int socket_type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

void set_option(const Descriptor& s, int level, int option, int value) noexcept {
  ::setsockopt(s.get(), level, option, &value, sizeof value);
}

Outcome<Descriptor> bound_socket(const SocketAddress& to, const std::string& name, bool shared) {
  auto what = "bind to " + name;
  Descriptor s(::socket(to.family(), socket_type, 0));
  if (!s) return system_failure(what);
  set_option(s, SOL_SOCKET, SO_REUSEADDR, 1);
  if (shared) set_option(s, SOL_SOCKET, SO_REUSEPORT, 1);
  if (to.family() == AF_INET6) set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, !to.dual_stack);
  if (::bind(s.get(), to.get(), to.size) != 0) return system_failure(what);
  return s;
}

Outcome<Descriptor> listening_socket(const SocketAddress& to, const std::string& name,
                                     std::uint32_t backlog) {
  auto s = bound_socket(to, name, true);
  if (!s) return s;
  // Inherited by what is accepted, which saves two calls for each connection.
  set_option(*s, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(*s, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (::listen(s->get(), static_cast<int>(backlog)) != 0) return system_failure("listen on " + name);
  return s;
}

// A bind without SO_REUSEPORT fails where anybody listens, ourselves included: who opens an address knows
// that it is not open yet. The probe also finds the port where 0 was asked for.
Outcome<std::uint16_t> free_port(const SocketAddress& at, const std::string& name) {
  auto probe = bound_socket(at, name, false);
  if (!probe) return Failure{probe.failure()};
  return local_address(probe->get()).port();
}

using Rows = std::vector<std::vector<Descriptor>>;

Outcome<Done> open_tcp(SocketAddress at, const std::string& name, const ListeningOptions& options,
                       Rows& rows) {
  auto port = free_port(at, name);
  if (!port) return Failure{port.failure()};
  at.set_port(*port);
  for (auto& row : rows) {
    auto s = listening_socket(at, name, options.backlog);
    if (!s) return Failure{s.failure()};
    row.push_back(std::move(*s));
  }
  return Done{};
}

Outcome<Rows> open_tcp(const config::Address& address, const ListeningOptions& options) {
  auto name = address.to_string();
  auto places = resolve(address.host, address.port);
  if (!places) return Failure{"bind to " + name + ": " + places.failure()};
  Rows rows(options.workers);
  for (auto& place : *places) {
    if (place.port() == 0 && !rows[0].empty()) place.set_port(local_address(rows[0][0].get()).port());
    if (auto opened = open_tcp(place, name, options, rows); !opened) return Failure{opened.failure()};
  }
  return rows;
}

bool is_socket(const std::string& path) noexcept {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 && S_ISSOCK(s.st_mode);
}

// A socket's file that nobody listens behind was left by a process that crashed.
bool is_abandoned(const SocketAddress& at) noexcept {
  Descriptor s(::socket(AF_UNIX, socket_type, 0));
  return ::connect(s.get(), at.get(), at.size) != 0 && errno == ECONNREFUSED;
}

Outcome<Rows> open_unix(const config::Address& address, const ListeningOptions& options) {
  auto at = unix_address(address.unix_path);
  if (!at) return Failure{at.failure()};
  if (is_socket(address.unix_path) && is_abandoned(*at)) ::unlink(address.unix_path.c_str());
  auto s = bound_socket(*at, address.to_string(), false);
  if (!s) return Failure{s.failure()};
  if (::listen(s->get(), static_cast<int>(options.backlog)) != 0)
    return system_failure("listen on " + address.to_string());
  Rows rows(1);
  rows[0].push_back(std::move(*s));
  return rows;
}

std::uint64_t inode_of(const std::string& path) noexcept {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 ? s.st_ino : 0;
}

}  // namespace

Listening::Listening(config::Address asked, std::vector<std::vector<Descriptor>> by_worker)
    : address_(std::move(asked)), by_worker_(std::move(by_worker)) {
  if (address_.is_unix()) inode_ = inode_of(address_.unix_path);
}

Listening::~Listening() {
  if (inode_ != 0 && inode_of(address_.unix_path) == inode_) ::unlink(address_.unix_path.c_str());
}

config::Address Listening::actual_address() const {
  auto address = address_;
  if (!address.is_unix()) address.port = local_address(by_worker_[0][0].get()).port();
  return address;
}

std::vector<int> Listening::of_worker(unsigned index) const {
  std::vector<int> all;
  for (auto& s : by_worker_[index % by_worker_.size()]) all.push_back(s.get());
  return all;
}

void Listening::end(unsigned worker) const noexcept {
  ended_ = true;
  if (address_.is_unix()) return;
  for (auto& s : by_worker_[worker]) ::shutdown(s.get(), SHUT_RDWR);
}

void Listening::set_backlog(std::uint32_t backlog) const noexcept {
  for (auto& row : by_worker_)
    for (auto& s : row) ::listen(s.get(), static_cast<int>(backlog));
}

Outcome<std::shared_ptr<Listening>> open_listening(const config::Address& address,
                                                   const ListeningOptions& options) {
  auto rows = address.is_unix() ? open_unix(address, options) : open_tcp(address, options);
  if (!rows) return Failure{rows.failure()};
  return std::make_shared<Listening>(address, std::move(*rows));
}

}  // namespace sluice::server
