// The tree over libyaml's events, and back to text.
#include "telemetry/alerts/config/yaml_node.h"

#include <array>
#include <cstdlib>
#include <map>

#include <fmt/format.h>
#include <yaml.h>

#include "telemetry/core/durations.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t depth_limit = 100;
constexpr std::size_t node_limit = 2'000'000;  // aliases count with what they stand for

std::string_view view(const yaml_char_t* text) {
  return text != nullptr ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

struct Event {
  yaml_event_t raw{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }
};

std::size_t weight_of(const YamlNode& node) {
  std::size_t weight = 1;
  for (const YamlNode& item : node.items) weight += weight_of(item);
  for (const auto& member : node.members) weight += 1 + weight_of(member.value);
  return weight;
}

class TreeReader {
 public:
  explicit TreeReader(std::string_view text) {
    if (yaml_parser_initialize(&parser_) == 0) std::abort();  // out of memory
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &parser_, reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data()), text.size());
  }
  TreeReader(const TreeReader&) = delete;
  TreeReader& operator=(const TreeReader&) = delete;
  ~TreeReader() { yaml_parser_delete(&parser_); }

  Result<std::vector<YamlNode>> documents() {
    std::vector<YamlNode> out;
    for (;;) {
      Event event;
      TRY_DO(next(event));
      if (event.raw.type == YAML_STREAM_END_EVENT) return out;
      if (event.raw.type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      Event root;
      TRY_DO(next(root));
      TRY(document, node(root, 0));
      if (!document.is_null()) out.push_back(std::move(document));
    }
  }

 private:
  static std::unexpected<Error> error_at(std::size_t line, std::string_view what) {
    return fail(Code::invalid, fmt::format("yaml: line {}: {}", line + 1, what));
  }
  Result<> next(Event& event) {
    if (yaml_parser_parse(&parser_, &event.raw) != 0) return {};
    const std::string what = parser_.problem != nullptr ? parser_.problem : "malformed";
    if (parser_.error == YAML_READER_ERROR)
      return fail(Code::invalid, fmt::format("yaml: offset {}: {}", parser_.problem_offset, what));
    return error_at(parser_.problem_mark.line, what);
  }

  Result<YamlNode> node(const Event& event, std::size_t depth) {
    const auto& mark = event.raw.start_mark;
    if (depth > depth_limit) return error_at(mark.line, "nested too deeply");
    if (++nodes_ > node_limit) return error_at(mark.line, "the document is too large");
    YamlNode out;
    out.line = static_cast<int>(mark.line) + 1;
    out.column = static_cast<int>(mark.column) + 1;
    switch (event.raw.type) {
      case YAML_SCALAR_EVENT:
        scalar(event, out);
        remember(event.raw.data.scalar.anchor, out);
        return out;
      case YAML_SEQUENCE_START_EVENT:
        TRY_DO(sequence(out, depth));
        remember(event.raw.data.sequence_start.anchor, out);
        return out;
      case YAML_MAPPING_START_EVENT:
        TRY_DO(mapping(out, depth));
        remember(event.raw.data.mapping_start.anchor, out);
        return out;
      case YAML_ALIAS_EVENT: {
        const std::string name(view(event.raw.data.alias.anchor));
        const auto found = anchors_.find(name);
        if (found == anchors_.end())
          return error_at(mark.line, fmt::format("unknown anchor '{}' referenced", name));
        nodes_ += weight_of(found->second);
        if (nodes_ > node_limit) return error_at(mark.line, "document contains excessive aliasing");
        return found->second;
      }
      default:
        return error_at(mark.line, "expected a value");
    }
  }

  void remember(const yaml_char_t* anchor, const YamlNode& value) {
    if (anchor != nullptr) anchors_.insert_or_assign(std::string(view(anchor)), value);
  }

  static void scalar(const Event& event, YamlNode& out) {
    const auto& raw = event.raw.data.scalar;
    out.text = std::string(reinterpret_cast<const char*>(raw.value), raw.length);
    out.plain = raw.style == YAML_PLAIN_SCALAR_STYLE && view(raw.tag) != "tag:yaml.org,2002:str";
    const bool null_word =
        out.text.empty() || out.text == "~" || out.text == "null" || out.text == "Null" || out.text == "NULL";
    out.kind = out.plain && null_word ? YamlNode::Kind::null : YamlNode::Kind::scalar;
  }

  Result<> sequence(YamlNode& out, std::size_t depth) {
    out.kind = YamlNode::Kind::list;
    for (;;) {
      Event event;
      TRY_DO(next(event));
      if (event.raw.type == YAML_SEQUENCE_END_EVENT) return {};
      TRY(item, node(event, depth + 1));
      out.items.push_back(std::move(item));
    }
  }

  Result<> mapping(YamlNode& out, std::size_t depth) {
    out.kind = YamlNode::Kind::map;
    std::vector<YamlNode> merged;
    std::map<std::string, int, std::less<>> seen;
    for (;;) {
      Event event;
      TRY_DO(next(event));
      if (event.raw.type == YAML_MAPPING_END_EVENT) break;
      TRY(key, node(event, depth + 1));
      const std::size_t line = event.raw.start_mark.line;
      if (key.is_map() || key.is_list()) return error_at(line, "a map key must be a scalar");
      Event value_event;
      TRY_DO(next(value_event));
      TRY(value, node(value_event, depth + 1));
      if (key.plain && key.text == "<<") {
        if (value.is_list()) {
          for (YamlNode& item : value.items) merged.push_back(std::move(item));
        } else {
          merged.push_back(std::move(value));
        }
        continue;
      }
      const auto [earlier, fresh] = seen.emplace(key.text, static_cast<int>(line) + 1);
      if (!fresh)
        return error_at(
            line, fmt::format("mapping key \"{}\" already defined at line {}", key.text, earlier->second));
      out.members.push_back({std::move(key.text), std::move(value), static_cast<int>(line) + 1});
    }
    for (YamlNode& source : merged) {
      if (!source.is_map())
        return error_at(static_cast<std::size_t>(out.line) - 1,
                        "map merge requires map or sequence of maps as the value");
      for (auto& member : source.members) {
        if (seen.emplace(member.key, member.line).second) out.members.push_back(std::move(member));
      }
    }
    return {};
  }

  yaml_parser_t parser_{};
  std::size_t nodes_ = 0;
  std::map<std::string, YamlNode> anchors_;
};

