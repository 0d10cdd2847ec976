#include "upstream/dns_channel.hpp"

#include <sys/time.h>

#include <algorithm>

namespace sluice::upstream {
namespace {

// A server that says nothing is asked again after twice that.
constexpr int patience = 2000;  // milliseconds, as c-ares takes them
constexpr int tries = 2;

std::string in_csv(const std::vector<config::Address>& servers) {
  std::string text;
  for (auto& s : servers) text += (text.empty() ? "" : ",") + s.to_string();
  return text;
}

ares_channel make_channel(ares_sock_state_cb on_interest, void* self,
                          const std::vector<config::Address>& servers) {
  static const int initialised = ares_library_init(ARES_LIB_INIT_ALL);
  if (initialised != ARES_SUCCESS) return nullptr;
  ares_options options{};
  options.timeout = patience;
  options.tries = tries;
  options.sock_state_cb = on_interest;
  options.sock_state_cb_data = self;
  int given = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  char dns_alone[] = "b";
  if (!servers.empty()) {
    options.lookups = dns_alone;
    given |= ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS;  // no search list
  }
  ares_channel channel = nullptr;
  if (ares_init_options(&channel, &options, given) != ARES_SUCCESS) return nullptr;
  if (servers.empty() || ares_set_servers_ports_csv(channel, in_csv(servers).c_str()) == ARES_SUCCESS)
    return channel;
  ares_destroy(channel);
  return nullptr;
}

}  // namespace

// Events are only noted: c-ares may close sockets and end the question, and that is for the coroutine.
struct DnsChannel::Socket final : net::Watcher {
  Socket(DnsChannel& c, ares_socket_t d, std::uint32_t e) noexcept : channel(c), descriptor(d), wanted(e) {
    channel.reactor_.add(descriptor, *this, wanted);
  }
  ~Socket() override { channel.reactor_.remove(descriptor); }
  void on_events(std::uint32_t events) noexcept override {
    happened |= events;
    channel.bell_(Unit{});
  }

  DnsChannel& channel;
  const ares_socket_t descriptor;
  const std::uint32_t wanted;
  std::uint32_t happened = 0;
};

DnsChannel::DnsChannel(net::Reactor& reactor, const std::vector<config::Address>& servers)
    : reactor_(reactor), channel_(make_channel(&on_interest, this, servers)) {}

DnsChannel::~DnsChannel() {
  if (channel_) ares_destroy(channel_);
}

void DnsChannel::on_interest(void* self, ares_socket_t socket, int readable, int writable) {
  std::uint32_t events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
  static_cast<DnsChannel*>(self)->watch(socket, events);
}

void DnsChannel::watch(ares_socket_t descriptor, std::uint32_t events) {
  auto known = std::ranges::find(sockets_, descriptor, [](auto& s) { return s->descriptor; });
  if (known != sockets_.end()) {
    if ((*known)->wanted == events) return;
    sockets_.erase(known);
  }
  if (events) sockets_.push_back(std::make_unique<Socket>(*this, descriptor, events));
}

Task<Unit> DnsChannel::work() {
  Within<Unit> bounded(reactor_.timers(), due(), next_event());
  (void)co_await bounded;
  process();
  co_return Unit{};
}

Task<Result<Unit>> DnsChannel::next_event() {
  Waiter<Unit> waiter;
  bell_ = waiter.resolver();
  co_return co_await waiter;
}

TimePoint DnsChannel::due() const {
  timeval left{};
  if (!ares_timeout(channel_, nullptr, &left)) return TimePoint::max();
  return reactor_.timers().exact() + std::chrono::seconds(left.tv_sec) +
         std::chrono::microseconds(left.tv_usec);
}

// What it does to one socket may close others, so only their numbers are kept. Without any it looks at the
// clock.
void DnsChannel::process() {
  struct Ready {
    ares_socket_t readable, writable;
  };
  std::vector<Ready> ready;
  for (auto& s : sockets_) {
    auto happened = std::exchange(s->happened, 0);
    if (!happened) continue;
    bool readable = happened & (EPOLLIN | EPOLLERR | EPOLLHUP);
    ready.push_back(
        {readable ? s->descriptor : ARES_SOCKET_BAD, happened & EPOLLOUT ? s->descriptor : ARES_SOCKET_BAD});
  }
  if (ready.empty()) ready.push_back({ARES_SOCKET_BAD, ARES_SOCKET_BAD});
  for (auto& r : ready) ares_process_fd(channel_, r.readable, r.writable);
}

}  // namespace sluice::upstream
