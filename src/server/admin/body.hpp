// What a request to the admin endpoint brings: a small JSON object with known members.
//
//   auto body = read_object(request, {"mode"});
//   if (auto* refusal = std::get_if<AdminReply>(&body)) return *refusal;
//   use(std::get<Json>(body)["mode"]);
#pragma once
#include <span>
#include <string_view>
#include <variant>

#include "server/admin/reply.hpp"

namespace sluice::server {

// 415 unless it says that it is JSON, 400 where it is none, is no object, or names a member twice; 422 where
// a member is not among `known`, or is not there. The server bounds its size.
std::variant<Json, AdminReply> read_object(const AdminRequest& request,
                                           std::span<const std::string_view> known);
// The same of whatever of them is there.
std::variant<Json, AdminReply> read_members(const AdminRequest& request,
                                            std::span<const std::string_view> known);
// The same where exactly one of them is there.
std::variant<Json, AdminReply> read_one_of(const AdminRequest& request,
                                           std::span<const std::string_view> known);

}  // namespace sluice::server
