// Which folder may include which: the table of docs/architecture.md, and a reader of #include lines that
// holds it.
//
//   for (auto& violation : floor_violations(read_sources(root))) print(violation);
//
// An include may only point down. Folders on one floor never include each other.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace sluice::floors {

struct Source {
  std::string path;  // "src/net/stream.hpp", "include/sluice/task.hpp", "src/net/CMakeLists.txt"
  std::string text;
};

// Every C++ file below src/ and include/, and every CMakeLists.txt that names a folder's libraries.
std::vector<Source> read_sources(const std::filesystem::path& root);

// One line for each include or link that points up or sideways: "src/http/x.hpp:3: http (floor 1) ...".
std::vector<std::string> floor_violations(const std::vector<Source>& sources);

}  // namespace sluice::floors
