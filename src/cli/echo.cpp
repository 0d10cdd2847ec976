#include "cli/echo.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>

#include "cli/command_line.hpp"
#include "cli/echo_session.hpp"
#include "server/system/privileges.hpp"

namespace sluice::cli {
namespace {

namespace asio = boost::asio;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> accept_all(server::AsioAcceptor acceptor, const EchoOptions& options) {
  asio::steady_timer pause(acceptor.get_executor());
  while (acceptor.is_open()) {
    auto [failed, socket] = co_await acceptor.async_accept(as_values);
    if (!failed) {
      asio::co_spawn(acceptor.get_executor(), echo_session(std::move(socket), options), asio::detached);
      continue;
    }
    // Out of descriptors, as a rule: the connections that are there will end.
    pause.expires_after(std::chrono::milliseconds(100));
    co_await pause.async_wait(as_values);
  }
}

}  // namespace

int echo(const EchoOptions& asked) {
  auto listening = server::open_listening(asked.bind, {.workers = 1, .backlog = 4096});
  if (!listening) {
    std::cerr << "sluice echo: " << listening.failure() << '\n';
    return bad_configuration;
  }
  server::raise_descriptor_limit();
  auto options = asked;
  if (options.name.empty()) options.name = (*listening)->actual_address().to_string();

  asio::io_context context(1);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { context.stop(); });
  for (auto& acceptor : server::acceptors_of(**listening, context))
    asio::co_spawn(context, accept_all(std::move(acceptor), options), asio::detached);
  std::cerr << "echo '" << options.name << "' listens on " << (*listening)->actual_address().to_string()
            << std::endl;
  context.run();
  return fine;
}

}  // namespace sluice::cli
