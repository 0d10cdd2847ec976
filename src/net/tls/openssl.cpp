#include "net/tls/openssl.hpp"

#include <openssl/err.h>

namespace sluice::net {

const char* take_openssl_reason() noexcept {
  auto* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason ? reason : "unknown fault";
}

}  // namespace sluice::net
