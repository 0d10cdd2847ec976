// What is wrong with a configuration, and where.
//
//   Problems problems;
//   problems.error(cursor, "unknown key (did you mean 'rate_limit'?)");
//   for (auto& p : problems.sorted_errors()) print(p.to_string());
//       // sluice.yaml:41:7: routes.get-user.rate_limt: unknown key (did you mean 'rate_limit'?)
#pragma once
#include <compare>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

// A file that was read, as it is named in messages; `order` is that of reading.
struct SourceFile {
  std::string name;
  std::size_t order = 0;
  std::filesystem::path directory() const { return std::filesystem::path(name).parent_path(); }
};

// Lines and columns count from 1; 0 means the file as a whole.
struct Place {
  std::shared_ptr<const SourceFile> file;
  int line = 0;
  int column = 0;

  std::string to_string() const;
  std::weak_ordering operator<=>(const Place& other) const noexcept;
  bool operator==(const Place& other) const noexcept { return (*this <=> other) == 0; }
};

struct Problem {
  Place place;
  std::string path;  // in the document: "routes.get-user.to[0].weight"; empty: the whole
  std::string message;

  std::string to_string() const;
};

class Problems {
 public:
  void error(Place place, std::string path, std::string message) {
    errors_.push_back({std::move(place), std::move(path), std::move(message)});
  }
  void warning(Place place, std::string path, std::string message) {
    warnings_.push_back({std::move(place), std::move(path), std::move(message)});
  }

  std::size_t error_count() const noexcept { return errors_.size(); }
  // True where nothing at or below that path is known to be wrong.
  bool sound(std::string_view path) const noexcept;

  // In the order of the files' text.
  std::vector<Problem> take_errors() { return sorted(std::move(errors_)); }
  std::vector<Problem> take_warnings() { return sorted(std::move(warnings_)); }

 private:
  static std::vector<Problem> sorted(std::vector<Problem> list);

  std::vector<Problem> errors_;
  std::vector<Problem> warnings_;
};

// True for the path itself and everything below it.
bool is_at_or_below(std::string_view path, std::string_view ancestor) noexcept;

}  // namespace sluice::config
