// Any bytes as a JSON text: what is read keeps to its limits and to itself.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/document.hpp"
#include "json/equal.hpp"
#include "json/number.hpp"
#include "json/utf8.hpp"

namespace {

using namespace sluice::json;

constexpr Limits limits = {16, 64, 256};

void demand(bool good) {
  if (!good) std::abort();
}

void walk(const Node& n, std::size_t depth) {
  if (n.is(Kind::string)) {
    demand(n.size <= limits.string && is_utf8(n.text()));
    bool ascii = true;
    for (char c : n.text()) ascii &= static_cast<signed char>(c) >= 0;
    demand(ascii == n.flag);
  }
  if (n.is_number()) demand(compare(n, n) == 0);
  if (!n.is_container()) return;
  demand(depth > 0 && n.size <= limits.members);
  std::uint32_t count = 0;
  for (const Node* e = n.first(); e != n.end(); ++count) {
    if (n.is(Kind::object)) {
      demand(e->is(Kind::string) && n.find(e->text()) == e + 1);
      ++e;
    }
    walk(*e, depth - 1);
    e = e->next();
  }
  demand(count == n.size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static Document first, second;
  auto fault = first.read(text, limits);
  demand(!fault || fault->offset <= size);
  if (fault) return 0;
  walk(first.root(), limits.depth);
  demand(!second.read(" " + std::string(text) + "\n", limits));
  demand(equal(first.root(), second.root()) && hash(first.root()) == hash(second.root()));
  return 0;
}
