// Rule groups that people put in through an interface, by namespace, kept as one rule file for each
// namespace.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/alerts/config/yaml_node.h"
#include "telemetry/alerts/rules/rule_file.h"

namespace aloft::telemetry::alerts {

// A value without disk access but where it says so.
class KeptGroups {
 public:
  // By name, as they were given.
  using Namespace = std::map<std::string, YamlNode>;
  explicit KeptGroups(RuleFileOptions options) : options_(std::move(options)) {}

  // Reads the files of a folder that may be missing; a file that is wrong is told in the log and left.
  // Blocks.
  void load(const std::string& folder);

  const std::map<std::string, Namespace>& namespaces() const { return namespaces_; }
  // The group's text is YAML of one group. Error: invalid, as for a rule file of that name.
  Result<> put(const std::string& name, std::string_view group);
  // Error: not_found.
  Result<> remove(const std::string& name);
  Result<> remove(const std::string& name, const std::string& group);

  // What is to be evaluated for a namespace; empty when it is gone.
  std::vector<RuleGroupConfig> groups(const std::string& name) const;
  // The namespace as a file; empty when it is gone.
  std::string file_text(const std::string& name) const;
  // Where that text belongs.
  static std::string file_path(const std::string& folder, const std::string& name);

 private:
  Result<> load_file(const std::string& path);

  RuleFileOptions options_;
  std::map<std::string, Namespace> namespaces_;
};

}  // namespace aloft::telemetry::alerts
