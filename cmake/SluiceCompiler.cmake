# Language, warnings, sanitizers and hardening, once for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# An executable that the system may place anywhere, and no shared library: calls need no indirection.
add_compile_options(-fPIE)
add_link_options(-pie)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                  "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE}")
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -foptimize-sibling-calls")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Werror)
# g++ 12 reports these inside its own headers at -O2, in code that is correct.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

if(SLUICE_SANITIZE)
  add_compile_options(-fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SLUICE_SANITIZE})
  # g++ mistakes Asio's fences for something ThreadSanitizer cannot follow; they are only in its own queue.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  # And this one at -O2 only, where a std::string is made of a long literal.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
