#include "telemetry/caught.hpp"

#include <exception>

namespace sluice::telemetry {

const char* caught() noexcept {
  auto thrown = std::current_exception();
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown";
  }
}

}  // namespace sluice::telemetry
