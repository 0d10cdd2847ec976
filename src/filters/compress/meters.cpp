#include "filters/compress/meters.hpp"

#include <string>
#include <utility>

namespace sluice::filters::compress {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

// A counter for each value of an enum: make(name of the value).
template <class E, class Make>
auto one_for_each(Make make) {
  constexpr auto names = names_of(E{});
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::array{make(std::string(names[i]))...};
  }
  (std::make_index_sequence<names.size()>());
}

template <class E>
auto by_result(Meter& meter, std::string_view policy, const char* name, const char* help) {
  return one_for_each<E>([&](std::string result) {
    return meter.counter({name, help, {{"policy", std::string(policy)}, {"result", std::move(result)}}});
  });
}

auto bytes(Meter& meter, std::string_view policy, const char* direction) {
  return one_for_each<Algorithm>([&](std::string algorithm) {
    return meter.counter(
        {"sluice_compress_bytes_total",
         "Bytes that encoders took in and gave out",
         {{"policy", std::string(policy)}, {"algorithm", std::move(algorithm)}, {"direction", direction}}});
  });
}

constexpr auto answers = "sluice_compress_total";
constexpr auto answers_help = "Answers, by what they were encoded with or why they were not";

}  // namespace

Meters::Meters(Meter& meter, std::string_view policy)
    : skipped_(by_result<Skip>(meter, policy, answers, answers_help)),
      encoded_(by_result<Algorithm>(meter, policy, answers, answers_help)),
      in_(bytes(meter, policy, "in")),
      out_(bytes(meter, policy, "out")),
      forms_(by_result<FormUse>(meter, policy, "sluice_compress_forms_total",
                                "Encoded forms beside what a cache has stored")),
      memory_(meter.gauge({"sluice_compress_memory_bytes",
                           "What the encoders under way hold",
                           {{"policy", std::string(policy)}}})) {}

}  // namespace sluice::filters::compress
