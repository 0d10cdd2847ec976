// Answers encoded on their way to clients that take it: gzip, br, zstd.
//
//   policies:
//     small: { compress: { algorithms: [zstd, br, gzip], min_size: 1KiB } }
//
// It stands outside the cache, so what was stored is encoded like what has just come; what a cache keeps
// whole is encoded once, at a higher level, and the result kept beside it.
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::compress {

FilterKind compress_filter();

}  // namespace sluice::filters::compress
