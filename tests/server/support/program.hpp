// The sluice program as a child process.
//
//   Program gateway({"run", "-c", file});
//   ASSERT_TRUE(gateway.says("config.published"));
//   EXPECT_EQ(gateway.end(SIGTERM), 0);
#pragma once
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "config/address.hpp"
#include "server/support/scratch.hpp"

namespace sluice::server::testing {

// What a program starts in.
struct Setting {
  rlim_t descriptors = 0;                     // 0: as they are
  std::vector<std::string> environment = {};  // "NAME=value"
  std::string directory = {};                 // to start in
};

class Program {
 public:
  explicit Program(std::vector<std::string> arguments, const Setting& setting = {}) {
    arguments.insert(arguments.begin(), SLUICE_PROGRAM);
    std::vector<char*> argv;
    for (auto& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    auto out = (files_ / "out").string(), err = (files_ / "err").string();
    pid_ = ::fork();
    if (pid_ == 0) become(argv, setting, out, err);
  }
  Program(const Program&) = delete;
  ~Program() {
    if (pid_ > 0) end(SIGKILL);
  }

  std::string out() const { return files_.read("out"); }
  std::string err() const { return files_.read("err"); }

  // Whether `text` stands on stderr within ten seconds.
  bool says(const std::string& text) const {
    for (int i = 0; i < 1000; ++i) {
      if (err().find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  // The n-th address that it logged as open by that event.
  config::Address address(const std::string& event = "listener.open", int n = 0) const {
    says("config.published");
    auto text = err();
    std::size_t at = 0;
    for (; n >= 0; --n) at = text.find(event + " address=", at) + 1;
    at = text.find('=', at) + 1;
    return Scalar<config::Address>::parse(text.substr(at, text.find('\n', at) - at)).value();
  }

  // What it has used so far.
  std::chrono::milliseconds processor_time() const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
    std::string word;
    long user = 0, system = 0;
    for (int i = 0; i < 13; ++i) in >> word;
    in >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
  }

  void signal(int number) const { ::kill(pid_, number); }
  // Its exit code; or minus the signal that ended it.
  int end(int number = 0) {
    if (number) signal(number);
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  [[noreturn]] static void become(const std::vector<char*>& argv, const Setting& setting,
                                  const std::string& out, const std::string& err) {
    constexpr int flags = O_WRONLY | O_CREAT | O_APPEND;
    ::dup2(::open(out.c_str(), flags, 0600), 1);
    ::dup2(::open(err.c_str(), flags, 0600), 2);
    ::unsetenv("SLUICE_CONFIG");
    for (auto& e : setting.environment) ::putenv(const_cast<char*>(e.c_str()));
    rlimit limit{setting.descriptors, setting.descriptors};
    if (setting.descriptors) ::setrlimit(RLIMIT_NOFILE, &limit);
    if (!setting.directory.empty() && ::chdir(setting.directory.c_str()) != 0) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }

  Scratch files_;
  pid_t pid_ = -1;
};

// Runs it to its end.
struct Ran {
  int code;
  std::string out, err;
};
inline Ran run(std::vector<std::string> arguments, const Setting& setting = {}) {
  Program program(std::move(arguments), setting);
  int code = program.end();
  return {code, program.out(), program.err()};
}

}  // namespace sluice::server::testing
