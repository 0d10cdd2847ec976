// What an error means to the client and to the operator: one function each.
//
//   exchange.refuse(status_of(error), error.cause);
//   exchange.flags.set(flags_of(error));
#pragma once
#include <cstdint>

#include "sluice/response_flags.hpp"
#include "sluice/result.hpp"

namespace sluice::pipeline {

// The status of the local reply, if no answer has begun.
std::uint16_t status_of(const Error& error) noexcept;

// Of the flags that log and metrics show.
ResponseFlags flags_of(const Error& error) noexcept;

}  // namespace sluice::pipeline
