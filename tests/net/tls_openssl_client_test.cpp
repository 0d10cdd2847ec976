// Against `openssl s_client`: a client that nobody here wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include <atomic>
#include <thread>

#include "net/test_certificates.hpp"
#include "net/tls_pair.hpp"

namespace sluice::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

void wait_for(int descriptor, short events) {
  pollfd p{descriptor, events, 0};
  ::poll(&p, 1, 10'000);
}

// Serves one connection after the other: answers the first line with "<line>|<client subject>", then ends.
class Server {
 public:
  explicit Server(std::shared_ptr<const TlsServerContext> context) : context_(std::move(context)) {
    listening_ = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    auto address = SocketAddress::ip(*IpAddress::parse("127.0.0.1"), 0);
    ::bind(listening_.get(), address.get(), address.size);
    ::listen(listening_.get(), 16);
    ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&bound_.storage), &bound_.size);
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    stop_ = true;
    ::shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(bound_.port()); }

 private:
  void run() {
    while (!stop_) {
      wait_for(listening_.get(), POLLIN);
      Socket accepted(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!accepted) continue;
      TlsTransport tls(std::make_unique<SocketTransport>(std::move(accepted)), context_);
      converse(tls);
    }
  }

  static void converse(TlsTransport& tls) {
    Moved moved;
    while ((moved = tls.handshake()).how == Moved::How::would_block) wait_for(tls.descriptor(), POLLIN);
    std::string line;
    while (moved.how == Moved::How::bytes && line.find('\n') == line.npos) {
      char buffer[512];
      moved = tls.receive(buffer);
      line.append(buffer, moved.count);
      if (moved.how != Moved::How::would_block) continue;
      wait_for(tls.descriptor(), POLLIN);
      moved = Moved::some(0, false);
    }
    if (moved.how == Moved::How::bytes)
      send_text(tls, line.substr(0, line.find('\n')) + "|" +
                         (tls.facts().client ? tls.facts().client->subject : "") + "\n");
    tls.finish();
  }

  std::shared_ptr<const TlsServerContext> context_;
  Socket listening_;
  SocketAddress bound_{{}, sizeof(sockaddr_storage)};
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class OpensslClient : public testing::Test {
 protected:
  OpensslClient() {
    folder_.write("ca.pem", authority_.certificate());
    auto person = authority_.issue({.common_name = "ann"});
    folder_.write("ann.pem", person.certificate);
    folder_.write("ann.key", person.key);
    settings_.certificates = {authority_.issue({.names = {"DNS:a.example"}, .key = TestKey::rsa}).pair("rsa"),
                              authority_.issue({.names = {"DNS:a.example"}}).pair("ecdsa")};
  }

  void start() {
    TlsNotes notes;
    auto context = TlsServerContext::build(settings_, wall_now(), notes);
    ASSERT_TRUE(context) << notes.errors.front();
    server_.emplace(context);
  }

  // All that it prints. It says "hello", and goes on until the server ends.
  std::string run(const std::string& options) {
    auto command = "echo hello | timeout 20 openssl s_client -ign_eof -connect " + server_->address() +
                   " -servername a.example -verify_hostname a.example -verify_return_error -CAfile " +
                   folder_.file("ca.pem") + " " + options + " 2>&1";
    auto* pipe = ::popen(command.c_str(), "r");
    std::string output;
    char block[4096];
    for (std::size_t n; (n = std::fread(block, 1, sizeof block, pipe)) > 0;) output.append(block, n);
    ::pclose(pipe);
    return output;
  }

  static std::size_t count(const std::string& text, std::string_view what) {
    std::size_t n = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
    return n;
  }

  TestFolder folder_;
  TestAuthority authority_;
  TlsServerSettings settings_{.listener = "public"};
  std::optional<Server> server_;
};

TEST_F(OpensslClient, IsServedInBothVersions) {
  start();
  EXPECT_THAT(
      run("-tls1_3 -alpn h2,http/1.1"),
      AllOf(HasSubstr("New, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256"), HasSubstr("Verification: OK"),
            HasSubstr("ALPN protocol: http/1.1"), HasSubstr("Peer signature type: ECDSA"),
            HasSubstr("Server Temp Key: X25519"), HasSubstr("hello|\n"), Not(HasSubstr("unexpected eof"))));
  EXPECT_THAT(
      run("-tls1_2 -alpn h2,http/1.1"),
      AllOf(HasSubstr("New, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"), HasSubstr("Verification: OK"),
            HasSubstr("Compression: NONE"), HasSubstr("Secure Renegotiation IS supported"),
            HasSubstr("hello|\n"), Not(HasSubstr("unexpected eof"))));
  EXPECT_THAT(run("-tls1_2 -cipher aRSA"),
              AllOf(HasSubstr("Cipher is ECDHE-RSA-AES128-GCM-SHA256"), HasSubstr("hello|\n")));
}

TEST_F(OpensslClient, IsRefusedWhatIsOldOrWeak) {
  start();
  for (auto* options : {"-tls1 -cipher DEFAULT@SECLEVEL=0", "-tls1_1 -cipher DEFAULT@SECLEVEL=0",
                        "-tls1_2 -cipher AES128-SHA", "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256",
                        "-tls1_2 -cipher AES128-GCM-SHA256", "-alpn smtp", "-tls1_3 -groups X448"})
    EXPECT_THAT(run(options), AllOf(HasSubstr("alert"), Not(HasSubstr("hello|")))) << options;
}

TEST_F(OpensslClient, ResumesItsSession) {
  start();
  for (std::string version : {"TLSv1.3", "TLSv1.2"}) {
    auto option = version == "TLSv1.3" ? "-tls1_3" : "-tls1_2";
    auto file = folder_.file(version);
    EXPECT_THAT(run(option + (" -sess_out " + file)), HasSubstr("New, " + version));
    EXPECT_THAT(run(option + (" -sess_in " + file)),
                AllOf(HasSubstr("Reused, " + version), HasSubstr("hello|\n")));
  }
  auto again = run("-tls1_2 -reconnect");
  EXPECT_EQ(count(again, "Reused, TLSv1.2"), 5u) << again;
}

TEST_F(OpensslClient, ShowsItsCertificate) {
  settings_.client_ca = authority_.pem();
  start();
  auto certificate = " -cert " + folder_.file("ann.pem") + " -key " + folder_.file("ann.key");
  for (std::string version : {"-tls1_2", "-tls1_3"}) {
    EXPECT_THAT(run(version + certificate),
                AllOf(HasSubstr("hello|CN=ann\n"), HasSubstr("Acceptable client certificate CA names")));
    EXPECT_THAT(run(version), AllOf(HasSubstr("alert"), Not(HasSubstr("hello|"))));
  }
}

}  // namespace
}  // namespace sluice::net
