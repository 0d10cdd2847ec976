// Listening sockets for Asio: for the servers that are not the data plane, over TCP and unix sockets alike.
#pragma once
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "server/system/listening.hpp"

namespace sluice::server {

using StreamSocket = boost::asio::generic::stream_protocol::socket;
using AsioAcceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

// One for each socket; they share it with `listening` and may outlive it.
std::vector<AsioAcceptor> acceptors_of(const Listening& listening, boost::asio::io_context& context);

}  // namespace sluice::server
