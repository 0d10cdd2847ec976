// URI references as schemas refer to each other by them (RFC 3986 §5.2).
//
//   resolve("https://example.com/schemas/report.json", "address.json#/zip")
//       == "https://example.com/schemas/address.json#/zip"
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::filters::validate {

std::string resolve(std::string_view base, std::string_view reference);

// Cut at the first '#'; the fragment is percent-decoded.
struct Reference {
  std::string_view document;
  std::string fragment;
  bool has_fragment = false;
};
Reference cut_fragment(std::string_view uri);

std::string file_uri(const std::filesystem::path& path);
// nullopt: it is no file's.
std::optional<std::filesystem::path> path_of(std::string_view uri);

}  // namespace sluice::filters::validate
