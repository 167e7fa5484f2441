// Reading targets from files and HTTP answers.
#include "telemetry/scrape/targets/target_group.h"

#include <fmt/format.h>

#include "telemetry/scrape/config/section.h"
#include "telemetry/scrape/config/yaml_text.h"

namespace aloft::telemetry::scrape {

Result<std::vector<TargetGroup>> parse_target_groups(std::string_view text, const std::string& source) {
  TRY(document, parse_yaml_texts(text));
  const model::Array* list = document.if_array();
  if (list == nullptr)
    return fail(Code::bad_request,
                fmt::format("{}: expected a list of target groups, not a {}", source, document.type_name()));
  std::vector<TargetGroup> groups;
  ConfigProblem problem;
  for (std::size_t i = 0; i < list->size(); ++i) {
    Section in(&(*list)[i], fmt::format("{}[{}]", source, i), problem);
    TargetGroup& group = groups.emplace_back();
    group.source = fmt::format("{}:{}", source, i);
    std::vector<std::string> addresses;
    std::vector<std::pair<std::string, std::string>> labels;
    in.texts("targets", addresses);
    in.pairs("labels", labels);
    std::string ignored;
    in.text("source", ignored);
    in.finish();
    for (const std::string& address : addresses) group.targets.push_back(Labels({{address_label, address}}));
    group.labels = Labels(labels);
  }
  if (problem.found) return fail(Code::bad_request, problem.what);
  return groups;
}

}  // namespace aloft::telemetry::scrape
