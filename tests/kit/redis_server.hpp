// A real redis-server of the test's own, on a unix socket and a free port of the loopback address. It dies
// with the test.
//
//   kit::RedisServer redis;                             // or ({"--requirepass", "secret"})
//   connect(redis.socket()) ...
//   redis.command({"SCRIPT", "FLUSH"});
//   redis.pause();  redis.resume();                     // SIGSTOP, SIGCONT
//   redis.kill();   redis.start();                      // started again, it is empty
#pragma once
#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace sluice::kit {

class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> options = {}) : options_(std::move(options)) {
    std::string name = "/tmp/sluice-redis-XXXXXX";
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    folder_ = name;
    port_ = free_port();
    try {
      start();
    } catch (...) {
      std::filesystem::remove_all(folder_);
      throw;
    }
  }
  RedisServer(const RedisServer&) = delete;
  ~RedisServer() {
    kill();
    std::filesystem::remove_all(folder_);
  }

  std::string socket() const { return folder_ / "s"; }
  std::uint16_t port() const noexcept { return port_; }

  void start() {
    spawn();
    for (int i = 0; i < 500 && ::waitpid(process_, nullptr, WNOHANG) == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      std::unique_ptr<redisContext, decltype(&redisFree)> c(redisConnectUnix(socket().c_str()), &redisFree);
      if (c && !c->err) return;
    }
    kill();
    throw std::runtime_error("redis-server does not start");
  }
  void kill() noexcept {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  void pause() const noexcept { ::kill(process_, SIGSTOP); }
  void resume() const noexcept { ::kill(process_, SIGCONT); }

  // A text, status, error or number as text; of a list its size. `password`: of the default user.
  std::string command(const std::vector<std::string>& words, const std::string& password = "") const {
    std::unique_ptr<redisContext, decltype(&redisFree)> c(redisConnectUnix(socket().c_str()), &redisFree);
    if (!c || c->err) throw std::runtime_error("redis-server is not there");
    if (!password.empty()) ask(*c, {"AUTH", password});
    return ask(*c, words);
  }

 private:
  static std::string ask(redisContext& c, const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (auto& w : words) {
      texts.push_back(w.data());
      sizes.push_back(w.size());
    }
    auto* read = redisCommandArgv(&c, static_cast<int>(words.size()), texts.data(), sizes.data());
    std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(static_cast<redisReply*>(read),
                                                                  &freeReplyObject);
    if (!reply) throw std::runtime_error("redis-server is gone");
    if (reply->type == REDIS_REPLY_INTEGER) return std::to_string(reply->integer);
    if (reply->type == REDIS_REPLY_ARRAY) return std::to_string(reply->elements);
    return reply->str ? std::string(reply->str, reply->len) : std::string();
  }

  void spawn() {
    std::vector<std::string> words = {"redis-server",
                                      "--port",
                                      std::to_string(port_),
                                      "--bind",
                                      "127.0.0.1",
                                      "--save",
                                      "",
                                      "--appendonly",
                                      "no",
                                      "--dir",
                                      folder_.string(),
                                      "--unixsocket",
                                      socket(),
                                      "--logfile",
                                      folder_ / "log",
                                      "--daemonize",
                                      "no",
                                      "--databases",
                                      "4"};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> argv;
    for (auto& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    auto parent = ::getpid();
    process_ = ::fork();
    if (process_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent) ::execvp(argv[0], argv.data());
    ::_exit(127);
  }

  static std::uint16_t free_port() {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
  }

  std::vector<std::string> options_;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  pid_t process_ = 0;
};

}  // namespace sluice::kit
