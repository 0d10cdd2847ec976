// One connection of the demonstration upstream.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "cli/echo.hpp"
#include "server/system/asio_acceptor.hpp"

namespace sluice::cli {

// Until the connection ends. `options` outlives it.
boost::asio::awaitable<void> echo_session(server::StreamSocket socket, const EchoOptions& options);

}  // namespace sluice::cli
