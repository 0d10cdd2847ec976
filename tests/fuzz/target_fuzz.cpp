// Any bytes as a path and as an authority: what is normal stays so, and nothing climbs.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/authority.hpp"
#include "http/chars.hpp"
#include "http/target.hpp"

namespace {

using namespace sluice;
using namespace sluice::http;

void demand(bool good) {
  if (!good) std::abort();
}

// %2F and %5C decoded, parameters cut off: the path as a careless server would see it.
std::string careless(std::string_view path) {
  std::string seen;
  bool parameter = false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto triplet = path.substr(i, 3);
    bool separator = path[i] == '/' || triplet == "%2F" || triplet == "%5C";
    if (separator) seen += '/';
    parameter = separator ? false : parameter || path[i] == ';';
    if (!separator && !parameter) seen += path[i];
    if (separator && path[i] == '%') i += 2;
  }
  return seen + '/';
}

void check_path(std::string_view raw, bool merge) {
  Arena arena;
  auto once = normalise_path(raw, merge, arena);
  if (!once) return;
  auto twice = normalise_path(*once, merge, arena);
  demand(twice && *twice == *once && twice->data() == once->data());
  demand(once->size() <= raw.size() && is_graphic(*once) && once->front() == '/');
  demand(!merge || once->find("//") == std::string_view::npos);
  auto seen = careless(*once);
  demand(seen.find("/../") == std::string::npos && seen.find("/./") == std::string::npos);
}

void check_authority(std::string_view raw) {
  Arena arena;
  auto once = parse_authority(raw, arena);
  if (!once) return;
  auto twice = parse_authority(once->text, arena);
  demand(twice && twice->text == once->text && twice->host == once->host && twice->port == once->port);
  demand(!once->host.empty() && is_graphic(once->text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view raw(reinterpret_cast<const char*>(data), size);
  check_path(raw, true);
  check_path(raw, false);
  check_authority(raw);
  return 0;
}
