#include "upstream/endpoint_address.hpp"

namespace sluice::upstream {

std::string EndpointAddress::to_string() const {
  if (is_unix()) return "unix:" + unix_path;
  auto host = ip.to_string();
  if (!ip.is_v4()) host = '[' + host + ']';
  return host + ':' + std::to_string(port);
}

}  // namespace sluice::upstream
