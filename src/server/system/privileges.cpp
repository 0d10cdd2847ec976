#include "server/system/privileges.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <vector>

#include "server/system/descriptor.hpp"

namespace sluice::server {
namespace {

struct Account {
  uid_t user;
  gid_t group;
};

std::optional<Account> find_account(const std::string& name) {
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
    return std::nullopt;
  return Account{found->pw_uid, found->pw_gid};
}

bool keep_only(unsigned capability) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  data[0].effective = data[0].permitted = 1u << capability;
  return ::syscall(SYS_capset, &header, data.data()) == 0;
}

}  // namespace

Outcome<Done> drop_privileges(const std::string& user) {
  auto account = find_account(user);
  if (!account) return Failure{"user: there is no user '" + user + "'"};
  if (::geteuid() == account->user) return Done{};
  if (::geteuid() != 0) return Failure{"user: only root can become '" + user + "'"};

  auto what = "user: becoming '" + user + "'";
  // A changed uid would take all capabilities away.
  if (::prctl(PR_SET_KEEPCAPS, 1) != 0) return system_failure(what);
  if (::initgroups(user.c_str(), account->group) != 0) return system_failure(what);
  if (::setresgid(account->group, account->group, account->group) != 0) return system_failure(what);
  if (::setresuid(account->user, account->user, account->user) != 0) return system_failure(what);
  if (!keep_only(CAP_NET_BIND_SERVICE)) return system_failure(what);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_failure(what);
  return Done{};
}

// Groups, capabilities and the permissions of every directory on the way have a say, so it is the kernel that
// is asked, by a process that has become that user.
std::vector<std::filesystem::path> unreadable_by(const std::string& user,
                                                 const std::vector<std::filesystem::path>& files) {
  int ends[2];
  if (::geteuid() != 0 || !find_account(user) || ::pipe2(ends, O_CLOEXEC) != 0) return {};
  Descriptor reading(ends[0]), writing(ends[1]);
  auto child = ::fork();
  if (child == 0) {
    bool dropped = static_cast<bool>(drop_privileges(user));
    for (auto& file : files) {
      char readable = !dropped || ::access(file.c_str(), R_OK) == 0;
      if (::write(writing.get(), &readable, 1) != 1) break;
    }
    ::_exit(0);
  }
  writing = {};
  std::vector<std::filesystem::path> unreadable;
  char readable = 1;
  for (auto& file : files)
    if (::read(reading.get(), &readable, 1) == 1 && !readable) unreadable.push_back(file);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return unreadable;
}

std::uint64_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace sluice::server
