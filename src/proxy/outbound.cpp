#include "proxy/outbound.hpp"

#include <utility>

#include "http/chars.hpp"
#include "proxy/names.hpp"

namespace sluice::proxy {
namespace {

// All lines of a field as one value.
std::string_view joined(const Fields& fields, FieldId id) {
  std::string_view all;
  for (auto& f : fields) {
    if (f.id != id || f.value.empty()) continue;
    all = all.empty() ? f.value : fields.arena().concat({all, ", ", f.value});
  }
  return all;
}

std::string_view append(std::string_view list, std::string_view member, Arena& arena) {
  if (list.empty()) return member;
  if (member.empty()) return list;
  return arena.concat({list, ", ", member});
}

bool is_v6(std::string_view address) noexcept {
  return address.find(':') != address.npos;
}

// A node as RFC 7239 §6 wants it: IPv6 in brackets, and then in quotes.
std::string_view node(std::string_view address, Arena& arena) {
  if (address.empty()) return "for=unknown";
  return is_v6(address) ? arena.concat({"for=\"[", address, "]\""}) : arena.concat({"for=", address});
}

// X-Forwarded-For retold: each address an element without anything else known of it.
std::string_view retold(std::string_view list, Arena& arena) {
  std::string_view all;
  while (!list.empty()) {
    auto address = http::next_member(list);
    auto known = IpAddress::parse(address);
    all = append(all, known ? node(address, arena) : "for=unknown", arena);
  }
  return all;
}

}  // namespace

std::string_view forwarded_element(const Exchange& x) {
  using namespace std::string_view_literals;
  bool known = !x.peer.is_unix && !x.peer.address_text.empty();
  auto address = known ? x.peer.address_text : "unknown"sv;
  auto host = x.request.authority;
  auto [before, behind] = is_v6(address) ? std::pair("for=\"["sv, "]\""sv) : std::pair("for="sv, ""sv);
  auto quote = host.empty() || http::is_token(host) ? ""sv : "\""sv;
  return x.arena.concat({before, address, behind, host.empty() ? ""sv : ";host="sv, quote, host, quote,
                         x.peer.tls() ? ";proto=https"sv : ";proto=http"sv});
}

void announce(Exchange& x, config::ForwardedKind believed) {
  auto& arena = x.arena;
  auto& fields = x.request.fields;
  auto addresses = joined(fields, FieldId::x_forwarded_for);
  auto before = believed == config::ForwardedKind::rfc7239 ? joined(fields, FieldId::forwarded)
                                                           : retold(addresses, arena);
  bool has_host = fields.has(FieldId::x_forwarded_host);
  bool has_address = !x.peer.is_unix;
  fields.remove_if([=](const Field& f) {
    return f.id == FieldId::forwarded || f.id == FieldId::x_forwarded_proto ||
           (f.id == FieldId::x_forwarded_for && has_address);
  });
  fields.add(FieldId::forwarded, "Forwarded", append(before, forwarded_element(x), arena));
  if (has_address)
    fields.add(FieldId::x_forwarded_for, "X-Forwarded-For", append(addresses, x.peer.address_text, arena));
  fields.add(FieldId::x_forwarded_proto, "X-Forwarded-Proto", x.request.scheme);
  if (!has_host && !x.request.authority.empty())
    fields.add(FieldId::x_forwarded_host, "X-Forwarded-Host", x.request.authority);
  fields.add(FieldId::via, "Via", via);
}

http::RequestHead head_of(const Exchange& x, const http::SplitTarget& target,
                          http::Framing::Body body) noexcept {
  auto& request = x.request;
  http::RequestHead head;
  head.method = request.method_text;
  head.path = target.path;
  head.query = target.query;
  head.has_query = target.has_query;
  head.fields = &request.fields;
  head.body = body;
  head.length = request.length;
  head.expects_continue = request.expects_continue && request.body;
  head.accepts_trailers = request.accepts_trailers;
  head.upgrade = request.upgrade;
  return head;
}

}  // namespace sluice::proxy
