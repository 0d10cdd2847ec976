// A TLS connection inside one thread: two transports over a socket pair.
//
//   TlsPair pair(server_context, endpoint);
//   ASSERT_TRUE(pair.shake());
//   EXPECT_EQ(pair.pass("hello"), "hello");          // client to server
//   EXPECT_EQ(pair.server->facts().server_name, "example.com");
#pragma once
#include <fcntl.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "net/socket.hpp"
#include "net/tls/transport.hpp"

namespace sluice::net {

struct SocketPair {
  std::unique_ptr<SocketTransport> one, other;

  SocketPair() {
    int fds[2];
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
    one = std::make_unique<SocketTransport>(Socket(fds[0]));
    other = std::make_unique<SocketTransport>(Socket(fds[1]));
  }
};

inline iovec part_of(std::string_view bytes) noexcept {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

inline Moved send_text(Transport& to, std::string_view bytes) noexcept {
  auto part = part_of(bytes);
  return to.send({&part, 1});
}

class TlsPair {
 public:
  std::unique_ptr<TlsTransport> server, client;

  TlsPair(std::shared_ptr<const TlsServerContext> context, std::shared_ptr<TlsEndpoint> endpoint) {
    SocketPair sockets;
    server = std::make_unique<TlsTransport>(std::move(sockets.one), std::move(context));
    client = std::make_unique<TlsTransport>(std::move(sockets.other), std::move(endpoint));
  }

  // True once both sides are done.
  bool shake() {
    for (int i = 0; i < 20; ++i) {
      auto c = client->handshake();
      auto s = server->handshake();
      if (c.how == Moved::How::broken && s.how == Moved::How::broken) return false;
      if (c.how == Moved::How::bytes && s.how == Moved::How::bytes) return true;
    }
    return false;
  }

  // One short message; returns what arrived.
  static std::string pass(TlsTransport& from, TlsTransport& to, std::string_view text) {
    send_text(from, text);
    char buffer[4096];
    auto moved = to.receive(buffer);
    return moved.how == Moved::How::bytes ? std::string(buffer, moved.count) : std::string("<nothing>");
  }
  std::string pass(std::string_view text) { return pass(*client, *server, text); }

  // The client takes in the tickets, which the server sent after the handshake.
  void take_tickets() { pass(*server, *client, "."); }
};

// A client made of OpenSSL alone, for what the project's own would never do.
struct PlainClient {
  SslContextPtr context{SSL_CTX_new(TLS_client_method())};
  SslSessionPtr session;  // offered where there is one

  struct Visit {
    std::unique_ptr<TlsTransport> server;
    std::unique_ptr<SocketTransport> socket;
    SslPtr ssl;
    bool done = false;

    // What the client has to read now; empty where nothing came.
    std::string read() {
      std::string text(64 * 1024, 0);
      int n = SSL_read(ssl.get(), text.data(), static_cast<int>(text.size()));
      ERR_clear_error();
      return text.substr(0, static_cast<std::size_t>(std::max(n, 0)));
    }
  };

  Visit visit(std::shared_ptr<const TlsServerContext> at, const char* name = nullptr) const {
    SocketPair sockets;
    Visit v{std::make_unique<TlsTransport>(std::move(sockets.one), std::move(at)), std::move(sockets.other),
            SslPtr(SSL_new(context.get()))};
    SSL_set_fd(v.ssl.get(), v.socket->descriptor());
    if (name) SSL_set_tlsext_host_name(v.ssl.get(), name);
    if (session) SSL_set_session(v.ssl.get(), session.get());
    for (int i = 0; i < 10; ++i) {
      bool client = SSL_connect(v.ssl.get()) == 1;
      v.done = (v.server->handshake().how == Moved::How::bytes) && client;
    }
    ERR_clear_error();
    return v;
  }

  // Takes in the tickets and keeps the session; true where this one was resumed.
  bool visit_and_keep(std::shared_ptr<const TlsServerContext> at, const char* name = nullptr) {
    auto v = visit(std::move(at), name);
    send_text(*v.server, ".");
    v.read();
    session.reset(SSL_get1_session(v.ssl.get()));
    SSL_set_shutdown(v.ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return v.server->facts().resumed;
  }
};

// A folder of its own, gone at the end.
class TestFolder {
 public:
  TestFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "sluice-tls-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  TestFolder(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(path_); }

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace sluice::net
