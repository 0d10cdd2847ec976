#include "upstream/dns.hpp"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>

#include "config/values.hpp"
#include "upstream/dns_channel.hpp"

namespace sluice::upstream {
namespace {

Error failed(const char* cause) noexcept {
  return Error(Error::Kind::unavailable, Error::Side::upstream, cause, Error::Retry::always);
}

Error failed(int status) noexcept {
  switch (status) {
    case ARES_ENOTFOUND:
      return failed("dns_not_found");
    case ARES_ENODATA:
      return failed("dns_empty");
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED:
      return failed("dns_no_answer");
    default:
      return failed("dns_failed");
  }
}

// What a callback of c-ares leaves.
template <class T>
struct Asked {
  std::optional<Result<DnsAnswer<T>>> answer;
  bool done = false;
};

IpAddress address_of(const ares_addrinfo_node& node) noexcept {
  if (node.ai_family == AF_INET)
    return IpAddress::v4(ntohl(reinterpret_cast<const sockaddr_in*>(node.ai_addr)->sin_addr.s_addr));
  auto& bytes = reinterpret_cast<const sockaddr_in6*>(node.ai_addr)->sin6_addr.s6_addr;
  return IpAddress::v6(std::span<const std::uint8_t, 16>(bytes));
}

Result<DnsAnswer<IpAddress>> addresses_of(const ares_addrinfo& info) {
  DnsAnswer<IpAddress> answer;
  auto shortest = Duration::max();
  for (auto* node = info.nodes; node; node = node->ai_next) {
    answer.items.push_back(address_of(*node));
    shortest = std::min<Duration>(shortest, std::chrono::seconds(std::max(node->ai_ttl, 0)));
  }
  if (answer.items.empty()) return failed("dns_empty");
  answer.ttl = shortest;
  std::ranges::sort(answer.items);
  answer.items.erase(std::unique(answer.items.begin(), answer.items.end()), answer.items.end());
  return answer;
}

void on_addresses(void* to, int status, int, ares_addrinfo* info) {
  auto& asked = *static_cast<Asked<IpAddress>*>(to);
  asked.done = true;
  if (status == ARES_SUCCESS && info)
    asked.answer = addresses_of(*info);
  else
    asked.answer = failed(status);
  if (info) ares_freeaddrinfo(info);
}

void on_services(void* to, int status, int, unsigned char* message, int size) {
  auto& asked = *static_cast<Asked<Service>*>(to);
  asked.done = true;
  if (status == ARES_SUCCESS)
    asked.answer = services_of({message, static_cast<std::size_t>(size)});
  else
    asked.answer = failed(status);
}

// The target of a record; empty: "." (there is no such service), or what is no host name.
std::string target_of(const ns_msg& message, const unsigned char* name) {
  char text[NS_MAXDNAME];
  if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), name, text, sizeof text) < 0) return "";
  auto host = config::lower_case(text);
  return config::is_host_name(host) ? host : "";
}

}  // namespace

Result<DnsAnswer<Service>> services_of(std::span<const unsigned char> message) {
  constexpr int fixed_part = 6;  // priority, weight and port, two bytes each
  ns_msg parsed;
  if (ns_initparse(message.data(), static_cast<int>(message.size()), &parsed) < 0)
    return failed("dns_failed");
  DnsAnswer<Service> answer;
  auto shortest = Duration::max();
  for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&parsed, ns_s_an, i, &record) < 0) return failed("dns_failed");
    if (ns_rr_type(record) != ns_t_srv || ns_rr_rdlen(record) <= fixed_part) continue;
    auto* data = ns_rr_rdata(record);
    Service service;
    service.host = target_of(parsed, data + fixed_part);
    service.priority = static_cast<std::uint16_t>(ns_get16(data));
    service.weight = static_cast<std::uint16_t>(ns_get16(data + 2));
    service.port = static_cast<std::uint16_t>(ns_get16(data + 4));
    if (service.host.empty() || service.port == 0) continue;
    answer.items.push_back(std::move(service));
    shortest = std::min<Duration>(shortest, std::chrono::seconds(ns_rr_ttl(record)));
  }
  if (answer.items.empty()) return failed("dns_empty");
  answer.ttl = shortest;
  return answer;
}

Task<Result<DnsAnswer<IpAddress>>> Dns::addresses(std::string host, Servers servers) {
  Asked<IpAddress> asked;
  DnsChannel channel(reactor_, servers);
  if (!channel.get()) co_return failed("dns_failed");
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, on_addresses, &asked);
  while (!asked.done) {
    auto working = channel.work();
    co_await working;
  }
  co_return std::move(*asked.answer);
}

Task<Result<DnsAnswer<Service>>> Dns::services(std::string name, Servers servers) {
  Asked<Service> asked;
  DnsChannel channel(reactor_, servers);
  if (!channel.get()) co_return failed("dns_failed");
  ares_search(channel.get(), name.c_str(), ns_c_in, ns_t_srv, on_services, &asked);
  while (!asked.done) {
    auto working = channel.work();
    co_await working;
  }
  co_return std::move(*asked.answer);
}

}  // namespace sluice::upstream
