// What other threads have to say to a worker: closures, run by the worker once a turn.
//
//   worker.mailbox.post([set = std::move(endpoints), &pool] { pool.replace(set); });   // any thread
#pragma once
#include <functional>
#include <mutex>
#include <vector>

namespace sluice {

class Mailbox {
 public:
  using Letter = std::function<void()>;

  // `wake` is called by the posting thread when the box was empty: one write to an eventfd.
  void on_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  void post(Letter letter) {
    bool first;
    {
      std::lock_guard lock(mutex_);
      first = letters_.empty();
      letters_.push_back(std::move(letter));
    }
    if (first && wake_) wake_();
  }

  // Runs what is there, in order; letters posted meanwhile wait for the next turn. Returns how many ran.
  std::size_t drain() {
    std::vector<Letter> taken;
    {
      std::lock_guard lock(mutex_);
      taken.swap(letters_);
    }
    for (auto& letter : taken) letter();
    return taken.size();
  }

 private:
  std::mutex mutex_;
  std::vector<Letter> letters_;
  std::function<void()> wake_;
};

}  // namespace sluice
