// Reads the members of a mapping into typed values and gathers every mistake with its line, in the words that
// people know from Prometheus and Alertmanager.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/alerts/config/yaml_node.h"

namespace aloft::telemetry::alerts {

// Mistakes of one file, in the order found.
class Mistakes {
 public:
  void add(int line, std::string message) { items_.push_back({line, std::move(message)}); }
  bool empty() const { return items_.empty(); }
  // "yaml: unmarshal errors:\n  line 5: field x not found in type T".
  Error to_error() const;

 private:
  struct Item {
    int line;
    std::string message;
  };
  std::vector<Item> items_;
};

bool read_text(const YamlNode& node, std::string& out, Mistakes& mistakes);
bool read_bool(const YamlNode& node, bool& out, Mistakes& mistakes);
bool read_int(const YamlNode& node, std::int64_t& out, Mistakes& mistakes);
bool read_number(const YamlNode& node, double& out, Mistakes& mistakes);
// Prometheus' durations.
bool read_duration(const YamlNode& node, Duration& out, Mistakes& mistakes);

// The members of one mapping. Missing and null members leave the target as it is.
class Fields {
 public:
  // `type` names the section in messages.
  Fields(const YamlNode& node, std::string type, Mistakes& mistakes);
  // The value, or null when it is missing or null; the name counts as known.
  const YamlNode* take(std::string_view name);
  bool has(std::string_view name) const;
  void text(std::string_view name, std::string& out);
  void boolean(std::string_view name, bool& out);
  void integer(std::string_view name, std::int64_t& out);
  void number(std::string_view name, double& out);
  void duration(std::string_view name, Duration& out);
  void duration(std::string_view name, std::optional<Duration>& out);
  void texts(std::string_view name, std::vector<std::string>& out);
  void text_map(std::string_view name, std::map<std::string, std::string>& out);
  // The items of a list; a wrong kind is a mistake.
  const std::vector<YamlNode>& list(std::string_view name);
  // Reports the members that nobody took.
  void finish();
  int line() const { return node_.line; }
  Mistakes& mistakes() { return mistakes_; }

 private:
  const YamlNode& node_;
  std::string type_;
  Mistakes& mistakes_;
  std::vector<bool> known_;
};

}  // namespace aloft::telemetry::alerts
