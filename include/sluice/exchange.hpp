// Exchange: one request and its answer, from the first byte of the head to the access record. The session
// owns it, everybody else borrows it. Filters, forwarder and hooks read and change it; `end()` is its one
// end.
//
//   Eventual<Verdict> on_request(Exchange& x) const override {
//     if (!allowed(x.client)) return x.refuse(403, "ip_denied");
//     x.on_response([](Exchange& y) -> Eventual<Unit> {          // any answer, local or upstream's
//       y.response.fields.set(FieldId::vary, "Vary", "Origin");
//       return Unit{};
//     });
//     x.on_end([slot = take_slot()](const Outcome&) noexcept {}); // exactly once, whatever happened
//     return Verdict::proceed;
//   }
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sluice/arena.hpp"
#include "sluice/client_certificate.hpp"
#include "sluice/clock.hpp"
#include "sluice/eventual.hpp"
#include "sluice/http.hpp"
#include "sluice/ip.hpp"
#include "sluice/principal.hpp"
#include "sluice/response_flags.hpp"
#include "sluice/scope.hpp"
#include "sluice/worker.hpp"

namespace sluice {

class Exchange;
class Snapshot;
struct Route;

// The other end of the connection that a request came over. Lives as long as the connection.
struct Peer {
  std::string_view listener;  // its name
  IpAddress address;          // of the socket, or what a trusted PROXY header says
  std::uint16_t port = 0;
  std::string_view address_text;  // "unix" for a unix socket
  IpAddress local_address;
  std::uint16_t local_port = 0;
  bool is_unix = false;
  std::string_view tls_version;                           // "TLSv1.3"; empty without TLS
  std::string_view server_name;                           // SNI, lower case; empty without
  const ClientCertificate* client_certificate = nullptr;  // verified; null: there is none

  bool tls() const noexcept { return !tls_version.empty(); }
};

// A capture of the route's path pattern, as it was encoded in the path.
struct PathParameter {
  std::string_view name, value;
};

// How it ended. The observers of on_end and the access record see it.
struct Outcome {
  std::uint16_t status;  // what the client was sent, or 499 when it left before
  std::uint64_t sent;    // bytes of the response's body
  bool complete;         // to the last byte
  Error error;           // meaningful unless complete, or when the reply is local
  ResponseFlags flags;   // what went wrong; none when nothing did
};

// The rest of the chain, the forwarder and the inner hooks: what a background refresh needs. Fills
// exchange.response and writes nothing.
class Onward {
 public:
  virtual ~Onward() = default;
  virtual Task<Unit> run(Exchange&) const = 0;
};

// Keeps a snapshot alive for one exchange. The count is the worker's own and not atomic.
class SnapshotPin {
 public:
  struct Cell {
    std::shared_ptr<const Snapshot> snapshot;
    std::uint32_t uses = 0;
  };

  SnapshotPin() = default;
  explicit SnapshotPin(Cell& cell) noexcept : cell_(&cell) { ++cell.uses; }
  SnapshotPin(SnapshotPin&& o) noexcept : cell_(std::exchange(o.cell_, nullptr)) {}
  SnapshotPin& operator=(SnapshotPin&& o) noexcept {
    std::swap(cell_, o.cell_);
    return *this;
  }
  ~SnapshotPin() {
    if (cell_) --cell_->uses;
  }
  // Another pin of the same snapshot: for an exchange that outlives this one, on the same worker.
  SnapshotPin again() const noexcept { return cell_ ? SnapshotPin(*cell_) : SnapshotPin(); }
  const Snapshot* get() const noexcept { return cell_ ? cell_->snapshot.get() : nullptr; }

 private:
  Cell* cell_ = nullptr;
};

enum class Verdict : std::uint8_t { proceed, reply };  // the reply itself stands in exchange.response

class Exchange {
 public:
  Exchange(Worker& w, Arena& a, const Peer& p) noexcept
      : worker(w),
        arena(a),
        peer(p),
        request(a),
        response(a),
        client(p.address),
        client_text(p.address_text) {}
  Exchange(const Exchange&) = delete;
  ~Exchange();

