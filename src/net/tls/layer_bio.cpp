#include "net/tls/layer_bio.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::net {

struct LayerBioMethods {
  static LayerBio& layer(BIO* bio) noexcept { return *static_cast<LayerBio*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    return layer(bio).read({into, static_cast<std::size_t>(size)}, bio);
  }
  static int write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    return layer(bio).write({bytes, static_cast<std::size_t>(size)}, bio);
  }
  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return layer(bio).ended_;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static BIO_METHOD* make() {
    auto* methods = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "transport");
    BIO_meth_set_read(methods, &read);
    BIO_meth_set_write(methods, &write);
    BIO_meth_set_ctrl(methods, &control);
    return methods;
  }
};

BIO* LayerBio::make_bio() {
  static const std::unique_ptr<BIO_METHOD, OpensslDeleter<BIO_meth_free>> methods(LayerBioMethods::make());
  auto* bio = BIO_new(methods.get());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

int LayerBio::read(std::span<char> into, BIO* bio) noexcept {
  if (!received_.empty()) {
    auto n = std::min(into.size(), received_.size());
    std::memcpy(into.data(), received_.data(), n);
    received_.erase(0, n);
    return static_cast<int>(n);
  }
  auto moved = drained_ ? Moved::later() : below_->receive(into);
  drained_ = moved.drained;
  ended_ = moved.how == Moved::How::end;
  if (moved.how == Moved::How::bytes) return static_cast<int>(moved.count);
  if (moved.how == Moved::How::would_block) BIO_set_retry_read(bio);
  return ended_ ? 0 : -1;
}

int LayerBio::write(std::span<const char> bytes, BIO* bio) noexcept {
  auto before = send_held();
  if (before.how == Moved::How::broken) return -1;
  auto moved = before;
  if (before.how == Moved::How::bytes) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    moved = below_->send({&part, 1});
  }
  if (moved.how == Moved::How::bytes) return static_cast<int>(moved.count);
  if (moved.how == Moved::How::would_block && holding_) return hold(bytes);
  if (moved.how == Moved::How::would_block) BIO_set_retry_write(bio);
  return -1;
}

int LayerBio::hold(std::span<const char> bytes) noexcept {
  if (held_.size() + bytes.size() > max_held) return -1;
  held_.append(bytes.data(), bytes.size());
  return static_cast<int>(bytes.size());
}

Moved LayerBio::send_held() noexcept {
  while (!held_.empty()) {
    iovec part{held_.data(), held_.size()};
    auto moved = below_->send({&part, 1});
    if (moved.how != Moved::How::bytes) return moved;
    held_.erase(0, moved.count);
  }
  return Moved::some(0, false);
}

}  // namespace sluice::net
