#include "filters/compress/form.hpp"

#include <algorithm>

namespace sluice::filters::compress {

Eventual<Result<Chunk>> FormBody::read(std::size_t max) {
  auto n = std::min(max, form_->size() - read_);
  Chunk chunk{{form_->data() + read_, n}, read_ + n == form_->size(), nullptr};
  read_ += n;
  return Result<Chunk>(chunk);
}

bool FormBody::rewind() noexcept {
  read_ = 0;
  return true;
}

FormsInMaking::Claim FormsInMaking::claim(const Worker& worker, const StoredForms& forms,
                                          Algorithm algorithm) {
  auto& list = making_.at(worker);
  auto now = worker.timers.now();
  auto same = [&](auto& one) {
    return one.forms == &forms && one.algorithm == algorithm && now < one.since + patience;
  };
  if (std::ranges::any_of(list, same)) return {};
  list.push_back({&forms, algorithm, now});
  return Claim(list, list.back());
}

FormsInMaking::Claim::~Claim() {
  if (list_) std::erase(*list_, what_);
}

void Draft::add(std::span<const char> bytes) {
  if (too_long_) return;
  too_long_ = bytes_.size() + bytes.size() > most_;
  if (too_long_)
    bytes_ = {};
  else
    bytes_.append(bytes.data(), bytes.size());
}

bool Draft::finish() {
  if (too_long_) return false;
  bytes_.shrink_to_fit();
  forms_.keep(name_of(algorithm_), std::make_shared<const std::string>(std::move(bytes_)));
  return true;
}

}  // namespace sluice::filters::compress
