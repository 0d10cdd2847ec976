// The HTTP/1 conversation on a connection: request after request, until one side wants no more.
#pragma once
#include "net/connection.hpp"
#include "net/receive_buffer.hpp"

namespace sluice::net::http1 {

// `received` is what was already read after a PROXY header. Ends the connection when it returns.
Task<Unit> converse(Connection& connection, ReceiveBuffer received);

}  // namespace sluice::net::http1
