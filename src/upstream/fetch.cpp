#include "upstream/fetch.hpp"

#include "net/http1/client.hpp"
#include "sluice/timers.hpp"
#include "upstream/fetch_url.hpp"

namespace sluice::upstream {
namespace {

using Kind = Error::Kind;

Error failed(Kind kind, const char* cause) noexcept {
  return Error(kind, Error::Side::upstream, cause);
}

http::RequestHead request_of(const FetchUrl& url, const Fields& fields) {
  http::RequestHead head;
  head.path = url.path;
  head.query = url.query;
  head.has_query = url.has_query;
  head.host = url.authority;
  head.fields = &fields;
  head.keep_alive = false;
  return head;
}

// The answer itself, after what announces it.
Task<Result<Unit>> receive(net::Http1Client& client, Response& response) {
  constexpr int most_interim = 8;
  for (int i = 0; i <= most_interim; ++i) {
    auto receiving = client.receive_head(Method::get, response);
    if (auto received = co_await receiving; !received) co_return received.error();
    if (response.status >= 200) co_return Unit{};
  }
  co_return failed(Kind::malformed, "too_many_interim_answers");
}

Task<Result<std::string>> read_all(net::Http1Client& client, std::uint64_t announced, std::size_t max) {
  std::string body;
  if (announced != unknown_length && announced > max) co_return failed(Kind::too_large, "body_too_large");
  while (client.has_body()) {
    auto reading = client.read_body(64 * 1024);
    auto chunk = co_await reading;
    if (!chunk) co_return chunk.error();
    if (body.size() + chunk->bytes.size() > max) co_return failed(Kind::too_large, "body_too_large");
    body.append(chunk->bytes.data(), chunk->bytes.size());
  }
  co_return body;
}

Task<Result<Fetched>> ask(std::unique_ptr<net::Stream> stream, const FetchUrl& url, const Fetch& fetch) {
  Arena arena;
  Fields fields(arena);
  fields.add("User-Agent", "sluice");
  for (auto& [name, value] : fetch.fields) fields.add(name, value);
  net::Http1Client client(std::move(stream), {});
  auto sending = client.send_head(request_of(url, fields));
  if (auto sent = co_await sending; !sent) co_return sent.error();
  Response response(arena);
  auto receiving = receive(client, response);
  if (auto received = co_await receiving; !received) co_return received.error();
  auto reading = read_all(client, response.length, fetch.max_body.bytes);
  auto body = co_await reading;
  if (!body) co_return body.error();

  Fetched fetched;
  fetched.status = response.status;
  for (auto& f : response.fields) fetched.fields.emplace_back(f.name, f.value);
  fetched.body = std::move(*body);
  co_return fetched;
}

}  // namespace

HttpFetcher::HttpFetcher(net::Reactor& reactor, Lookup lookup, Dialler dialler)
    : reactor_(reactor), lookup_(std::move(lookup)), dialler_(std::move(dialler)) {}

Task<Result<Fetched>> HttpFetcher::fetch(Fetch fetch) {
  auto deadline = reactor_.now() + fetch.timeout;
  Within<Fetched> bounded(reactor_.timers(), deadline, attempt(fetch, deadline));
  auto fetched = co_await bounded;
  if (!fetched && fetched.error().kind == Kind::deadline) co_return failed(Kind::timeout, "fetch_timeout");
  co_return fetched;
}

Task<Result<Fetched>> HttpFetcher::attempt(const Fetch& fetch, TimePoint deadline) {
  auto url = FetchUrl::parse(fetch.url);
  if (!url) co_return url.error();
  if (!url->server.tls && !fetch.insecure)
    co_return Error(Kind::refused, Error::Side::internal, "insecure_url");
  std::shared_ptr<net::TlsEndpoint> tls;
  if (url->server.tls) {
    auto context = authorities_.context(fetch.ca);
    if (!context) co_return failed(Kind::unavailable, "ca_unreadable");
    tls = std::make_shared<net::TlsEndpoint>(std::move(context), url->server.address.host);
  }
  auto connecting = connect(url->server, std::move(tls), deadline);
  auto stream = co_await connecting;
  if (!stream) co_return stream.error();
  auto asking = ask(std::move(*stream), *url, fetch);
  co_return co_await asking;
}

Task<Result<Addresses>> HttpFetcher::addresses(std::string host) {
  if (auto ip = IpAddress::parse(host)) co_return Addresses{*ip};
  auto looking = lookup_(std::move(host));
  auto found = co_await looking;
  if (found && found->empty()) co_return failed(Kind::unavailable, "dns_empty");
  co_return found;
}

// Each address has its share of the time that is left, so that one which drops packets does not take it all.
Task<Dialled> HttpFetcher::connect(const config::EndpointUrl& server, std::shared_ptr<net::TlsEndpoint> tls,
                                   TimePoint deadline) {
  auto looking = addresses(server.address.host);
  auto found = co_await looking;
  if (!found) co_return found.error();
  Error last;
  for (std::size_t left = found->size(); left > 0; --left) {
    auto now = reactor_.now();
    DialTarget target(EndpointAddress((*found)[found->size() - left], server.address.port), tls);
    auto share = (deadline - now) / static_cast<Duration::rep>(left);
    auto dialling = dialler_(reactor_, std::move(target), now + share);
    auto stream = co_await dialling;
    if (stream) co_return std::move(stream);
    last = stream.error();
  }
  co_return last;
}

}  // namespace sluice::upstream
