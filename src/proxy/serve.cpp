// The order of things: who asks -> which route -> filters -> upstream -> hooks -> head -> body -> end. Every
// way out of it ends in finish(), and nothing that is thrown leaves it.
#include "proxy/serve.hpp"

#include "proxy/announced_length.hpp"
#include "proxy/deadline.hpp"
#include "proxy/local_reply.hpp"
#include "proxy/rewrite.hpp"
#include "proxy/shedding.hpp"

namespace sluice::proxy {
namespace {

// A client that takes a piece as fast as it comes gets larger ones: each costs a pass through the kernel's
// stack. One that is slow holds no more than it must.
constexpr std::size_t first_piece = 64 * 1024;
constexpr std::size_t flowing_piece = 256 * 1024;

}  // namespace

Task<Unit> Gateway::serve(Exchange& x, ResponseSink& sink) const {
  begin(x);
  auto answering = answer(x, &sink, 0);
  co_await answering;
  auto concluding = conclude(x, sink);
  co_await concluding;
  co_return Unit{};
}

// Fills the response, whatever happens.
Task<Unit> Gateway::answer(Exchange& x, ResponseSink* sink, std::size_t from) const {
  auto& snapshot = *x.snapshot.get();
  try {
    auto unrouted = x.route ? Unrouted() : admit(x, snapshot);
    if (x.response.status == 0) shed_if_overloaded(x, snapshot);
    if (x.response.status == 0) {
      Deadline deadline(x, snapshot);
      Within<Unit> producing(x.worker.timers, x.deadline, produce(x, sink, from, unrouted));
      auto bound = deadline.bind(producing);
      auto produced = co_await producing;
      if (!produced) refuse_for(x, deadline.explain(produced.error()));
    }
  } catch (...) {
    fault(x, "serve");
  }
  explain_refusal(x);
  if (x.hook_mark()) {
    auto running = run_hooks(x);
    co_await running;
  }
  co_return Unit{};
}

// What has to be done within the deadline.
Task<Result<Unit>> Gateway::produce(Exchange& x, ResponseSink* sink, std::size_t from,
                                    Unrouted unrouted) const {
  auto& chain = chain_of(x, *x.snapshot.get(), from);
  auto filtering = chain.run(x, from);
  if (co_await filtering == Verdict::reply) co_return Unit{};
  if (!x.route) {
    answer_unrouted(x, unrouted);
  } else if (x.thrift == Exchange::Thrift::stored_only) [[unlikely]] {
    shed(x, *x.snapshot.get());
  } else if (auto* local = std::get_if<Respond>(&x.route->action)) {
    respond(x, *local);
  } else if (auto* elsewhere = std::get_if<Redirect>(&x.route->action)) {
    redirect(x, elsewhere->status, location_of(x, *elsewhere));
  } else {
    x.timeline.forwarded = x.worker.timers.exact();
    auto forwarding = forwarding_.forward(x, std::get<Forward>(x.route->action), sink);
    co_return co_await forwarding;
  }
  co_return Unit{};
}

// Last in first out. A hook that throws makes the response a 500, one that is late is skipped: the outer ones
// run in any case.
Task<Unit> Gateway::run_hooks(Exchange& x) const {
  while (x.hook_mark()) {
    try {
      auto running = x.run_hooks();
      if (running.ready()) continue;
      Within<Unit> bounded(x.worker.timers, x.worker.timers.now() + hook_grace, settle(std::move(running)));
      auto done = co_await bounded;
      if (!done) late_hooks_.add(x.worker.index);
    } catch (...) {
      fault(x, "hook");
    }
  }
  explain_refusal(x);
  co_return Unit{};
}

// Once the head is out a fault can only cut the answer off: there is never a second one.
Task<Unit> Gateway::conclude(Exchange& x, ResponseSink& sink) const {
  auto sent = ok();
  try {
    finish_head(x);
    auto sending = send(x, sink);
    sent = co_await sending;
  } catch (...) {
    fault(x, "answer");
    sent = x.error;
  }
  if (!sent) sink.abort(sent.error());
  finish(x, sent);
  co_return Unit{};
}

Task<Result<Unit>> Gateway::send(Exchange& x, ResponseSink& sink) const {
  x.timeline.responded = x.worker.timers.exact();
  auto head = sink.head(x.response);
  auto sent = co_await head;
  if (!sent || !x.response.body) co_return sent;
  auto piece = first_piece;
  for (bool end = false; !end;) {
    auto reading = x.response.body->read(piece);
    auto chunk = co_await reading;
    if (!chunk) co_return chunk.error();
    if (!keeps_word(x.response.length, x.sent, *chunk)) co_return length_error();
    auto writing = sink.body(*chunk);
    piece = writing.ready() ? flowing_piece : first_piece;
    sent = co_await writing;
    if (!sent) co_return sent;
    x.sent += chunk->bytes.size();
    end = chunk->end;
  }
  co_return Unit{};
}

Task<Unit> Gateway::refuse(Exchange& x, ResponseSink& sink, std::uint16_t status, const char* reason) const {
  begin(x);
  if (status != 408) x.flags.set(Flag::dpe);
  x.refuse(status, reason);
  explain_refusal(x);
  auto concluding = conclude(x, sink);
  co_await concluding;
  co_return Unit{};
}

// How much time its client had left is nothing to an exchange that has none.
Task<Unit> Gateway::run(Exchange& x) const {
  if (auto& field = x.route->deadline_field) x.request.fields.remove(field->text);
  auto answering = answer(x, nullptr, x.route->chain.first_of(Phase::upstream));
  co_await answering;
  co_return Unit{};
}

}  // namespace sluice::proxy
