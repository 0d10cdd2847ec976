// An intrusive doubly linked ring. A Link takes itself out when it dies, so nothing ever points to a corpse;
// linking and unlinking are O(1) and allocate nothing.
#pragma once

namespace sluice {

class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { unlink(); }

  bool linked() const noexcept { return next_ != this; }
  Link* next() const noexcept { return next_; }
  Link* prev() const noexcept { return prev_; }

  void unlink() noexcept {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = this;
  }

  // Seen from a ring's head: the newcomer becomes the last (or first) one, wherever it stood before.
  void push_back(Link& n) noexcept {
    n.unlink();
    n.prev_ = prev_;
    n.next_ = this;
    prev_->next_ = &n;
    prev_ = &n;
  }
  void push_front(Link& n) noexcept {
    n.unlink();
    next_->push_back(n);
  }

  // Moves everything of another ring's head to the end of this one.
  void splice_back(Link& other) noexcept {
    if (!other.linked()) return;
    other.next_->prev_ = prev_;
    other.prev_->next_ = this;
    prev_->next_ = other.next_;
    prev_ = other.prev_;
    other.prev_ = other.next_ = &other;
  }

 private:
  Link* prev_ = this;
  Link* next_ = this;
};

}  // namespace sluice
