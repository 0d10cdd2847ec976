// Names as small numbers: a label is interned when a snapshot is built and is an index ever after.
#pragma once
#include <cstdint>

namespace sluice::telemetry {

// Given out by Metrics, valid as long as it. `none` is shown as "_other": no route matched, the name table is
// full.
enum class ListenerId : std::uint16_t { none };
enum class RouteId : std::uint16_t { none };
enum class UpstreamId : std::uint16_t { none };
enum class EndpointId : std::uint16_t { none };  // an endpoint of one upstream

// Who made the answer.
enum class Source : std::uint8_t { gateway, upstream };

}  // namespace sluice::telemetry
