// A DNS server on a port of loopback, over UDP and TCP, on a thread of its own. It says what `answer` makes
// of a question; nothing where that is empty.
//
//   DnsServer server;
//   server.answer = [](const DnsQuestion& q) { return DnsReply(q).a(60, "10.0.0.1").bytes(); };
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "config/address.hpp"
#include "net/socket.hpp"

namespace sluice::upstream::testing {

using Bytes = std::vector<unsigned char>;

struct DnsQuestion {
  static constexpr unsigned a = 1, aaaa = 28, srv = 33;

  Bytes head;        // twelve bytes
  Bytes raw;         // the question's own
  std::string name;  // as it was spelled
  unsigned type = 0;

  DnsQuestion() = default;
  explicit DnsQuestion(std::span<const unsigned char> message) : head(message.begin(), message.begin() + 12) {
    std::size_t at = 12;
    while (message[at] != 0) {
      name +=
          (name.empty() ? "" : ".") + std::string(message.begin() + static_cast<long>(at) + 1,
                                                  message.begin() + static_cast<long>(at) + 1 + message[at]);
      at += 1u + message[at];
    }
    type = message[at + 1] * 256u + message[at + 2];
    raw.assign(message.begin() + 12, message.begin() + static_cast<long>(at) + 5);
  }
};

class DnsReply {
 public:
  static constexpr std::uint8_t server_failure = 2, no_such_name = 3, refused = 5;

  explicit DnsReply(const DnsQuestion& q) : question_(q) {}

  DnsReply& code(std::uint8_t c) {
    code_ = c;
    return *this;
  }
  DnsReply& a(std::uint32_t ttl, const char* address) { return ip(DnsQuestion::a, AF_INET, 4, ttl, address); }
  DnsReply& aaaa(std::uint32_t ttl, const char* address) {
    return ip(DnsQuestion::aaaa, AF_INET6, 16, ttl, address);
  }
  DnsReply& srv(std::uint32_t ttl, unsigned priority, unsigned weight, unsigned port,
                const std::string& host) {
    Bytes data;
    for (auto n : {priority, weight, port}) two(data, n);
    for (std::size_t begin = 0; begin < host.size();) {
      auto end = std::min(host.find('.', begin), host.size());
      data.push_back(static_cast<unsigned char>(end - begin));
      data.insert(data.end(), host.begin() + static_cast<long>(begin), host.begin() + static_cast<long>(end));
      begin = end + 1;
    }
    data.push_back(0);
    return record(DnsQuestion::srv, ttl, data);
  }

  Bytes bytes(bool truncated = false) const {
    Bytes all = question_.head;
    all[2] = static_cast<unsigned char>(0x84 | (all[2] & 1) | (truncated ? 2 : 0));
    all[3] = static_cast<unsigned char>(0x80 | code_);
    all[6] = static_cast<unsigned char>((truncated ? 0 : count_) >> 8);
    all[7] = static_cast<unsigned char>(truncated ? 0 : count_);
    for (std::size_t i = 8; i < 12; ++i) all[i] = 0;
    all.insert(all.end(), question_.raw.begin(), question_.raw.end());
    if (!truncated) all.insert(all.end(), records_.begin(), records_.end());
    return all;
  }

 private:
  static void two(Bytes& to, unsigned n) {
    to.push_back(static_cast<unsigned char>(n >> 8));
    to.push_back(static_cast<unsigned char>(n));
  }
  DnsReply& ip(unsigned type, int family, std::size_t size, std::uint32_t ttl, const char* address) {
    Bytes data(size);
    ::inet_pton(family, address, data.data());
    return record(type, ttl, data);
  }
  DnsReply& record(unsigned type, std::uint32_t ttl, const Bytes& data) {
    two(records_, 0xc00c);  // the question's name
    two(records_, type);
    two(records_, 1);
    two(records_, ttl >> 16);
    two(records_, ttl);
    two(records_, static_cast<unsigned>(data.size()));
    records_.insert(records_.end(), data.begin(), data.end());
    ++count_;
    return *this;
  }

  DnsQuestion question_;
  Bytes records_;
  unsigned count_ = 0;
  std::uint8_t code_ = 0;
};

class DnsServer {
 public:
  // What it says to a question; nothing says nothing. May be set while it serves.
  class Answer {
   public:
    template <class F>
    Answer& operator=(F says) {
      std::lock_guard lock(mutex_);
      says_ = std::move(says);
      return *this;
    }
    Bytes operator()(const DnsQuestion& question) {
      std::lock_guard lock(mutex_);
      return says_ ? says_(question) : Bytes();
    }

   private:
    std::mutex mutex_;
    std::function<Bytes(const DnsQuestion&)> says_;
  } answer;
  std::atomic<bool> truncates = false;  // over UDP

  DnsServer()
      : udp_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        tcp_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* generic = reinterpret_cast<sockaddr*>(&at);
    int bound = -1;
    for (int tries = 0; tries < 50 && bound != 0; ++tries) {  // until both can have the same port
      tcp_ = net::Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      at.sin_port = 0;
      ::bind(tcp_.get(), generic, size);
      ::getsockname(tcp_.get(), generic, &size);
      bound = ::bind(udp_.get(), generic, size);
    }
    ::listen(tcp_.get(), 4);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  DnsServer(const DnsServer&) = delete;
  ~DnsServer() { stop(); }

  config::Address address() const {
    config::Address a;
    a.host = "127.0.0.1";
    a.port = port_;
    return a;
  }
  std::vector<DnsQuestion> questions() const {
    std::lock_guard lock(mutex_);
    return questions_;
  }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    udp_ = net::Socket(-1);
    tcp_ = net::Socket(-1);
  }

 private:
  void serve() {
    while (!stopping_) {
      pollfd both[2] = {{udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}};
      if (::poll(both, 2, 20) <= 0) continue;
      if (both[0].revents) serve_datagram();
      if (both[1].revents) serve_connection();
    }
  }
  void serve_datagram() {
    unsigned char some[4096];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    auto n = ::recvfrom(udp_.get(), some, sizeof some, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n < 17) return;
    DnsQuestion question(std::span(some, static_cast<std::size_t>(n)));
    auto said = truncates ? DnsReply(question).bytes(true) : reply(question);
    if (!said.empty())
      ::sendto(udp_.get(), said.data(), said.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
  void serve_connection() {
    net::Socket visitor(::accept(tcp_.get(), nullptr, nullptr));
    unsigned char some[4096];
    auto n = ::recv(visitor.get(), some, sizeof some, 0);
    if (n < 19) return;
    auto said = reply(DnsQuestion(std::span(some + 2, static_cast<std::size_t>(n) - 2)));
    Bytes framed = {static_cast<unsigned char>(said.size() >> 8), static_cast<unsigned char>(said.size())};
    framed.insert(framed.end(), said.begin(), said.end());
    ::send(visitor.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
    ::recv(visitor.get(), some, sizeof some, 0);  // its end
  }
  Bytes reply(const DnsQuestion& question) {
    {
      std::lock_guard lock(mutex_);
      questions_.push_back(question);
    }
    return answer(question);
  }

  net::Socket udp_, tcp_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<DnsQuestion> questions_;
  std::thread thread_;
};

}  // namespace sluice::upstream::testing
