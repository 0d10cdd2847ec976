#include "net/tls/transport.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace sluice::net {
namespace {

constexpr std::size_t max_record = SSL3_RT_MAX_PLAIN_LENGTH;

// What to encrypt next, out of the parts that are to be sent: a record's worth, from where it lies if it lies
// in one piece there, gathered otherwise.
class Pieces {
 public:
  explicit Pieces(std::span<const iovec> parts) noexcept : parts_(parts) {}

  std::span<const char> next(std::span<char> scratch) noexcept {
    skip_empty();
    if (parts_.empty()) return {};
    auto here = rest_of(parts_.front(), offset_);
    if (here.size() >= max_record || parts_.size() == 1) return here.first(std::min(here.size(), max_record));
    return gather(scratch);
  }

  void drop(std::size_t count) noexcept {
    for (skip_empty(); count > 0; skip_empty()) {
      auto step = std::min(count, parts_.front().iov_len - offset_);
      offset_ += step;
      count -= step;
    }
  }

 private:
  static std::span<const char> rest_of(const iovec& part, std::size_t offset) noexcept {
    return {static_cast<const char*>(part.iov_base) + offset, part.iov_len - offset};
  }

  void skip_empty() noexcept {
    while (!parts_.empty() && offset_ == parts_.front().iov_len) {
      parts_ = parts_.subspan(1);
      offset_ = 0;
    }
  }

  std::span<const char> gather(std::span<char> scratch) const noexcept {
    std::size_t size = 0;
    auto offset = offset_;
    for (auto& part : parts_) {
      auto piece = rest_of(part, std::exchange(offset, 0));
      piece = piece.first(std::min(piece.size(), scratch.size() - size));
      if (!piece.empty()) std::memcpy(scratch.data() + size, piece.data(), piece.size());
      size += piece.size();
    }
    return scratch.first(size);
  }

  std::span<const iovec> parts_;
  std::size_t offset_ = 0;  // in the first
};

}  // namespace

TlsTransport::TlsTransport(std::unique_ptr<Transport> below, std::shared_ptr<const TlsServerContext> context,
                           std::string_view received)
    : server_(std::move(context)),
      below_(std::move(below), received),
      ssl_(server_->open(facts_.server_name)) {
  auto* bio = below_.make_bio();
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsTransport::TlsTransport(std::unique_ptr<Transport> below, std::shared_ptr<TlsEndpoint> endpoint)
    : endpoint_(std::move(endpoint)), below_(std::move(below), {}), ssl_(endpoint_->open()) {
  auto* bio = below_.make_bio();
  SSL_set_bio(ssl_.get(), bio, bio);
}

// A connection that simply stops is no reason to forget its session.
TlsTransport::~TlsTransport() {
  if (!broken_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

Moved TlsTransport::broke(const char* reason) noexcept {
  broken_ = true;
  fault_ = reason;
  return Moved::fault();
}

Moved TlsTransport::failed(int result) noexcept {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return Moved::later();
    case SSL_ERROR_ZERO_RETURN:
      return Moved::end_of_stream();
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      return broke("reset");
    default:
      return broke(reason_of_fault());
  }
}

// "Certificate verify failed" says less than why.
const char* TlsTransport::reason_of_fault() noexcept {
  auto* reason = take_openssl_reason();
  auto verified = SSL_get_verify_result(ssl_.get());
  bool verifies = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE;
  return verifies && verified != X509_V_OK ? X509_verify_cert_error_string(verified) : reason;
}

Moved TlsTransport::handshake() noexcept {
  if (broken_) return Moved::fault();
  if (ready_) return Moved::some(0, false);
  below_.begin();
  ERR_clear_error();
  if (int result = SSL_do_handshake(ssl_.get()); result != 1) return failed(result);
  ERR_clear_error();
  ready_ = true;
  below_.hold_back(true);
  learn_facts();
  return Moved::some(0, false);
}

void TlsTransport::learn_facts() {
  facts_.version = SSL_get_version(ssl_.get());
  facts_.suite = SSL_get_cipher_name(ssl_.get());
  facts_.resumed = SSL_session_reused(ssl_.get()) == 1;
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  facts_.protocol = {reinterpret_cast<const char*>(protocol), size};
  if (auto* client = verified_client())
    facts_.client =
        std::make_unique<const ClientCertificate>(describe_client(*client, SSL_get_certificate(ssl_.get())));
}

Moved TlsTransport::receive(std::span<char> into) noexcept {
  if (broken_) return Moved::fault();
  below_.begin();
  std::size_t filled = 0;
  while (filled < into.size()) {
    std::size_t n = 0;
    drop_stale_errors();
    int result = SSL_read_ex(ssl_.get(), into.data() + filled, into.size() - filled, &n);
    filled += n;
    if (result != 1) {
      auto moved = failed(result);
      if (filled == 0) return moved;
      return Moved::some(filled, moved.drained);
    }
    if (below_.drained() && !SSL_has_pending(ssl_.get())) return Moved::some(filled, true);
  }
  return Moved::some(filled, false);
}

Moved TlsTransport::send(std::span<const iovec> parts) noexcept {
  if (broken_) return Moved::fault();
  below_.hold_back(false);
  drop_stale_errors();
  auto moved = below_.send_held();
  if (moved.how == Moved::How::bytes) moved = encrypt(parts);
  below_.hold_back(true);
  return moved.how == Moved::How::broken && !broken_ ? broke("reset") : moved;
}

Moved TlsTransport::encrypt(std::span<const iovec> parts) noexcept {
  static thread_local char scratch[max_record];
  Pieces pieces(parts);
  std::size_t sent = 0;
  for (auto piece = pieces.next(scratch); !piece.empty(); piece = pieces.next(scratch)) {
    assert(piece.size() >= blocked_);
    if (blocked_ > 0) piece = piece.first(blocked_);
    std::size_t n = 0;
    int result = SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &n);
    if (result != 1) {
      auto moved = failed(result);
      if (moved.how == Moved::How::would_block) blocked_ = piece.size();
      return sent > 0 && !broken_ ? Moved::some(sent, false) : moved;
    }
    blocked_ = 0;
    pieces.drop(n);
    sent += n;
  }
  return Moved::some(sent, false);
}

// The alert is made once; whatever of it does not leave is held back and sent by a later call.
bool TlsTransport::finish() noexcept {
  if (ready_ && !broken_) {
    drop_stale_errors();
    if (!std::exchange(said_goodbye_, true)) SSL_shutdown(ssl_.get());
    drop_stale_errors();
    if (below_.send_held().how == Moved::How::would_block) return false;
  }
  return below_.transport().finish();
}

bool TlsTransport::serves(std::string_view host) const noexcept {
  return server_->host_matches(facts_.server_name, host);
}

X509* TlsTransport::verified_client() const noexcept {
  if (!server_ || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return nullptr;
  return SSL_get0_peer_certificate(ssl_.get());
}

}  // namespace sluice::net
