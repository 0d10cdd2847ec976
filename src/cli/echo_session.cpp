#include "cli/echo_session.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <nlohmann/json.hpp>

namespace sluice::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using server::StreamSocket;
using Json = nlohmann::ordered_json;
template <class T>
using Async = asio::awaitable<T>;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

using Parser = http::request_parser<http::buffer_body>;
using Reply = http::response<http::string_body>;

// A body of any length, of which the beginning is kept.
struct Received {
  static constexpr std::size_t kept = 64 * 1024;
  std::uint64_t size = 0;
  std::string beginning;

  void take(std::string_view bytes) {
    size += bytes.size();
    beginning.append(bytes.substr(0, kept - std::min(kept, beginning.size())));
  }
};

class Session {
 public:
  Session(StreamSocket socket, const EchoOptions& options) : socket_(std::move(socket)), options_(options) {}

  Async<void> run() {
    for (bool open = true; open;) {
      auto exchange = one_exchange();
      open = co_await std::move(exchange);
    }
    error_code ignored;
    socket_.shutdown(StreamSocket::shutdown_send, ignored);
  }

 private:
  // False: the connection is over.
  Async<bool> one_exchange() {
    Parser parser;
    parser.body_limit(boost::none);
    auto [failed, n] = co_await http::async_read_header(socket_, buffer_, parser, as_values);
    if (failed) co_return false;
    if (beast::websocket::is_upgrade(parser.get())) {
      auto echoing = echo_messages(parser);
      co_await std::move(echoing);
      co_return false;
    }
    auto receiving = receive(parser);
    auto received = co_await std::move(receiving);
    if (!received) co_return false;
    auto reply = reply_to(parser.get(), *received);
    if (options_.delay.count() > 0 && parser.get().target() != "/healthz") {
      auto waiting = wait();
      co_await std::move(waiting);
    }
    auto sending = send(std::move(reply), parser.get().method() == http::verb::head);
    co_return co_await std::move(sending);
  }

  Async<std::optional<Received>> receive(Parser& parser) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      auto [failed, n] = co_await asio::async_write(socket_, asio::buffer(go_on), as_values);
      if (failed) co_return std::nullopt;
    }
    Received received;
    while (!parser.is_done()) {
      auto& body = parser.get().body();
      body.data = chunk_.data();
      body.size = chunk_.size();
      auto [failed, n] = co_await http::async_read_some(socket_, buffer_, parser, as_values);
      received.take({chunk_.data(), chunk_.size() - body.size});
      if (failed && failed != http::error::need_buffer) co_return std::nullopt;
    }
    co_return received;
  }

  Reply reply_to(const Parser::value_type& request, const Received& received) const {
    Reply reply(static_cast<http::status>(options_.status), request.version());
    reply.keep_alive(request.keep_alive());
    if (request.target() == "/healthz") {
      reply.set(http::field::content_type, "text/plain");
      reply.body() = "ok\n";
    } else {
      reply.set(http::field::content_type, "application/json");
      reply.body() = describe(request, received);
    }
    reply.prepare_payload();
    return reply;
  }

  std::string describe(const Parser::value_type& request, const Received& received) const {
    Json json;
    json["name"] = options_.name;
    json["method"] = std::string(request.method_string());
    json["target"] = std::string(request.target());
    json["version"] = std::to_string(request.version() / 10) + '.' + std::to_string(request.version() % 10);
    auto& headers = json["headers"] = Json::object();
    for (auto& field : request) add(headers, std::string(field.name_string()), std::string(field.value()));
    json["body_size"] = received.size;
    if (received.size <= Received::kept) json["body"] = received.beginning;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
  }

  // A field that came twice is a list.
  static void add(Json& headers, const std::string& name, std::string value) {
    auto& there = headers[name];
    if (there.is_null())
      there = std::move(value);
    else if (there.is_array())
      there.push_back(std::move(value));
    else
      there = Json::array({there, std::move(value)});
  }

  Async<void> wait() {
    asio::steady_timer timer(socket_.get_executor(), options_.delay);
    co_await timer.async_wait(as_values);
  }

  Async<bool> send(Reply reply, bool head_only) {
    http::response_serializer<http::string_body> serializer(reply);
    serializer.split(head_only);
    if (head_only) {
      auto [failed, n] = co_await http::async_write_header(socket_, serializer, as_values);
      co_return !failed && reply.keep_alive();
    }
    auto [failed, n] = co_await http::async_write(socket_, serializer, as_values);
    co_return !failed && reply.keep_alive();
  }

  Async<void> echo_messages(Parser& parser) {
    beast::websocket::stream<StreamSocket> messages(std::move(socket_));
    auto [refused] = co_await messages.async_accept(parser.get(), as_values);
    for (beast::flat_buffer message; !refused; message.clear()) {
      auto [failed, n] = co_await messages.async_read(message, as_values);
      if (failed) break;
      messages.text(messages.got_text());
      auto [broken, m] = co_await messages.async_write(message.data(), as_values);
      if (broken) break;
    }
    socket_ = std::move(messages.next_layer());
  }

  StreamSocket socket_;
  const EchoOptions& options_;
  beast::flat_buffer buffer_;
  std::array<char, 64 * 1024> chunk_;
};

}  // namespace

Async<void> echo_session(StreamSocket socket, const EchoOptions& options) {
  auto session = std::make_unique<Session>(std::move(socket), options);
  auto running = session->run();
  co_await std::move(running);
}

}  // namespace sluice::cli
