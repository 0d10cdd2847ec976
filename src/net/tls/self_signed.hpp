// A certificate for `certificates: self-signed`: ECDSA P-256, for localhost, *.localhost, 127.0.0.1 and ::1,
// made in memory, so that a first start needs no files.
//
//   settings.certificates.push_back(make_self_signed(wall_now()));
#pragma once
#include "net/tls/pem.hpp"
#include "sluice/clock.hpp"

namespace sluice::net {

// Valid from an hour before `now` for 397 days, the longest that browsers take.
CertificatePair make_self_signed(WallPoint now);

}  // namespace sluice::net
