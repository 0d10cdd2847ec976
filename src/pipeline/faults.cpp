#include "pipeline/faults.hpp"

namespace sluice::pipeline {
namespace {

using Kind = Error::Kind;

// 499: the client left, so nobody will read it; it is for log and metrics.
std::uint16_t status_of_client(Kind kind) noexcept {
  switch (kind) {
    case Kind::timeout:
    case Kind::deadline:
      return 408;
    case Kind::too_large:
      return 413;
    case Kind::malformed:
      return 400;
    case Kind::closed:
    case Kind::reset:
    case Kind::abandoned:
      return 499;
    default:
      return 500;
  }
}

ResponseFlags flags_of_client(Kind kind) noexcept {
  switch (kind) {
    case Kind::malformed:
      return {Flag::dpe};
    case Kind::closed:
    case Kind::reset:
    case Kind::abandoned:
      return {Flag::dc};
    default:
      return {};
  }
}

// A connection that could not be made: certainly no byte of the request was seen.
bool while_connecting(const Error& e) noexcept {
  return e.retry == Error::Retry::always;
}

ResponseFlags flags_of_upstream(const Error& e) noexcept {
  switch (e.kind) {
    case Kind::deadline:
      return {Flag::dt, Flag::ut};
    case Kind::timeout:
      return while_connecting(e) ? ResponseFlags{Flag::uf, Flag::ut} : ResponseFlags{Flag::ut};
    case Kind::malformed:
    case Kind::too_large:  // while connecting: a certificate that does not hold, for one
      return while_connecting(e) ? ResponseFlags{Flag::uf} : ResponseFlags{Flag::upe};
    case Kind::unavailable:
      return while_connecting(e) ? ResponseFlags{Flag::uo} : ResponseFlags{Flag::uh};
    case Kind::closed:
    case Kind::reset:
    case Kind::refused:
      return while_connecting(e) ? ResponseFlags{Flag::uf} : ResponseFlags{Flag::uc};
    default:
      return {};
  }
}

}  // namespace

std::uint16_t status_of(const Error& e) noexcept {
  if (e.side == Error::Side::downstream) return status_of_client(e.kind);
  switch (e.kind) {
    case Kind::timeout:
    case Kind::deadline:
      return 504;
    case Kind::unavailable:
    case Kind::abandoned:
      return 503;
    case Kind::internal:
      return 500;
    default:
      return e.side == Error::Side::upstream ? 502 : 500;
  }
}

ResponseFlags flags_of(const Error& e) noexcept {
  switch (e.side) {
    case Error::Side::downstream:
      return flags_of_client(e.kind);
    case Error::Side::upstream:
      return flags_of_upstream(e);
    default:
      return e.kind == Kind::deadline ? ResponseFlags{Flag::dt} : ResponseFlags{};
  }
}

}  // namespace sluice::pipeline
