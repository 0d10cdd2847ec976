# sluice_library(NAME [dependency...]): the library of one folder; its sources are the folder's *.cpp.
# Floors are held by tests/floors: a library may name only libraries of lower floors.
function(sluice_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(NOT sources)  # a folder of headers
    add_library(sluice_${name} INTERFACE)
    target_include_directories(sluice_${name} INTERFACE "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(sluice_${name} INTERFACE ${ARGN})
    return()
  endif()
  add_library(sluice_${name} STATIC ${sources})
  target_include_directories(sluice_${name} PUBLIC "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(sluice_${name} PUBLIC ${ARGN})
  target_precompile_headers(sluice_${name} PRIVATE "${CMAKE_SOURCE_DIR}/cmake/std_pch.hpp")
endfunction()

# sluice_tests(NAME [dependency...]): one GoogleTest program for a folder of tests/, from its *_test.cpp.
function(sluice_tests name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_tests ${sources})
  target_include_directories(${name}_tests PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_compile_definitions(${name}_tests PRIVATE SLUICE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # A test names the settings that it is about; the others have their defaults.
  target_compile_options(${name}_tests PRIVATE -Wno-missing-field-initializers)
  target_link_libraries(${name}_tests PRIVATE ${ARGN} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name}_tests PRIVATE "${CMAKE_SOURCE_DIR}/cmake/std_pch.hpp" <gtest/gtest.h>)
  gtest_discover_tests(${name}_tests TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST)
endfunction()
