#include "server/drain.hpp"

#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
constexpr auto look_again = 20ms;
constexpr auto background_grace = 1s;

}  // namespace

Drain::Drain(boost::asio::io_context& context, Process& process, std::function<void()> done)
    : process_(process), done_(std::move(done)), timer_(context) {}

template <class F>
void Drain::after(Duration delay, F f) {
  timer_.expires_after(delay);
  timer_.async_wait([f](boost::system::error_code cancelled) {
    if (!cancelled) f();
  });
}

void Drain::begin() {
  begun_ = true;
  process_.standing().drain();
  settings_ = process_.standing().published()->config->drain;
  log::info("drain.begun", {{"accept", settings_.accept}, {"finish", settings_.finish}});
  after(settings_.accept, [this] { stop_accepting(); });
}

void Drain::end_at_once() {
  log::warn("drain.cut_short");
  timer_.cancel();
  process_.drain({});
  process_.cut();
  done_();
}

// The last WebSocket still has a fifth of the time to answer.
void Drain::stop_accepting() {
  process_.drain(settings_.finish - settings_.finish / 5);
  until_ = Clock::now() + settings_.finish;
  await_last_connection();
}

void Drain::await_last_connection() {
  if (process_.busy() != Busy::clients) {
    log::info("drain.done");
    return finish_background();
  }
  if (Clock::now() >= until_) return cut();
  after(look_again, [this] { await_last_connection(); });
}

void Drain::cut() {
  log::warn("drain.cut", {{"after", settings_.finish}});
  process_.cut();
  finish_background();
}

// Nobody waits for it any longer.
void Drain::finish_background() {
  until_ = Clock::now() + background_grace;
  await_background();
}

void Drain::await_background() {
  if (process_.busy() == Busy::no || Clock::now() >= until_) return done_();
  after(look_again, [this] { await_background(); });
}

}  // namespace sluice::server
