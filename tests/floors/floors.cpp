#include "floors/floors.hpp"

#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string_view>

namespace sluice::floors {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, int, std::less<>> floor_of_folder = {
    {"base", 0},     {"http", 1},    {"json", 1},     {"config", 2},   {"telemetry", 2},
    {"pipeline", 3}, {"filters", 4}, {"net", 4},      {"upstream", 5}, {"proxy", 6},
    {"server", 7},   {"cli", 8},     {"main.cpp", 9},
};

// Public headers stand in one folder but on the floor of what implements them.
const std::map<std::string, std::string, std::less<>> folder_of_public_header = {
    {"arena", "base"},
    {"clock", "base"},
    {"eventual", "base"},
    {"frame", "base"},
    {"ip", "base"},
    {"link", "base"},
    {"result", "base"},
    {"published", "base"},
    {"response_flags", "base"},
    {"run_queue", "base"},
    {"scope", "base"},
    {"task", "base"},
    {"timers", "base"},
    {"units", "base"},
    {"waiter", "base"},
    {"worker", "base"},
    {"body", "http"},
    {"http", "http"},
    {"stored_forms", "http"},
    {"config", "config"},
    {"variable", "config"},
    {"metrics", "telemetry"},
    {"adjustable", "pipeline"},
    {"background", "pipeline"},
    {"client_certificate", "base"},
    {"exchange", "pipeline"},
    {"fetch", "pipeline"},
    {"filter", "pipeline"},
    {"filter_kind", "pipeline"},
    {"principal", "pipeline"},
    {"shared_store", "pipeline"},
    {"store", "pipeline"},
    {"value_of", "pipeline"},
};

// Where a file stands: its folder, its floor, and for a filter its own name, since filters are siblings.
struct Place {
  std::string unit;  // "net", "filters/jwt"
  int floor = 0;
};

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (auto& part : fs::path(path)) parts.push_back(part.string());
  return parts;
}

std::optional<Place> folder(std::string_view name) {
  auto found = floor_of_folder.find(name);
  if (found == floor_of_folder.end()) return std::nullopt;
  return Place{std::string(name), found->second};
}

std::optional<Place> public_header(std::string_view file) {
  auto found = folder_of_public_header.find(fs::path(file).stem().string());
  if (found == folder_of_public_header.end()) return std::nullopt;
  return folder(found->second);
}

// Of what an #include names, or of a file below src/.
std::optional<Place> place_of(std::string_view path) {
  auto parts = split(path);
  if (parts.size() >= 2 && parts[0] == "sluice") return public_header(parts[1]);
  auto place = folder(parts[0]);
  if (place && parts[0] == "filters" && parts.size() > 2) place->unit += "/" + parts[1];
  return place;
}

std::optional<Place> place_of(const Source& source) {
  auto path = std::string_view(source.path);
  if (path.starts_with("include/")) return place_of(path.substr(8));
  return place_of(path.substr(4));
}

std::string describe(const Place& p) {
  return p.unit + " (floor " + std::to_string(p.floor) + ")";
}

bool may_use(const Place& from, const Place& to) {
  if (from.unit == to.unit) return true;
  // What all filters share stands in filters/ itself.
  if (to.unit == "filters" && from.unit.starts_with("filters/")) return true;
  return to.floor < from.floor;
}

class Reader {
 public:
  explicit Reader(std::vector<std::string>& violations) : violations_(violations) {}

  void read(const Source& source) {
    auto place = place_of(source);
    source_ = &source;
    line_ = 0;
    if (!place) return complain("stands on no floor of the table");
    std::istringstream lines(source.text);
    for (std::string line; std::getline(lines, line);) {
      ++line_;
      if (source.path.ends_with("CMakeLists.txt"))
        link_line(*place, line);
      else
        include_line(*place, line);
    }
  }

 private:
  void include_line(const Place& from, const std::string& line) {
    static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*$)");
    std::smatch match;
    if (!std::regex_match(line, match, include)) return;
    auto name = match[2].str();
    if (match[1] == "<")
      system_include(from, name);
    else
      own_include(from, name);
  }

  void own_include(const Place& from, const std::string& name) {
    auto to = place_of(name);
    if (!to) return complain("includes \"" + name + "\", which stands on no floor of the table");
    if (source_->path.starts_with("include/") && !name.starts_with("sluice/"))
      return complain("is public and includes \"" + name + "\", which is not");
    judge(from, *to, "include \"" + name + "\"");
  }

  void system_include(const Place& from, const std::string& name) {
    auto slash = name.find('/');
    if (from.floor > 0 || slash == std::string::npos) return;
    auto top = name.substr(0, slash);
    if (top != "sys" && top != "netinet" && top != "arpa")
      complain(describe(from) + " knows the standard library only, not <" + name + ">");
  }

  void link_line(const Place& from, const std::string& line) {
    static const std::regex library(R"(\bsluice_([a-z0-9]+)\b)");
    if (line.find("sluice_library(") == std::string::npos) return;
    auto arguments = line.substr(line.find('('));
    for (std::sregex_iterator it(arguments.begin(), arguments.end(), library), end; it != end; ++it)
      if (auto to = folder((*it)[1].str())) judge(from, *to, "link sluice_" + to->unit);
  }

  void judge(const Place& from, const Place& to, const std::string& what) {
    if (!may_use(from, to)) complain(describe(from) + " may not " + what + ": " + describe(to));
  }

  void complain(const std::string& what) {
    violations_.push_back(source_->path + ":" + std::to_string(line_) + ": " + what);
  }

  std::vector<std::string>& violations_;
  const Source* source_ = nullptr;
  int line_ = 0;
};

bool is_read(const fs::path& p) {
  return p.extension() == ".hpp" || p.extension() == ".cpp" || p.filename() == "CMakeLists.txt";
}

std::string text_of(const fs::path& p) {
  std::ifstream in(p);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::vector<Source> read_sources(const fs::path& root) {
  std::vector<Source> sources;
  for (auto* top : {"src", "include"})
    for (auto& entry : fs::recursive_directory_iterator(root / top)) {
      auto path = fs::relative(entry.path(), root).string();
      if (entry.is_regular_file() && is_read(entry.path()) && path != "src/CMakeLists.txt")
        sources.push_back({path, text_of(entry.path())});
    }
  return sources;
}

std::vector<std::string> floor_violations(const std::vector<Source>& sources) {
  std::vector<std::string> violations;
  Reader reader(violations);
  for (auto& source : sources) reader.read(source);
  return violations;
}

}  // namespace sluice::floors
