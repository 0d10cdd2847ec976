// LayerBio: what OpenSSL reads from and writes to, on top of a transport. Where nothing is to wait for
// writing, what cannot leave at once is held back here.
//
//   SSL_set0_rbio(ssl, layer.make_bio()); ...
//   layer.begin();                             // before each call that may read
//   SSL_read(...);
//   bool nothing_left = layer.drained() && !SSL_has_pending(ssl);
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/tls/openssl.hpp"
#include "net/transport.hpp"

namespace sluice::net {

class LayerBio {
 public:
  // `received` is read before anything from below.
  LayerBio(std::unique_ptr<Transport> below, std::string_view received)
      : below_(std::move(below)), received_(received) {}
  LayerBio(const LayerBio&) = delete;

  // For one SSL, which must not outlive this.
  BIO* make_bio();
  Transport& transport() const noexcept { return *below_; }

  // The transport below may have something again.
  void begin() noexcept { drained_ = false; }
  // It said that it has nothing more; until begin() it is not asked again.
  bool drained() const noexcept { return drained_; }

  // While set, writes always succeed: what is refused below is held back, up to max_held.
  void hold_back(bool on) noexcept { holding_ = on; }
  static constexpr std::size_t max_held = 16 * 1024;
  // bytes: nothing is held back any more.
  Moved send_held() noexcept;

 private:
  friend struct LayerBioMethods;
  int read(std::span<char> into, BIO* bio) noexcept;
  int write(std::span<const char> bytes, BIO* bio) noexcept;
  int hold(std::span<const char> bytes) noexcept;

  std::unique_ptr<Transport> below_;
  std::string received_;
  std::string held_;
  bool holding_ = false;
  bool drained_ = false;
  bool ended_ = false;
};

}  // namespace sluice::net
