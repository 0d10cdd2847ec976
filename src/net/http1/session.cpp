#include "net/http1/session.hpp"

#include "http/h1_parser.hpp"
#include "net/http1/request_body.hpp"
#include "net/http1/sink.hpp"
#include "net/tls/transport.hpp"

namespace sluice::net::http1 {
namespace {

using State = http::Progress::State;

// How long the other side may take to see our end before we close, when it still sends (RFC 9112 §9.6).
constexpr auto linger_time = std::chrono::seconds(2);
constexpr std::size_t linger_bytes = 256 * 1024;

// Ends the exchange if serve() did not come to do it: it was destroyed while it waited.
class Abandonment {
 public:
  Abandonment(Connection& c, Exchange& x) noexcept : connection_(c), exchange_(x) {}
  Abandonment(const Abandonment&) = delete;
  ~Abandonment() {
    if (!exchange_.ended()) connection_.listener.handler.abandon(exchange_, connection_.end_reason);
  }

 private:
  Connection& connection_;
  Exchange& exchange_;
};

enum class Next : std::uint8_t { request, close, linger };

// One request and its answer. Lives in a recycled coroutine frame, exchange and arena included.
class Turn {
 public:
  Turn(Connection& c, ReceiveBuffer& received)
      : connection_(c),
        received_(received),
        exchange_(c.listener.reactor.worker(), arena_, c.peer),
        parser_(c.listener.settings->limits),
        reader_(c, received),
        sink_(c, reader_) {}

  Task<Next> run(bool may_keep_alive) {
    auto reading = read_head();
    auto progress = co_await reading;
    if (progress.state == State::need_more) co_return Next::close;
    Abandonment abandonment(connection_, exchange_);
    auto& handler = connection_.listener.handler;
    if (progress.state == State::fault) {
      auto refusing = handler.refuse(exchange_, sink_, progress.fault.status, progress.fault.cause);
      co_await refusing;
      co_return Next::linger;
    }
    if (misdirected()) {
      auto refusing = handler.refuse(exchange_, sink_, 421, "misdirected");
      co_await refusing;
      co_return Next::linger;
    }
    begin(progress.head_size, may_keep_alive);
    auto serving = handler.serve(exchange_, sink_);
    co_await serving;
    co_return after();
  }

 private:
  Task<http::Progress> read_head() {
    auto& stream = connection_.stream;
    auto now = stream.reactor().now();
    exchange_.timeline.start = now;
    auto progress = parser_.feed(received_.bytes(), exchange_.request, framing_);
    if (progress.state == State::need_more) {
      stream.set_read_deadline(now + connection_.listener.settings->head_timeout);
      auto waiting = read_more();
      progress = co_await waiting;
    }
    stream.set_read_deadline(TimePoint::max());
    exchange_.timeline.head = stream.reactor().now();
    co_return progress;
  }

  Task<http::Progress> read_more() {
    for (;;) {
      auto room = make_room();
      auto reading = connection_.stream.read(room);
      auto n = co_await reading;
      if (!n && n.error().kind == Error::Kind::timeout) co_return late();
      if (!n || *n == 0) co_return http::Progress::more();
      received_.received(*n);
      auto progress = parser_.feed(received_.bytes(), exchange_.request, framing_);
      if (progress.state != State::need_more) co_return progress;
    }
  }

  // A connection that said nothing is closed without a word; one that began is told.
  http::Progress late() const noexcept {
    if (received_.empty()) return http::Progress::more();
    return http::Progress::refuse({408, "head_timeout"});
  }

  std::span<char> make_room() {
    auto& pool = connection_.listener.reactor.buffers();
    auto room = received_.room(pool);
    if (!room.empty()) return room;
    if (!received_.compact()) received_.grow(connection_.listener.settings->limits.head + 1);
    parser_.reset(exchange_.request);
    return received_.room(pool);
  }

  // RFC 9110 §15.5.20: the host would have been shown another certificate, or asked for one.
  bool misdirected() const noexcept {
    auto& host = exchange_.request.host;
    if (!connection_.peer.tls() || host == connection_.peer.server_name) return false;
    return !static_cast<const TlsTransport&>(connection_.stream.transport()).serves(host);
  }

