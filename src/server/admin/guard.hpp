// Who may ask the admin endpoint what. Pages in a browser may not: a request that names a host other than
// ours (DNS rebinding) or an origin (CSRF) is refused whatever it asks for. Where it can be reached from
// outside, everything but the two probes needs the token.
//
//   AdminGuard guard(config.admin);
//   if (auto refusal = guard.judge(request)) reply(problem(refusal->status, refusal->detail));
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "server/admin/message.hpp"

namespace sluice::server {

class AdminGuard {
 public:
  explicit AdminGuard(const config::Admin& admin);

  struct Refusal {
    std::uint16_t status;
    const char* detail;
  };
  std::optional<Refusal> judge(const AdminRequest& request) const;

  // For what needs the token wherever it is asked. False where none is configured.
  bool has_token(const AdminRequest& request) const noexcept;

 private:
  bool names_us(std::string_view host) const;

  bool needs_token_;
  std::string token_;
  std::vector<std::string> hosts_;
};

}  // namespace sluice::server
