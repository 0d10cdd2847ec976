// Who the process is and how much it may open.
//
//   auto opened = open_all_sockets();          // as root: ports below 1024
//   auto dropped = drop_privileges("sluice");  // before any thread is started
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "server/outcome.hpp"

namespace sluice::server {

// Becomes `user`, with its groups, and keeps one capability: CAP_NET_BIND_SERVICE, so that a reload can still
// open a low port. Nothing to do where the process already is that user. Capabilities belong to threads, so
// it has to be called while there is one.
Outcome<Done> drop_privileges(const std::string& user);

// Those of the files that `user` could not read after such a drop. Only root can find out: for anybody else,
// or where there is no such user, none.
std::vector<std::filesystem::path> unreadable_by(const std::string& user,
                                                 const std::vector<std::filesystem::path>& files);

// Raises the soft limit of open descriptors to the hard one; the limit that stands afterwards.
std::uint64_t raise_descriptor_limit() noexcept;

}  // namespace sluice::server
