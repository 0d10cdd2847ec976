#include "server/admin/body.hpp"

#include <set>

#include "config/suggest.hpp"
#include "http/chars.hpp"

namespace sluice::server {
namespace {

bool is_json(std::string_view content_type) {
  return http::same_name(http::trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

// Members of the outermost object are seen once each: which of two was meant nobody can know.
class Parsing {
 public:
  Json run(const std::string& text) {
    auto watch = [this](int depth, Json::parse_event_t event, Json& parsed) {
      if (event == Json::parse_event_t::key && depth == 1)
        twice_ = twice_ || !seen_.insert(parsed.get<std::string>()).second;
      return true;
    };
    auto json = Json::parse(text, watch, false);
    return twice_ ? Json(Json::value_t::discarded) : json;
  }

 private:
  std::set<std::string> seen_;
  bool twice_ = false;
};

}  // namespace

std::variant<Json, AdminReply> read_members(const AdminRequest& request,
                                            std::span<const std::string_view> known) {
  if (!is_json(request.content_type)) return problem(415, "the body has to be application/json");
  auto json = Parsing().run(request.body);
  if (json.is_discarded()) return problem(400, "the body is not JSON, or names a member twice");
  if (!json.is_object()) return problem(400, "the body is not a JSON object");
  for (auto& [name, value] : json.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return problem(422, "unknown member '" + name + '\'' + config::suggestion(name, known));
  return json;
}

std::variant<Json, AdminReply> read_object(const AdminRequest& request,
                                           std::span<const std::string_view> known) {
  auto read = read_members(request, known);
  auto* json = std::get_if<Json>(&read);
  if (!json) return read;
  for (auto name : known)
    if (!json->contains(name)) return problem(422, "the member '" + std::string(name) + "' is missing");
  return read;
}

std::variant<Json, AdminReply> read_one_of(const AdminRequest& request,
                                           std::span<const std::string_view> known) {
  auto read = read_members(request, known);
  auto* json = std::get_if<Json>(&read);
  if (!json || json->size() == 1) return read;
  std::string names;
  for (auto name : known) names.append(names.empty() ? "'" : ", '").append(name).append("'");
  return problem(422, "exactly one member is expected, of " + names);
}

}  // namespace sluice::server
