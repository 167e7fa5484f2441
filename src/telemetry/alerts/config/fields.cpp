// Typed reading of YAML nodes.
#include "telemetry/alerts/config/fields.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "telemetry/core/durations.h"

namespace aloft::telemetry::alerts {
namespace {

void wrong_kind(const YamlNode& node, std::string_view wanted, Mistakes& mistakes) {
  const bool shows = node.kind == YamlNode::Kind::scalar;
  std::string shown = node.text.size() > 10 ? node.text.substr(0, 7) + "..." : node.text;
  mistakes.add(node.line, fmt::format("cannot unmarshal {}{} into {}", node.tag(),
                                      shows ? " `" + shown + "`" : "", wanted));
}

}  // namespace

Error Mistakes::to_error() const {
  std::string out = "yaml: unmarshal errors:";
  for (const Item& item : items_) out += fmt::format("\n  line {}: {}", item.line, item.message);
  return Error(Code::invalid, std::move(out));
}

bool read_text(const YamlNode& node, std::string& out, Mistakes& mistakes) {
  if (node.is_null()) return true;
  if (node.kind != YamlNode::Kind::scalar) {
    wrong_kind(node, "string", mistakes);
    return false;
  }
  out = node.text;
  return true;
}

bool read_bool(const YamlNode& node, bool& out, Mistakes& mistakes) {
  constexpr std::array<std::string_view, 11> yes = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                                    "on",   "On",   "ON",   "y",   "Y"};
  constexpr std::array<std::string_view, 11> no = {"false", "False", "FALSE", "no", "No", "NO",
                                                   "off",   "Off",   "OFF",   "n",  "N"};
  if (node.kind == YamlNode::Kind::scalar && node.plain) {
    if (std::find(yes.begin(), yes.end(), node.text) != yes.end()) return out = true;
    if (std::find(no.begin(), no.end(), node.text) != no.end()) {
      out = false;
      return true;
    }
  }
  wrong_kind(node, "bool", mistakes);
  return false;
}

bool read_int(const YamlNode& node, std::int64_t& out, Mistakes& mistakes) {
  if (node.kind == YamlNode::Kind::scalar && node.plain) {
    const char* end = node.text.data() + node.text.size();
    const auto read = std::from_chars(node.text.data(), end, out);
    if (read.ec == std::errc() && read.ptr == end) return true;
  }
  wrong_kind(node, "int", mistakes);
  return false;
}

bool read_number(const YamlNode& node, double& out, Mistakes& mistakes) {
  if (node.kind == YamlNode::Kind::scalar && node.plain) {
    const bool infinite = node.text == ".inf" || node.text == "-.inf" || node.text == ".nan";
    if (parse_float(infinite ? (node.text[0] == '-' ? "-Inf" : node.text.substr(1)) : node.text, out))
      return true;
  }
  wrong_kind(node, "float64", mistakes);
  return false;
}

bool read_duration(const YamlNode& node, Duration& out, Mistakes& mistakes) {
  std::string text;
  if (!read_text(node, text, mistakes)) return false;
  auto parsed = parse_prometheus_duration(text);
  if (!parsed) {
    mistakes.add(node.line, text.empty() ? "empty duration string" : parsed.error().message());
    return false;
  }
  out = *parsed;
  return true;
}

Fields::Fields(const YamlNode& node, std::string type, Mistakes& mistakes)
    : node_(node), type_(std::move(type)), mistakes_(mistakes), known_(node.members.size()) {
  if (!node.is_map() && !node.is_null()) wrong_kind(node, type_, mistakes);
}

const YamlNode* Fields::take(std::string_view name) {
  for (std::size_t i = 0; i < node_.members.size(); ++i) {
    if (node_.members[i].key != name) continue;
    known_[i] = true;
    return node_.members[i].value.is_null() ? nullptr : &node_.members[i].value;
  }
  return nullptr;
}

bool Fields::has(std::string_view name) const {
  const YamlNode* found = node_.find(name);
  return found != nullptr && !found->is_null();
}

void Fields::text(std::string_view name, std::string& out) {
  if (const YamlNode* node = take(name)) read_text(*node, out, mistakes_);
}
void Fields::boolean(std::string_view name, bool& out) {
  if (const YamlNode* node = take(name)) read_bool(*node, out, mistakes_);
}
void Fields::integer(std::string_view name, std::int64_t& out) {
  if (const YamlNode* node = take(name)) read_int(*node, out, mistakes_);
}
void Fields::number(std::string_view name, double& out) {
  if (const YamlNode* node = take(name)) read_number(*node, out, mistakes_);
}
void Fields::duration(std::string_view name, Duration& out) {
  if (const YamlNode* node = take(name)) read_duration(*node, out, mistakes_);
}
void Fields::duration(std::string_view name, std::optional<Duration>& out) {
  Duration value{};
  const YamlNode* node = take(name);
  if (node != nullptr && read_duration(*node, value, mistakes_)) out = value;
}

void Fields::texts(std::string_view name, std::vector<std::string>& out) {
  const YamlNode* node = take(name);
  if (node == nullptr) return;
  if (!node->is_list()) return wrong_kind(*node, "[]string", mistakes_);
  out.clear();
  for (const YamlNode& item : node->items) {
    std::string text;
    if (read_text(item, text, mistakes_)) out.push_back(std::move(text));
  }
}

void Fields::text_map(std::string_view name, std::map<std::string, std::string>& out) {
  const YamlNode* node = take(name);
  if (node == nullptr) return;
  if (!node->is_map()) return wrong_kind(*node, "map[string]string", mistakes_);
  out.clear();
  for (const auto& member : node->members) {
    std::string text;
    if (read_text(member.value, text, mistakes_)) out.emplace(member.key, std::move(text));
  }
}

const std::vector<YamlNode>& Fields::list(std::string_view name) {
  static const std::vector<YamlNode> none;
  const YamlNode* node = take(name);
  if (node == nullptr) return none;
  if (!node->is_list()) {
    wrong_kind(*node, fmt::format("[]{}", name), mistakes_);
    return none;
  }
  return node->items;
}

void Fields::finish() {
  for (std::size_t i = 0; i < node_.members.size(); ++i) {
    if (!known_[i])
      mistakes_.add(node_.members[i].line,
                    fmt::format("field {} not found in type {}", node_.members[i].key, type_));
  }
}

}  // namespace aloft::telemetry::alerts
