// A response as the memory store keeps it: never changed once its body is whole, shared by all workers
// without copying. Head, fields, key and a body of known length are one allocation.
//
//   for (Field f : stored->fields()) x.response.fields.add(f.id, f.name, f.value);   // views: keep `stored`
//   x.response.length = stored->length();
//   x.response.body = stored->reader(x.worker);
//   if (!x.response.body) ...                          // too late: it broke off, or its beginning is gone
//
// It may be found while its body still comes in; its reader then waits for the rest.
#pragma once
#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <span>
#include <string_view>

#include "filters/cache/freshness.hpp"
#include "filters/cache/kept_forms.hpp"
#include "filters/cache/memory_bound.hpp"
#include "filters/cache/s3_fifo.hpp"
#include "filters/cache/stored_body.hpp"
#include "sluice/http.hpp"
#include "sluice/stored_forms.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::cache {

// What tells stored answers apart, besides Vary. Its first `url` bytes are the URL
// ("https://host/path?query"), by which they are purged.
struct CacheKey {
  std::string_view text;
  std::size_t url = 0;

  std::string_view url_text() const noexcept { return text.substr(0, url); }
};

// What is to be stored. Everything is copied.
struct StoredHead {
  std::uint16_t status = 0;
  const Fields& fields;      // those that are stored, as they are given again
  std::uint64_t length = 0;  // of the body; unknown_length when only its end will tell
  std::string_view variant;  // variant_of() the request that it answers
  Freshness freshness;
  TimePoint received;                      // age = freshness.age(now - received)
  std::span<const std::string_view> tags;  // by which it may be purged: cache_tags.hpp
};

class StoredResponse;
using StoredPtr = boost::intrusive_ptr<const StoredResponse>;

// The field lines of a stored head, made as they are looked at.
class StoredFields {
 public:
  // Of one line; its name and value follow those of the line before.
  struct Line {
    FieldId id;
    std::uint8_t name;
    std::uint16_t value;
  };
  class Iterator {
   public:
    Iterator(const Line* line, const char* text) noexcept : line_(line), text_(text) {}
    Field operator*() const noexcept {
      return {{text_, line_->name}, {text_ + line_->name, line_->value}, line_->id};
    }
    Iterator& operator++() noexcept {
      text_ += line_->name + line_->value;
      ++line_;
      return *this;
    }
    bool operator==(const Iterator& o) const noexcept { return line_ == o.line_; }

   private:
    const Line* line_;
    const char* text_;
  };

  StoredFields(std::span<const Line> lines, const char* text) noexcept : lines_(lines), text_(text) {}
  Iterator begin() const noexcept { return {lines_.data(), text_}; }
  Iterator end() const noexcept { return {lines_.data() + lines_.size(), nullptr}; }
  std::size_t size() const noexcept { return lines_.size(); }
  // The first value, or an empty view with a null pointer where there is none.
  std::string_view get(FieldId id) const noexcept;

 private:
  std::span<const Line> lines_;
  const char* text_;
};

// A place in a chain of the index, guarded by its shard's lock.
template <class Which>
struct ChainHook {
  ChainHook* next = nullptr;
  ChainHook** before = nullptr;  // null: it is in no chain
};

