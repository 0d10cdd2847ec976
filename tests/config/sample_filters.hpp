// A table of filters as an out-of-tree filter would declare them, and files that are not on a disk.
#pragma once
#include <map>
#include <string>

#include "config/source.hpp"
#include "sluice/config.hpp"

namespace sluice::config {

enum class Strength : std::uint8_t { weak, strong };
constexpr auto names_of(Strength) {
  using namespace std::string_view_literals;
  return std::array{"weak"sv, "strong"sv};
}

// Decides, and a route may have one.
struct Gate {
  std::vector<Cidr> allow;
  OrOff<Duration> remember = std::chrono::seconds(10);
  Strength strength = Strength::strong;
  Percent share{0.5};
  std::string password;
  std::map<std::string, Rate> rates;

  static const Schema& schema() {
    static const Schema s = describe<Gate>("Lets some clients pass.")
                                .member("allow", &Gate::allow, "Who may pass.", required)
                                .member("remember", &Gate::remember, "How long a decision is kept.",
                                        at_least<Duration>(std::chrono::seconds(1)))
                                .member("strength", &Gate::strength, "How strong it is.")
                                .member("share", &Gate::share, "How many are looked at.")
                                .member("password", &Gate::password, "What opens it.", secret)
                                .member("rates", &Gate::rates, "By plan.")
                                .short_form("allow");
    return s;
  }
};

// Only paints; any number of them.
struct Tint {
  std::string colour = "red";
  static const Schema& schema() {
    static const Schema s =
        describe<Tint>("Paints.").member("colour", &Tint::colour, "The colour.").short_form("colour");
    return s;
  }
};

// Finds out who is asking.
struct Badge {
  std::string field = "X-Badge";
  static const Schema& schema() {
    static const Schema s =
        describe<Badge>("Reads a badge.").member("field", &Badge::field, "Where it is.").short_form("field");
    return s;
  }
};

// What a route's `require` is read with.
struct Demand {
  std::vector<std::string> scopes;
  static const Schema& schema() {
    static const Schema s =
        describe<Demand>("Looks at the badge.").member("scopes", &Demand::scopes, "On the badge.", required);
    return s;
  }
};

inline const std::array<FilterSchema, 5> sample_filters = {
    filter_schema<Gate>("gate", {.decides = true}),
    filter_schema<Gate>("guard", {.decides = true, .guards = true}),
    filter_schema<Tint>("tint", {.repeatable = true}),
    FilterSchema{"badge",
                 {.decides = true, .guards = true, .repeatable = true},
                 &Badge::schema(),
                 [](const void*) { return true; }},
    filter_schema<Demand>("require",
                          {.decides = true, .guards = true, .repeatable = true, .asks_who = true})};

class MemoryFiles final : public FileReader {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  FileText read(const std::filesystem::path& path, std::size_t limit) override {
    auto file = files_.find(path.string());
    if (file == files_.end()) return {"", "No such file or directory"};
    if (file->second.size() > limit) return {"", "larger than " + std::to_string(limit) + " bytes"};
    return {file->second, ""};
  }
  // Only `directory/*.yaml`, which is all that the tests ask for.
  std::vector<std::filesystem::path> match(const std::string& pattern) override {
    if (!has_wildcard(pattern)) return {pattern};
    std::vector<std::filesystem::path> found;
    auto directory = pattern.substr(0, pattern.find('*'));
    for (auto& [name, text] : files_)
      if (name.starts_with(directory) && name.ends_with(".yaml")) found.emplace_back(name);
    return found;
  }

 private:
  std::map<std::string, std::string> files_;
};

inline Environment variables(std::map<std::string, std::string> all) {
  return [all = std::move(all)](const std::string& name) -> std::optional<std::string> {
    auto v = all.find(name);
    if (v == all.end()) return std::nullopt;
    return v->second;
  };
}

}  // namespace sluice::config
