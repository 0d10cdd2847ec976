// Encoded forms of what a cache has stored: sent again and again, made once.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "filters/compress/meters.hpp"
#include "sluice/body.hpp"
#include "sluice/stored_forms.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::compress {

// A form as a body; shared, never copied.
class FormBody final : public BodySource {
 public:
  explicit FormBody(std::shared_ptr<const std::string> form) noexcept : form_(std::move(form)) {}

  Eventual<Result<Chunk>> read(std::size_t max) override;
  bool rewind() noexcept override;

 private:
  std::shared_ptr<const std::string> form_;
  std::size_t read_ = 0;
};

// Who makes which form on each worker: while somebody does, others do with less. After some seconds another
// one may try: a form is made as fast as its client takes it.
class FormsInMaking {
 public:
  static constexpr Duration patience = std::chrono::seconds(5);

  explicit FormsInMaking(unsigned workers) : making_(workers) {}

  class Claim {
   public:
    Claim() = default;
    Claim(Claim&& o) noexcept : list_(std::exchange(o.list_, nullptr)), what_(o.what_) {}
    ~Claim();
    explicit operator bool() const noexcept { return list_ != nullptr; }

   private:
    friend class FormsInMaking;
    struct What {
      const StoredForms* forms;
      Algorithm algorithm;
      TimePoint since;
      bool operator==(const What&) const = default;
    };
    Claim(std::vector<What>& list, What what) noexcept : list_(&list), what_(what) {}
    std::vector<What>* list_ = nullptr;
    What what_{};
  };

  // Empty: somebody makes it already.
  Claim claim(const Worker& worker, const StoredForms& forms, Algorithm algorithm);

 private:
  WorkerLocal<std::vector<Claim::What>> making_;
};

// A form in the making: kept once it is whole. What breaks off, and what gets longer than `most`, is not.
class Draft {
 public:
  Draft(const StoredForms& forms, Algorithm algorithm, std::size_t most, FormsInMaking::Claim claim) noexcept
      : forms_(forms), algorithm_(algorithm), most_(most), claim_(std::move(claim)) {}

  void add(std::span<const char> bytes);
  // True: it was handed over to be kept.
  bool finish();

 private:
  const StoredForms& forms_;
  Algorithm algorithm_;
  std::size_t most_;
  bool too_long_ = false;
  std::string bytes_;
  FormsInMaking::Claim claim_;
};

}  // namespace sluice::filters::compress
