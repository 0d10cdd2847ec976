#include "server/system/file_watch.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>

namespace sluice::server {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& p) {
  return p.extension() == ".yaml" || p.extension() == ".yml";
}

fs::path directory_of(const fs::path& file) {
  return fs::absolute(file).parent_path();
}

// Which content a name stands for at the moment, without reading it.
std::string identity(const fs::path& p) {
  struct stat s {};
  if (::stat(p.c_str(), &s) != 0) return "-";
  std::string text;
  for (auto n :
       {static_cast<long long>(s.st_dev), static_cast<long long>(s.st_ino), static_cast<long long>(s.st_size),
        static_cast<long long>(s.st_mtim.tv_sec), static_cast<long long>(s.st_mtim.tv_nsec)})
    text += std::to_string(n) + ' ';
  return text;
}

}  // namespace

FileWatch::FileWatch(boost::asio::io_context& context, std::chrono::milliseconds settle,
                     std::function<void()> changed)
    : events_(context, ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      quiet_(context),
      settle_(settle),
      changed_(std::move(changed)) {
  await_event();
}

void FileWatch::look() {
  last_ = fingerprint();
}

void FileWatch::set(std::vector<fs::path> files) {
  auto seen = std::exchange(last_, {});
  auto had = std::exchange(directories_, {});
  files_ = std::move(files);
  for (auto& file : files_) directories_.push_back(directory_of(file));
  std::sort(directories_.begin(), directories_.end());
  directories_.erase(std::unique(directories_.begin(), directories_.end()), directories_.end());
  watch_directories();

  auto now = fingerprint();
  for (auto& [file, content] : now)
    if (!is_yaml(file) || !std::binary_search(had.begin(), had.end(), directory_of(file)))
      last_.emplace(file, content);
  for (auto& [file, content] : seen)
    if (watches(directory_of(file))) last_.insert_or_assign(file, content);
  if (now != last_) await_quiet();
}

bool FileWatch::watches(const fs::path& directory) const {
  return std::binary_search(directories_.begin(), directories_.end(), directory);
}

// A directory and not the file, because an editor replaces the file and the watch would stay with the old
// one.
void FileWatch::watch_directories() {
  for (int w : watches_) ::inotify_rm_watch(events_.native_handle(), w);
  watches_.clear();
  constexpr auto mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE;
  for (auto& directory : directories_) {
    int w = ::inotify_add_watch(events_.native_handle(), directory.c_str(), mask);
    if (w >= 0) watches_.push_back(w);
  }
}

void FileWatch::await_event() {
  events_.async_read_some(boost::asio::buffer(buffer_), [this](boost::system::error_code error, std::size_t) {
    if (error) return;
    await_quiet();
    await_event();
  });
}

void FileWatch::await_quiet() {
  quiet_.expires_after(settle_);
  quiet_.async_wait([this](boost::system::error_code error) {
    if (!error) compare();
  });
}

void FileWatch::compare() {
  auto now = fingerprint();
  if (now == last_) return;
  last_ = std::move(now);
  changed_();
}

FileWatch::Fingerprint FileWatch::fingerprint() const {
  Fingerprint all;
  for (auto& file : files_) all.emplace(fs::absolute(file), identity(file));
  std::error_code ignored;
  for (auto& directory : directories_)
    for (auto& entry : fs::directory_iterator(directory, ignored))
      if (is_yaml(entry.path())) all.emplace(entry.path(), identity(entry.path()));
  return all;
}

}  // namespace sluice::server
