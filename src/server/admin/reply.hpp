// Answers of the admin endpoint, in its three forms.
//
//   return json_reply({{"draining", true}});
//   return problem(404, "there is no such path");
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

#include "server/admin/message.hpp"

namespace sluice::server {

using Json = nlohmann::ordered_json;

AdminReply json_reply(const Json& document);
AdminReply text_reply(std::uint16_t status, std::string body);
// A problem document (RFC 9457). `members`: further ones, as JSON text without braces.
AdminReply problem(std::uint16_t status, std::string_view detail, std::string_view members = {});

}  // namespace sluice::server
