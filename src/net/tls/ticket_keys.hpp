// The keys that session tickets are encrypted with (RFC 5077 §4, RFC 8446 §4.6.1). Either from files, shared
// by replicas, or random ones that are replaced every 12 hours, the previous still being accepted.
//
//   auto keys = TicketKeys::from_files({"/run/secrets/tickets.key"}, notes);
//   auto keys = std::make_shared<TicketKeys>();          // random; keep it across reloads
//
// A file has exactly 80 bytes: 16 of name, 32 for HMAC-SHA256, 32 for AES-256-CBC (`openssl rand 80`). The
// first file encrypts, all decrypt, so a rotation is: put the new file first, reload every replica, drop the
// oldest.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/tls/pem.hpp"
#include "sluice/clock.hpp"

namespace sluice::net {

struct TicketKey {
  static constexpr std::size_t size = 80;
  std::array<unsigned char, 16> name;
  std::array<unsigned char, 32> mac;
  std::array<unsigned char, 32> cipher;
};

class TicketKeys {
 public:
  using Now = std::function<TimePoint()>;
  static constexpr auto lifetime = std::chrono::hours(12);

  // Random ones.
  explicit TicketKeys(Now now = &Clock::now);
  // Null, with notes, where a file is unreadable or has another size.
  static std::shared_ptr<TicketKeys> from_files(const std::vector<std::string>& files, TlsNotes& notes);
  ~TicketKeys();

  // Any thread.
  TicketKey current();
  struct Found {
    TicketKey key;
    bool current;
  };
  std::optional<Found> find(const unsigned char* name);

 private:
  explicit TicketKeys(std::vector<TicketKey> fixed);
  void rotate_when_due();

  std::mutex mutex_;
  Now now_;  // empty: the keys are fixed
  TimePoint made_;
  std::vector<TicketKey> keys_;  // the first encrypts
};

// Lets the sessions of `context` be encrypted with `keys`, which must outlive it.
void use_ticket_keys(SSL_CTX& context, TicketKeys& keys);

}  // namespace sluice::net
