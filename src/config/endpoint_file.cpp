#include "config/check_listed.hpp"
#include "config/document.hpp"
#include "config/read.hpp"

namespace sluice::config {
namespace {

struct Listed {
  std::vector<Endpoint> endpoints;
  static const Schema& schema();
};

const Schema& Listed::schema() {
  static const Schema s =
      describe<Listed>("Endpoints in a file of their own.")
          .member("endpoints", &Listed::endpoints, "The servers.", required)
          .check([](const Listed& l, Faults& faults) { check_listed(l.endpoints, faults); });
  return s;
}

}  // namespace

EndpointFile load_endpoints(const std::filesystem::path& path, FileReader& files) {
  Problems problems;
  Listed listed;
  auto source = std::make_shared<SourceFile>(SourceFile{path.string(), 0});
  auto file = files.read(path, DocumentLimits::bytes);
  if (!file.fault.empty())
    problems.error({source, 0, 0}, "", "cannot read: " + file.fault);
  else if (auto root = parse(file.text, source, problems))
    Reading({}, problems).object(Listed::schema(), Cursor(*root), &listed);
  if (problems.error_count() > 0) listed.endpoints.clear();
  return {std::move(listed.endpoints), problems.take_errors()};
}

}  // namespace sluice::config
