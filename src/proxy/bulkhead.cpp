#include "proxy/bulkhead.hpp"

#include <charconv>
#include <new>

namespace sluice::proxy {
namespace {

using upstream::Breaker;

// In whole seconds, rounded up: whoever comes back too early is refused again.
void tell_when(Exchange& x, Duration wait) {
  x.on_response([wait](Exchange& y) -> Eventual<Unit> {
    auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
    constexpr std::size_t digits = 20;
    char* text = y.arena.bytes(digits);
    auto size = static_cast<std::size_t>(std::to_chars(text, text + digits, seconds).ptr - text);
    if (y.response.local) y.response.fields.set(FieldId::retry_after, "Retry-After", {text, size});
    return Unit{};
  });
}

}  // namespace

Result<Breaker::Ticket*> enter(Exchange& x, upstream::Upstream& upstream) {
  auto* rules = upstream.breaker_rules();
  if (!rules) return nullptr;
  auto admission = upstream.breaker().admit(*rules, x.worker.index, x.worker.timers.now());
  if (!admission.ticket) {
    tell_when(x, admission.wait);
    return Error(Error::Kind::unavailable, Error::Side::upstream, admission.refusal, Error::Retry::always);
  }
  auto* place = x.arena.take(sizeof(Breaker::Ticket), alignof(Breaker::Ticket));
  auto* ticket = new (place) Breaker::Ticket(std::move(admission.ticket));
  x.on_end([ticket](const Outcome&) noexcept { ticket->~Ticket(); });
  return ticket;
}

void Judged::say(bool well) noexcept {
  open_ = false;
  upstream_.observe(x_.worker, endpoint_, well);
  if (ticket_) ticket_->observe(well, x_.worker.timers.now());
}

// What was never tried says nothing: a full pool, a name without an address. Nor does a client's fault.
void Judged::judge(const Error& error) noexcept {
  if (error.side == Error::Side::upstream && error.kind != Error::Kind::unavailable) return say(false);
  if (error.kind != Error::Kind::deadline) open_ = false;
}

}  // namespace sluice::proxy
