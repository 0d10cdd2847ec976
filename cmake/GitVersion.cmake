# Writes OUT, a C++ file with the version and the commit that is being built; touches it only when they change.
execute_process(COMMAND git -C "${SOURCE_DIR}" describe --always --dirty --abbrev=12 --exclude "*"
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit unknown)
endif()
set(text "#include \"server/version.hpp\"\n
namespace sluice::server {
const char* const version = \"${VERSION}\";
const char* const commit = \"${commit}\";
}  // namespace sluice::server
")
set(old "")
if(EXISTS "${OUT}")
  file(READ "${OUT}" old)
endif()
if(NOT text STREQUAL old)
  file(WRITE "${OUT}" "${text}")
endif()