bool is_boolean_word(std::string_view text) {
  constexpr std::array<std::string_view, 22> words = {
      "y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON",  "true",  "True",  "TRUE",
      "n", "N", "no",  "No",  "NO",  "off", "Off", "OFF", "false", "False", "FALSE"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_number(std::string_view text) {
  double value = 0;
  return parse_float(text, value);
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || is_boolean_word(text) || is_number(text)) return true;
  if (text == "~" || text == "null" || text == "Null" || text == "NULL" || text == "<<" || text == "=")
    return true;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@` \t").find(text.front()) != std::string_view::npos) return true;
  if (text.back() == ' ' || text.back() == ':' || text.find(": ") != std::string_view::npos ||
      text.find(" #") != std::string_view::npos)
    return true;
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out.append("\\").append(1, c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string scalar_text(const YamlNode& node) {
  if (node.is_null()) return "null";
  if (node.plain && !node.text.empty() && !needs_quotes(node.text)) return node.text;
  if (node.plain && (is_boolean_word(node.text) || is_number(node.text))) return node.text;
  return needs_quotes(node.text) ? quoted(node.text) : node.text;
}

void write(std::string& out, const YamlNode& node, std::size_t indent, bool in_line) {
  const std::string space(indent, ' ');
  if (node.is_map()) {
    if (node.members.empty()) {
      out += "{}\n";
      return;
    }
    if (in_line && indent > 0 && !out.empty() && out.back() == ':') out += '\n';
    bool first = out.ends_with("- ");
    for (const auto& member : node.members) {
      if (!std::exchange(first, false)) out += space;
      out += needs_quotes(member.key) ? quoted(member.key) : member.key;
      out += ':';
      const bool block = (member.value.is_map() && !member.value.members.empty()) ||
                         (member.value.is_list() && !member.value.items.empty());
      if (block) {
        out += '\n';
        write(out, member.value, member.value.is_list() ? indent : indent + 2, false);
      } else {
        out += ' ';
        write(out, member.value, indent + 2, true);
      }
    }
  } else if (node.is_list()) {
    if (node.items.empty()) {
      out += "[]\n";
      return;
    }
    for (const YamlNode& item : node.items) {
      out += space;
      out += "- ";
      if (item.is_list() && !item.items.empty()) {
        out += '\n';
        write(out, item, indent + 2, false);
      } else {
        write(out, item, indent + 2, false);
      }
    }
  } else {
    out += scalar_text(node);
    out += '\n';
  }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string_view YamlNode::tag() const {
  switch (kind) {
    case Kind::null:
      return "!!null";
    case Kind::list:
      return "!!seq";
    case Kind::map:
      return "!!map";
    case Kind::scalar:
      break;
  }
  if (!plain) return "!!str";
  if (is_boolean_word(text)) return "!!bool";
  if (!is_number(text)) return "!!str";
  return text.find_first_of(".eE") == std::string::npos ? "!!int" : "!!float";
}

Result<std::vector<YamlNode>> parse_yaml_nodes(std::string_view text) { return TreeReader(text).documents(); }

std::string write_yaml(const YamlNode& node) {
  std::string out;
  write(out, node, 0, false);
  return out;
}

}  // namespace aloft::telemetry::alerts
