// YAML with the place of every value, for configuration and rule files: their mistakes are reported by line.
// Scalars stay text; what they mean is decided by the field that reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::telemetry::alerts {

struct YamlNode {
  enum class Kind : unsigned char { null, scalar, list, map };
  struct Member;
  Kind kind = Kind::null;
  bool plain = true;  // a scalar without quotes
  std::string text;
  std::vector<YamlNode> items;
  std::vector<Member> members;  // in the order of the file; keys are unique
  int line = 0;
  int column = 0;

  bool is_null() const { return kind == Kind::null; }
  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  // The member's value; null when there is none.
  const YamlNode* find(std::string_view key) const;
  // "!!map", "!!seq", "!!str", "!!int", ...: for messages.
  std::string_view tag() const;
};

struct YamlNode::Member {
  std::string key;
  YamlNode value;
  int line = 0;
};

// The documents of a stream, empty ones left out. Error: invalid, "yaml: line N: what".
Result<std::vector<YamlNode>> parse_yaml_nodes(std::string_view text);
// Block style YAML of a tree, strings quoted where they need it.
std::string write_yaml(const YamlNode& node);

}  // namespace aloft::telemetry::alerts
