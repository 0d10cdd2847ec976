#include "filters/compress/settings.hpp"

#include <algorithm>

#include "filters/compress/media_types.hpp"

namespace sluice::filters::compress {
namespace {

void check_algorithms(const Settings& s, Faults& faults) {
  if (s.algorithms.empty()) faults.add("algorithms", "names no algorithm");
  for (auto a : {Algorithm::gzip, Algorithm::br, Algorithm::zstd})
    if (std::ranges::count(s.algorithms, a) > 1)
      faults.add("algorithms", "'" + std::string(name_of(a)) + "' stands there twice");
}

void check_types(const Settings& s, Faults& faults) {
  if (s.types.empty()) faults.add("types", "names no type");
  for (auto& type : s.types)
    if (auto fault = fault_of_type(type); !fault.empty()) faults.add("types", "'" + type + "': " + fault);
}

// Higher levels would keep a worker from its other clients for ten milliseconds and more at a time.
template <class T>
Schema levels(std::string_view doc) {
  using Level = int T::*;
  return describe<T>(doc)
      .member("gzip", Level(&T::gzip), "Of gzip.", range(1, 9))
      .member("br", Level(&T::br), "Of br.", range(1, 9))
      .member("zstd", Level(&T::zstd), "Of zstd.", range(1, 12));
}

}  // namespace

std::vector<std::string> Settings::usual_types() {
  return {"text/*",
          "+json",
          "+xml",
          "+yaml",
          "application/json",
          "application/jsonl",
          "application/x-ndjson",
          "application/xml",
          "application/yaml",
          "application/javascript",
          "application/x-javascript",
          "application/wasm",
          "application/vnd.ms-fontobject",
          "font/otf",
          "font/ttf",
          "image/bmp",
          "image/vnd.microsoft.icon",
          "image/x-icon"};
}

const Schema& PassingLevels::schema() {
  static const Schema s = levels<PassingLevels>("For what is encoded each time that it is sent.");
  return s;
}

const Schema& StaticLevels::schema() {
  static const Schema s = levels<StaticLevels>("For what a cache keeps: encoded once, sent often.");
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("Encodes answers for clients that take it, so that they are shorter on their way.")
          .member("algorithms", &Settings::algorithms,
                  "With what; the first ones where a client likes several of them the same.")
          .member("min_size", &Settings::min_size,
                  "What is known to be shorter is left as it is: it would gain next to nothing.")
          .member(
              "types", &Settings::types,
              "Types of answers: `text/html`, `text/*`, or `+json` for a suffix. `text/event-stream` only "
              "where it is named itself.")
          .member("level", &Settings::level,
                  "How hard it tries for what is encoded each time that it is sent.")
          .member("static_level", &Settings::static_level,
                  "How hard it tries for what a cache keeps: encoded once, sent often.")
          .member("static_size", &Settings::static_size,
                  "Up to which size encoded forms are kept beside what a cache has stored.")
          .member("memory", &Settings::memory,
                  "What its encoders may hold in the whole process, 0.3 to 3 MiB for each answer under way. "
                  "While they hold more, answers go out as they are.",
                  at_least(mebibytes(1)))
          .check(check_algorithms)
          .check(check_types)
          .short_form("algorithms");
  return s;
}

}  // namespace sluice::filters::compress