class StoredResponse final : public StoredForms,
                             public S3Fifo::Node,
                             public ChainHook<struct ByKey>,
                             public ChainHook<struct ByUrl> {
 public:
  CacheKey key() const noexcept { return {{text(), key_size_}, url_size_}; }
  std::string_view variant() const noexcept { return {text() + key_size_, variant_size_}; }
  std::uint16_t status() const noexcept { return status_; }
  StoredFields fields() const noexcept;
  const Freshness& freshness() const noexcept { return freshness_; }
  TimePoint received() const noexcept { return received_; }
  // A soft purge has marked it: give it only where a stale one may be given.
  bool stale() const noexcept { return stale_.load(std::memory_order_relaxed); }

  // Of the body. unknown_length: it is still coming in and nobody said.
  std::uint64_t length() const noexcept { return body().length(); }
  bool complete() const noexcept { return body().complete(); }
  // The body, or `size` bytes of it from an offset on, which lie inside it. Null: it broke off, or it has
  // become too long to be kept and its beginning is gone; then ask the origin. Keeps the response.
  BodyPtr reader(Worker& worker, std::uint64_t from = 0, std::uint64_t size = unknown_length) const;

  // StoredForms: of this body, also where a validation gave it another head.
  std::shared_ptr<const std::string> form(std::string_view name) const override;
  void keep(std::string_view name, std::shared_ptr<const std::string> bytes) const override;

  // ---- for the store

  using Ptr = boost::intrusive_ptr<StoredResponse>;
  // Null: there is no room for it, or its text is longer than can be stored. `most` is the longest body that
  // is kept, where its length is unknown.
  static Ptr make(MemoryBound& bound, const CacheKey& key, const StoredHead& head, std::uint64_t most);
  // Another head for the body of one that is stored.
  static Ptr make(MemoryBound& bound, const CacheKey& key, const StoredHead& head, const StoredPtr& body_of);

  // A complete one whose body is one piece. Null: there is no room for it.
  static Ptr in_one_piece(MemoryBound& bound, const StoredResponse& from);

  StoredBody& body() const noexcept {
    return const_cast<StoredBody&>(body_of_ ? body_of_->own_body_ : own_body_);
  }
  // Nobody but the store holds it.
  bool unused() const noexcept { return refs_.load(std::memory_order_acquire) == 1; }
  // Bytes that go when it goes.
  std::size_t footprint() const noexcept {
    return charge() + (body_of_ ? body_of_->footprint() : own_body_.blocks_size());
  }
  void mark_stale() noexcept { stale_.store(true, std::memory_order_relaxed); }

  struct Tag : ChainHook<Tag> {
    StoredResponse* owner = nullptr;
    const char* text = nullptr;
    std::uint32_t size = 0;
    std::uint32_t hash = 0;  // the index's
    std::string_view name() const noexcept { return {text, size}; }
  };
  std::span<Tag> tags() noexcept;

 private:
  struct Layout;
  std::size_t charge() const noexcept { return std::size_t{charge_} * 16; }
  StoredResponse(MemoryBound& bound, const CacheKey& key, const StoredHead& head, const Layout& layout,
                 const StoredPtr& body_of) noexcept;
  ~StoredResponse() override;
  static Ptr make(MemoryBound& bound, const CacheKey& key, const StoredHead& head, const Layout& layout,
                  const StoredPtr& body_of);
  char* behind(std::size_t offset) const noexcept {
    return reinterpret_cast<char*>(const_cast<StoredResponse*>(this) + 1) + offset;
  }
  const StoredFields::Line* lines() const noexcept;
  const char* text() const noexcept { return reinterpret_cast<const char*>(lines() + lines_); }
  char* copy_fields(char* to, const Fields& fields) noexcept;
  char* copy_tags(char* to, std::span<const std::string_view> tags) noexcept;

  friend void intrusive_ptr_add_ref(const StoredResponse* r) noexcept {
    r->refs_.fetch_add(1, std::memory_order_relaxed);
  }
  friend void intrusive_ptr_release(const StoredResponse* r) noexcept {
    if (r->refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(const_cast<StoredResponse*>(r));
  }
  static void destroy(StoredResponse* r) noexcept;

  mutable std::atomic<std::uint32_t> refs_{0};
  std::uint16_t status_;
  std::atomic<bool> stale_{false};
  std::uint16_t key_size_, url_size_, variant_size_, lines_, tags_;
  std::uint32_t charge_;  // in 16 bytes
  Freshness freshness_;
  TimePoint received_;
  StoredPtr body_of_;  // whose body it is, where it is not its own
  StoredBody own_body_;
  // Behind it: tags, slots of blocks, lines, the text of key, variant, fields and tags, the body.
};

}  // namespace sluice::filters::cache
