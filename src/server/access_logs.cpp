#include "server/access_logs.hpp"

namespace sluice::server {
namespace {

std::optional<telemetry::AccessLogOptions> options_of(const OrOff<config::AccessLog>& settings) {
  if (!settings) return std::nullopt;
  telemetry::AccessLogOptions options;
  if (settings->path) options.path = settings->path->string();
  options.sample = settings->sample;
  options.query = settings->query;
  return options;
}

bool same(const telemetry::AccessLogOptions& a, const telemetry::AccessLogOptions& b) {
  return a.path == b.path && a.sample == b.sample && a.query == b.query;
}

}  // namespace

Outcome<AccessLogs::Prepared> AccessLogs::prepare(const config::Config& config) {
  Prepared next{options_of(config.telemetry.access_log), nullptr};
  if (!next.options) return next;
  if (current_.options && same(*current_.options, *next.options)) return current_;
  auto opened = telemetry::AccessLog::open(*next.options, workers_, meter_);
  if (!opened) return Failure{"telemetry.access_log: cannot open " + next.options->path};
  next.log = std::move(*opened);
  return next;
}

}  // namespace sluice::server
