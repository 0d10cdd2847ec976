// What is running. version.cpp is written by the build (cmake/GitVersion.cmake).
#pragma once
#include <string>

namespace sluice::server {

extern const char* const version;  // "0.1.0"
extern const char* const commit;   // short hash, "-dirty" behind it where the tree had changes

// Version, commit and the libraries that are in use, one on a line.
std::string version_text();

}  // namespace sluice::server
