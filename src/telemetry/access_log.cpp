#include "telemetry/access_log.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <cmath>
#include <limits>
#include <system_error>

#include "telemetry/log.hpp"
#include "telemetry/log_writer.hpp"

namespace sluice::telemetry {
namespace {

static_assert(AccessFormatter::longest <= LogPages::page_size);

constexpr auto everything = std::numeric_limits<std::uint64_t>::max();

std::uint64_t threshold(double sample) noexcept {
  if (sample >= 1) return everything;
  if (!(sample > 0)) return 0;
  return static_cast<std::uint64_t>(std::ldexp(sample, 64));
}

// FNV-1a, then a mix that spreads it over all bits: the same number on every replica.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t h = 0xCBF29CE484222325;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93;
  return h ^ (h >> 32);
}

}  // namespace

WorkerLog::WorkerLog(const AccessLogOptions& options, std::size_t index, Counter dropped, int wake)
    : formatter_(options.format, options.query),
      pages_(options.pages),
      threshold_(threshold(options.sample)),
      index_(index),
      dropped_(dropped),
      wake_(wake) {}

bool WorkerLog::sampled(std::string_view request_id) const noexcept {
  return threshold_ == everything || hash(request_id) < threshold_;
}

void WorkerLog::write(const AccessRecord& record) noexcept {
  if (!sampled(record.request_id)) return;
  char* at = pages_.reserve(formatter_.bound(record));
  if (at == nullptr) return dropped_.add(index_);
  pages_.commit(formatter_.write(record, at));
  if (pages_.take_turned()) eventfd_write(wake_, 1);
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const AccessLogOptions& options, std::size_t workers,
                                                   Meter& meter) {
  auto file = LogFile::open(options.path);
  if (!file) {
    log::error("access_log.open",
               {{"path", options.path}, {"error", std::generic_category().message(errno)}});
    return Error{Error::Kind::unavailable, Error::Side::internal, "access_log_open"};
  }
  return std::unique_ptr<AccessLog>(
      new AccessLog(std::make_unique<LogWriter>(options, std::move(*file), workers, meter)));
}

AccessLog::AccessLog(std::unique_ptr<LogWriter> writer) : writer_(std::move(writer)) {}
AccessLog::~AccessLog() = default;

WorkerLog& AccessLog::worker(std::size_t index) noexcept {
  return writer_->worker(index);
}
void AccessLog::reopen() noexcept {
  writer_->reopen();
}

}  // namespace sluice::telemetry