  Worker& worker;
  Arena& arena;
  const Peer& peer;

  Request request;
  Response response;

  SnapshotPin snapshot;
  const Route* route = nullptr;
  std::string_view protocol;                  // as the client spoke it: "HTTP/1.1"
  std::string_view route_name;                // empty: none matched
  std::span<const PathParameter> parameters;  // of the route's pattern
  const Onward* onward = nullptr;

  Principal principal;
  IpAddress client;  // the rightmost untrusted address, walking from the peer
  std::string_view client_text;
  std::string_view id;  // request id

  // Where the time went. Points that were not reached stay at TimePoint{}.
  struct Timeline {
    TimePoint start;      // first byte of the head
    TimePoint head;       // head complete
    TimePoint forwarded;  // chain passed, first attempt begins
    TimePoint connected;  // last attempt: connection at hand
    TimePoint answered;   // last attempt: head of the answer
    TimePoint responded;  // head of the answer handed to the session
  } timeline;

  // The attempts so far, for log, metrics and the answer's source.
  struct Upstream {
    std::string_view name, endpoint;
    unsigned attempts = 0;
    std::span<std::string_view> tries;  // those that failed and were followed, as "endpoint:reason"
  } upstream;

  struct Problem {
    std::string_view detail, members;
  } problem;  // of the refusal, where whoever refused says more than the status does

  Error error;                 // why the reply is local, where it is not a filter's
  ResponseFlags flags;         // set where the fault is understood
  std::uint64_t received = 0;  // bytes of the request's body
  std::uint64_t sent = 0;      // bytes of the answer's body
  TimePoint deadline = TimePoint::max();
  std::size_t buffer = ~std::size_t{0};  // what may be held of the request's body: the route's `buffer`

  // What the gateway spares itself for this request, because it has too much to do.
  enum class Thrift : std::uint8_t {
    none,
    stored_first,  // what a cache has is good enough, stale too
    stored_only    // and nobody else is asked: without it the request is shed
  } thrift = Thrift::none;

  // What each filter of the chain came to, in their order; only where it was asked for. In the arena.
  struct Span {
    enum class What : std::uint8_t {
      proceed,
      reply,
      shadow_reply,  // it would have refused, and was not heard
      fault,         // it threw
      off
    };
    std::string_view filter;
    What what;
    const char* reason;  // of a reply: a literal; otherwise empty
    Duration took;
    Span* next;
  };
  struct Trace {
    Span* first = nullptr;
    Span* last = nullptr;
  };
  Trace* trace = nullptr;

  // What filters in shadow would have refused, as "policy:reason"; the first few. For the access record.
  std::span<std::string_view> shadowed;

  // Makes the answer a local one: a problem document. `reason` is a literal for the access log; a filter adds
  // its own fields (WWW-Authenticate) to response.fields afterwards.
  Verdict refuse(std::uint16_t status, const char* reason) noexcept;

  // What the problem document of a refusal says besides its status: `detail` for people, and further members
  // as JSON text without braces (`"errors":[...]`). Both live as long as the exchange; no internals in them.
  void explain(std::string_view detail, std::string_view members = {}) noexcept {
    problem = {detail, members};
  }

  // The whole body, replacing request.body by one that can be read again. Error::too_large over `max` or
  // `buffer`; the body can then still be read from its first byte on, once. A client that waits for a 100
  // gets it.
  Eventual<Result<std::span<const char>>> buffer_body(std::size_t max);

  // A hook on the answer, run before its head goes out, last in first out, on every answer. It may wait,
  // replace the response, or wrap its body. Dropped where the filter is in shadow.
  template <class F>
  void on_response(F f);
  // An observer of the end, run exactly once, also when the client left before any answer. Kept in shadow.
  template <class F>
  void on_end(F f);

