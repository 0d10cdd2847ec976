#include "proxy/inbound.hpp"

#include <algorithm>

#include "http/alike.hpp"
#include "http/forwarded.hpp"
#include "proxy/names.hpp"

namespace sluice::proxy {
namespace {

bool is_x_forwarded(const Field& f) noexcept {
  return http::starts_alike(f.name, "x-forwarded-") && !http::alike(f.name, "x-forwarded-client-cert");
}

http::ForwardedFor hops_of(const Fields& fields, FieldId id) {
  http::ForwardedFor hops;
  for (auto& f : fields) {
    if (f.id != id) continue;
    if (id == FieldId::forwarded)
      hops.add_forwarded(f.value);
    else
      hops.add_list(f.value);
  }
  return hops;
}

// Of a list that several proxies wrote to, the last member is our neighbour's.
std::string_view last_member(std::string_view list) noexcept {
  auto comma = list.rfind(',');
  return http::trim(comma == list.npos ? list : list.substr(comma + 1));
}

void believe_scheme(Request& request, std::string_view proto) noexcept {
  if (http::same_name(proto, "https")) request.scheme = "https";
  if (http::same_name(proto, "http")) request.scheme = "http";
}

void believe_client(Exchange& x, const IpAddress& address) {
  if (address == x.client) return;
  x.client = address;
  char* text = x.arena.bytes(IpAddress::max_text);
  x.client_text = address.format({text, IpAddress::max_text});
}

// X-Forwarded-For as the hops of a Forwarded field say it, so that all behind us see one spelling.
std::string_view addresses(std::span<const http::Hop> hops, Arena& arena) {
  char* text = arena.bytes(hops.size() * (IpAddress::max_text + 2));
  char* to = text;
  for (auto& hop : hops) {
    if (to != text) to = std::ranges::copy(std::string_view(", "), to).out;
    if (hop.address)
      to += hop.address->format({to, IpAddress::max_text}).size();
    else
      to = std::ranges::copy(std::string_view("unknown"), to).out;
  }
  return {text, static_cast<std::size_t>(to - text)};
}

void believe_x(Exchange& x, const ListenerPolicy& policy) {
  auto& fields = x.request.fields;
  fields.remove(FieldId::forwarded);
  auto hops = hops_of(fields, FieldId::x_forwarded_for);
  believe_client(x, http::client_address(x.peer.address, hops.hops(), policy.trusted_proxies).address);
  believe_scheme(x.request, last_member(fields.get(FieldId::x_forwarded_proto)));
}

void believe_forwarded(Exchange& x, const ListenerPolicy& policy) {
  auto& fields = x.request.fields;
  fields.remove_if(is_x_forwarded);
  auto hops = hops_of(fields, FieldId::forwarded);
  if (hops.hops().empty()) return;
  auto client = http::client_address(x.peer.address, hops.hops(), policy.trusted_proxies);
  believe_client(x, client.address);
  fields.add(FieldId::x_forwarded_for, "X-Forwarded-For", addresses(hops.hops(), x.arena));
  if (!client.hop) return;
  believe_scheme(x.request, client.hop->proto);
  if (!client.hop->host.empty())
    fields.add(FieldId::x_forwarded_host, "X-Forwarded-Host", x.arena.copy(client.hop->host));
}

// Taken from a trusted peer, if it is sound; made otherwise.
void identify(Exchange& x, std::string_view given, telemetry::RequestIds& ids, WallPoint now) {
  if (telemetry::acceptable_request_id(given)) {
    x.id = given;
    return;
  }
  char* text = x.arena.bytes(telemetry::RequestIds::size);
  ids.write(now, text);
  x.id = {text, telemetry::RequestIds::size};
}

}  // namespace

bool only_from_proxies(const Field& f) noexcept {
  switch (f.name.empty() ? 0 : http::lower(f.name.front())) {
    case 'x':
      return http::starts_alike(f.name, "x-forwarded-") || http::alike(f.name, "x-real-ip") ||
             http::alike(f.name, "x-original-url") || http::alike(f.name, "x-rewrite-url");
    case 'f':
      return f.id == FieldId::forwarded;
    case 'c':
      return http::alike(f.name, "client-cert") || http::alike(f.name, "client-cert-chain");
    default:
      return false;
  }
}

void believe(Exchange& x, const ListenerPolicy& policy, const FieldName& id_header,
             telemetry::RequestIds& ids, WallPoint now) {
  auto& fields = x.request.fields;
  bool trusted = !policy.trusted_proxies.empty() && contains(policy.trusted_proxies, x.peer.address);
  auto given = trusted ? fields.get(id_header.text) : std::string_view();
  fields.remove_if([&](const Field& f) {
    return http::alike(f.name, id_header.text) || (!trusted && only_from_proxies(f));
  });
  if (trusted && policy.forwarded == config::ForwardedKind::rfc7239)
    believe_forwarded(x, policy);
  else if (trusted)
    believe_x(x, policy);
  identify(x, given, ids, now);
  fields.add(id_header.id, id_header.text, x.id);
}

bool has_been_here(const Fields& fields) noexcept {
  for (auto& f : fields) {
    if (f.id != FieldId::via) continue;
    for (auto list = f.value; !list.empty();) {
      auto member = http::next_member(list);
      auto by = http::trim(member.substr(std::min(member.find(' '), member.size())));
      if (http::same_name(by.substr(0, by.find_first_of(" \t")), own_name)) return true;
    }
  }
  return false;
}

}  // namespace sluice::proxy