  void begin(std::size_t head_size, bool may_keep_alive) {
    received_.consume(head_size);
    auto& request = exchange_.request;
    request.scheme = connection_.peer.tls() ? "https" : "http";
    exchange_.protocol = framing_.minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
    sink_.answer_to(framing_, request.method, may_keep_alive);
    if (framing_.body != http::Framing::Body::none) {
      request.upgrade = {};
      // RFC 9110 §10.1.1: who sends already does not wait.
      request.expects_continue = framing_.expects_continue &= received_.empty();
      reader_.begin(framing_, exchange_);
      request.body = std::make_unique<RequestBody>(reader_);
    } else if (!request.upgrade.empty()) {
      reader_.begin_tunnel(exchange_);
      request.body = std::make_unique<RequestBody>(reader_);
      request.length = unknown_length;
    }
  }

  Next after() {
    if (sink_.aborted() || connection_.stream.broken()) return Next::close;
    if (sink_.keep_alive() && (reader_.complete() || reader_.skip_rest())) {
      reader_.hand_over(received_);
      return Next::request;
    }
    return reader_.complete() ? Next::close : Next::linger;
  }

  Connection& connection_;
  ReceiveBuffer& received_;
  Arena arena_;
  Exchange exchange_;
  http::Framing framing_;
  http::RequestParser parser_;
  RequestReader reader_;
  Sink sink_;
};

Task<Next> take_turn(Connection& c, ReceiveBuffer& received, bool may_keep_alive) {
  Turn turn(c, received);
  auto running = turn.run(may_keep_alive);
  co_return co_await running;
}

// Reads on for a while after our end: a client that still sends would otherwise lose the answer to a reset.
Task<Unit> linger(Connection& c) {
  c.stream.set_read_deadline(c.stream.reactor().now() + linger_time);
  auto sink = c.stream.reactor().buffers().take();
  for (std::size_t total = 0; total < linger_bytes;) {
    auto reading = c.stream.read({sink.data(), sink.size()});
    auto n = co_await reading;
    if (!n || *n == 0) break;
    total += *n;
  }
  co_return Unit{};
}

// Closing says the end of a plain connection by itself; TLS has to say it, and so has a half-close.
Task<Unit> say_goodbye(Connection& c, bool lingers) {
  if (lingers || c.peer.tls()) c.stream.finish();
  auto draining = c.stream.drained();
  if (auto sent = co_await draining; sent && lingers) {
    auto lingering = linger(c);
    co_await lingering;
  }
  co_return Unit{};
}

bool wants_another(const Connection& c, unsigned served) noexcept {
  auto limit = c.listener.settings->requests_per_connection;
  return !c.listener.draining && (limit == 0 || served < limit);
}

enum class Heard : std::uint8_t { something, nothing, end };

// The memory is borrowed only if there is something to put in it.
Heard listen(Connection& c, ReceiveBuffer& received) {
  auto moved = c.stream.try_read(received.room(c.listener.reactor.buffers()));
  if (moved.how == Moved::How::bytes) {
    received.received(moved.count);
    return Heard::something;
  }
  received.release();
  return moved.how == Moved::How::would_block ? Heard::nothing : Heard::end;
}

void await_next(Connection& c, bool first) noexcept {
  auto& settings = *c.listener.settings;
  c.idle = true;
  c.stream.set_read_deadline(c.stream.reactor().now() +
                             (first ? settings.head_timeout : settings.idle_timeout));
}

}  // namespace

Task<Unit> converse(Connection& c, ReceiveBuffer received) {
  Next next = Next::request;
  for (unsigned served = 1; next == Next::request; ++served) {
    auto heard = received.empty() ? Heard::nothing : Heard::something;
    if (heard == Heard::nothing) {
      received.release();
      await_next(c, served == 1);
    }
    while (heard == Heard::nothing) heard = co_await c.stream.readable() ? listen(c, received) : Heard::end;
    if (heard == Heard::end) break;
    c.idle = false;
    auto turn = take_turn(c, received, wants_another(c, served));
    next = co_await turn;
  }
  auto saying_goodbye = say_goodbye(c, next == Next::linger);
  co_await saying_goodbye;
  c.end();
  co_return Unit{};
}

}  // namespace sluice::net::http1