  // The session says that bytes of the body came in: they are counted, and the deadline starts anew.
  void body_received(std::size_t bytes) noexcept;
  // serve() lets the deadline be moved while it waits under it: by `timeout` from the last piece of the body,
  // but never past `latest`. Null: it waits no longer.
  void bind_deadline(Within<Unit>* bound, Duration timeout = {},
                     TimePoint latest = TimePoint::max()) noexcept {
    bound_ = bound;
    timeout_ = timeout;
    latest_ = latest;
  }
  // No deadline from here on (a tunnel).
  void lift_deadline() noexcept;

  // For chain and serve(). run_hooks: the hooks left so far, each unlinked before it runs.
  Eventual<Unit> run_hooks();
  void* hook_mark() const noexcept { return hooks_; }
  void drop_hooks(void* down_to) noexcept;

  // Cancels tasks, drops hooks, destroys both bodies, runs the observers, last in first out. What they
  // captured dies only when all have run: it may keep memory alive that another one looks at. Idempotent.
  void end(const Outcome& outcome) noexcept;
  bool ended() const noexcept { return ended_; }

 private:
  struct Hook {
    Hook* next;
    Eventual<Unit> (*run)(Hook*, Exchange&);
    void (*drop)(Hook*) noexcept;
  };
  struct Observer {
    Observer* next;
    void (*run)(Observer*, const Outcome&) noexcept;
    void (*drop)(Observer*) noexcept;
  };
  struct HookHolder {
    Hook* hook;
    explicit HookHolder(Hook* h) noexcept : hook(h) {}
    HookHolder(HookHolder&& o) noexcept : hook(std::exchange(o.hook, nullptr)) {}
    ~HookHolder() { drop(); }
    void drop() noexcept {
      if (auto* h = std::exchange(hook, nullptr)) h->drop(h);
    }
  };

  void drop_observers() noexcept;
  Task<Unit> rest_of_hooks(Eventual<Unit> waiting, HookHolder hook);
  Task<Result<std::span<const char>>> read_whole_body(std::size_t max, Eventual<Result<Chunk>> reading);

  Hook* hooks_ = nullptr;
  Observer* observers_ = nullptr;
  Within<Unit>* bound_ = nullptr;
  Duration timeout_{};
  TimePoint latest_ = TimePoint::max();
  bool ended_ = false;

 public:
  Scope tasks;  // children that live as long as the exchange: upload pump, tunnel. Last: it dies first
};

template <class F>
void Exchange::on_response(F f) {
  struct Holder : Hook {
    F f;
    Holder(Hook* after, F g) : Hook{after, nullptr, nullptr}, f(std::move(g)) {}
  };
  auto* h = new (arena.take(sizeof(Holder), alignof(Holder))) Holder(hooks_, std::move(f));
  h->run = [](Hook* base, Exchange& x) -> Eventual<Unit> { return static_cast<Holder*>(base)->f(x); };
  h->drop = [](Hook* base) noexcept { static_cast<Holder*>(base)->~Holder(); };
  hooks_ = h;
}

template <class F>
void Exchange::on_end(F f) {
  static_assert(std::is_nothrow_invocable_v<F, const Outcome&>, "an observer of the end is noexcept");
  struct Holder : Observer {
    F f;
    Holder(Observer* after, F g) : Observer{after, nullptr, nullptr}, f(std::move(g)) {}
  };
  auto* h = new (arena.take(sizeof(Holder), alignof(Holder))) Holder(observers_, std::move(f));
  h->run = [](Observer* base, const Outcome& o) noexcept { static_cast<Holder*>(base)->f(o); };
  h->drop = [](Observer* base) noexcept { static_cast<Holder*>(base)->~Holder(); };
  observers_ = h;
}

}  // namespace sluice
