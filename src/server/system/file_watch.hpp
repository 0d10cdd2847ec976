// Tells when the files of a configuration have changed, however they were changed: written in place, replaced
// by a rename, or swapped by a symbolic link above them, as Kubernetes does.
//
//   FileWatch watch(context, 200ms, [&] { reload(); });
//   watch.look();
//   auto config = load(file);
//   watch.set(config.files);
//
// Several changes within `settle` of each other are one. Belongs to the context's thread.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sluice::server {

class FileWatch {
 public:
  FileWatch(boost::asio::io_context& context, std::chrono::milliseconds settle,
            std::function<void()> changed);
  FileWatch(const FileWatch&) = delete;

  // Remembers what the files are now. Whoever loads them calls it first, so that what is written while they
  // are read is told too.
  void look();
  // What to watch from now on, and what changed since the last look. YAML files that appear beside one of
  // them count as a change too: they may match an `include`.
  void set(std::vector<std::filesystem::path> files);

 private:
  // Which content each name stands for.
  using Fingerprint = std::map<std::filesystem::path, std::string>;

  void watch_directories();
  void await_event();
  void await_quiet();
  void compare();
  bool watches(const std::filesystem::path& directory) const;
  Fingerprint fingerprint() const;

  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer quiet_;
  std::chrono::milliseconds settle_;
  std::function<void()> changed_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::filesystem::path> directories_;
  std::vector<int> watches_;
  Fingerprint last_;
  std::array<char, 4096> buffer_;
};

}  // namespace sluice::server
