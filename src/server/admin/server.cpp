#include "server/admin/server.hpp"

#include <pthread.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstring>

#include "server/system/socket_address.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http1 = beast::http;
using Stream = beast::basic_stream<asio::generic::stream_protocol>;
using Parser = http1::request_parser<http1::string_body>;
using Reply = http1::response<http1::string_body>;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

std::string text(beast::string_view s) {
  return {s.data(), s.size()};
}

// The client's address, for the log.
std::string peer_of(const StreamSocket& socket) {
  boost::system::error_code gone;
  auto endpoint = socket.remote_endpoint(gone);
  if (gone) return "gone";
  SocketAddress peer;
  std::memcpy(peer.get(), endpoint.data(), std::min(endpoint.size(), sizeof peer.storage));
  return peer.family() == AF_UNIX ? "unix" : peer.ip().to_string();
}

AdminRequest request_of(const Parser::value_type& r, const std::string& peer) {
  auto target = text(r.target());
  return {.method = text(r.method_string()),
          .path = target.substr(0, target.find('?')),
          .host = text(r[http1::field::host]),
          .has_origin = r.find(http1::field::origin) != r.end(),
          .authorization = text(r[http1::field::authorization]),
          .content_type = text(r[http1::field::content_type]),
          .body = r.body(),
          .peer = peer};
}

Reply reply_of(AdminReply answer, unsigned version, bool keep_alive) {
  Reply reply(static_cast<http1::status>(answer.status), version);
  reply.set(http1::field::content_type, answer.type);
  reply.set(http1::field::cache_control, "no-store");
  for (auto& [name, value] : answer.fields) reply.set(name, value);
  reply.keep_alive(keep_alive);
  reply.body() = std::move(answer.body);
  reply.prepare_payload();
  return reply;
}

// Beast's faults of a head or body that came; anything else is a connection that ended.
std::optional<AdminReply> refusal_of(boost::system::error_code fault) {
  if (fault == http1::error::header_limit) return problem(431, "the head is too large");
  if (fault == http1::error::body_limit) return problem(413, "the body is too large");
  if (fault == http1::error::end_of_stream || fault == http1::error::partial_message) return std::nullopt;
  if (fault.category() == http1::make_error_code(http1::error::end_of_stream).category())
    return problem(400, "this is no HTTP request");
  return std::nullopt;
}

asio::awaitable<bool> send(Stream& stream, const Reply& reply, bool head_only) {
  http1::response_serializer<http1::string_body> serializer(reply);
  if (head_only) {
    serializer.split(true);
    auto [failed, n] = co_await http1::async_write_header(stream, serializer, as_values);
    co_return !failed;
  }
  auto [failed, n] = co_await http1::async_write(stream, serializer, as_values);
  co_return !failed;
}

}  // namespace

AdminServer::AdminServer(const Listening& listening, AdminHandler& handler, AdminLimits limits)
    : handler_(handler), limits_(limits) {
  for (auto& acceptor : acceptors_of(listening, context_))
    asio::co_spawn(context_, accept_all(std::move(acceptor)), asio::detached);
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "admin");
    context_.run();
  });
}

AdminServer::~AdminServer() {
  handler_.stop();
  context_.stop();
  thread_.join();
}

asio::awaitable<void> AdminServer::accept_all(AsioAcceptor acceptor) {
  asio::steady_timer pause(acceptor.get_executor());
  for (;;) {
    auto [failed, socket] = co_await acceptor.async_accept(as_values);
    if (!failed && connections_ < limits_.connections) {
      ++connections_;
      asio::co_spawn(context_, talk(std::move(socket)), [this](std::exception_ptr fault) {
        --connections_;
        if (fault) log::error("admin.fault");
      });
    } else if (failed) {  // out of descriptors, as a rule
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(as_values);
    }
  }
}

asio::awaitable<void> AdminServer::talk(StreamSocket socket) {
  auto peer = peer_of(socket);
  Stream stream(std::move(socket));
  beast::flat_buffer buffer;
  for (bool open = true; open;) {
    Parser parser;
    parser.header_limit(limits_.head);
    parser.body_limit(limits_.body);
    stream.expires_after(limits_.time);
    auto [fault, n] = co_await http1::async_read(stream, buffer, parser, as_values);
    auto refusal = fault ? refusal_of(fault) : std::nullopt;
    if (fault && !refusal) break;

    auto& request = parser.get();
    open = !refusal && request.keep_alive();
    auto answer = refusal ? std::move(*refusal) : handler_.answer(request_of(request, peer));
    auto reply = reply_of(std::move(answer), refusal ? 11 : request.version(), open);
    stream.expires_after(limits_.time);
    auto sending = send(stream, reply, !refusal && request.method() == http1::verb::head);
    bool sent = co_await std::move(sending);
    open = open && sent;
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(StreamSocket::shutdown_send, ignored);
}

}  // namespace sluice::server
