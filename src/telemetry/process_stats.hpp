// What the kernel knows about this process, by the names that every exporter uses.
#pragma once
#include <prometheus/metric_family.h>

#include <vector>

#include "sluice/clock.hpp"

namespace sluice::telemetry {

void collect_process(WallPoint started, std::vector<prometheus::MetricFamily>& families);

}  // namespace sluice::telemetry
