#include "filters/basic_auth/hashing.hpp"

#include <openssl/crypto.h>
#include <signal.h>

#include "base/mailbox.hpp"
#include "filters/basic_auth/password.hpp"

namespace sluice::filters::basic_auth {

// Shared by the coroutine that waits, the thread that hashes and the letter that brings the answer. Only the
// worker touches the resolver. The mailbox is there as long as the coroutine is, so it is forgotten with it.
struct PendingCheck::Job {
  std::mutex mutex;
  Mailbox* mailbox;  // null: nobody waits any more
  Resolver<bool> resolver;
  std::string hash, password;

  ~Job() { OPENSSL_cleanse(password.data(), password.size()); }

  bool wanted() {
    std::lock_guard lock(mutex);
    return mailbox != nullptr;
  }
  void leave() {
    std::lock_guard lock(mutex);
    mailbox = nullptr;
  }
  static void answer(const std::shared_ptr<Job>& job, bool right) {
    std::lock_guard lock(job->mutex);
    if (job->mailbox) job->mailbox->post([job, right] { job->resolver(right); });
  }
};

PendingCheck::PendingCheck(Worker& worker, std::string hash, std::string_view password)
    : job_(std::make_shared<Job>()) {
  job_->mailbox = &worker.mailbox;
  job_->resolver = waiter_.resolver();
  job_->hash = std::move(hash);
  job_->password = password;
}

PendingCheck::~PendingCheck() {
  job_->leave();
}

// Signals are for the thread that waits for them.
Hashing::Hashing(unsigned threads) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Hashing::~Hashing() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_.clear();
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool Hashing::take(const PendingCheck& pending) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() == most_waiting) std::erase_if(waiting_, [](auto& job) { return !job->wanted(); });
    if (waiting_.size() == most_waiting) return false;
    waiting_.push_back(pending.job_);
  }
  wake_.notify_one();
  return true;
}

std::shared_ptr<PendingCheck::Job> Hashing::next() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
  if (ended_) return nullptr;
  auto job = std::move(waiting_.front());
  waiting_.pop_front();
  return job;
}

void Hashing::work() {
  PasswordCheck check;
  while (auto job = next())
    if (job->wanted()) Job::answer(job, check(job->password, job->hash));
}

}  // namespace sluice::filters::basic_auth
