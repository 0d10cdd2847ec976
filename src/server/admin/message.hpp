// A request to the admin endpoint and its answer, whatever carries them.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::server {

struct AdminRequest {
  std::string method;
  std::string path;  // without query
  std::string host;
  bool has_origin = false;
  std::string authorization;
  std::string content_type;
  std::string body;
  std::string peer;  // the client's address, for the log; "unix"
};

struct AdminReply {
  std::uint16_t status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;  // further ones
};

}  // namespace sluice::server
