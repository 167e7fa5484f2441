// A scanner over compact JSON that skips what was not asked for.
#include "api/text_query.h"

#include "base/ensure.h"
#include "model/json.h"

namespace aloft::api {
namespace {

// A cursor over well-formed compact JSON.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return at_ >= end_; }
  char peek() const { return at_end() ? '\0' : *at_; }
  void step() { ++at_; }
  const char* position() const { return at_; }

  // Stands at the opening quote; gives the raw characters between the quotes and stands behind the closing
  // one.
  std::string_view string() {
    const char* begin = ++at_;
    while (at_ < end_ && *at_ != '"') at_ += *at_ == '\\' ? 2 : 1;
    const std::string_view raw(begin, static_cast<std::size_t>(std::min(at_, end_) - begin));
    ++at_;
    return raw;
  }

  std::string_view value() {
    const char* begin = at_;
    if (peek() == '"') {
      string();
    } else if (peek() == '{' || peek() == '[') {
      skip_container();
    } else {
      while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']') ++at_;
    }
    return {begin, static_cast<std::size_t>(std::min(at_, end_) - begin)};
  }

 private:
  void skip_container() {
    int depth = 0;
    while (at_ < end_) {
      const char c = *at_;
      if (c == '"') {
        string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
      if (depth == 0) return;
    }
  }

  const char* at_;
  const char* end_;
};

std::optional<std::string_view> member(std::string_view object, std::string_view name) {
  Scanner scanner(object);
  if (scanner.peek() != '{') return std::nullopt;
  scanner.step();
  while (!scanner.at_end() && scanner.peek() == '"') {
    const std::string_view key = scanner.string();
    scanner.step();  // ':'
    const std::string_view value = scanner.value();
    if (key == name) return value;
    if (scanner.peek() != ',') return std::nullopt;
    scanner.step();
  }
  return std::nullopt;
}

std::string unescaped(std::string_view raw_string) {
  if (raw_string.find('\\') == std::string_view::npos)
    return std::string(raw_string.substr(1, raw_string.size() - 2));
  auto parsed = model::parse_json(raw_string);
  const std::string* text = parsed ? parsed->if_string() : nullptr;
  return text != nullptr ? *text : std::string();
}

constexpr std::string_view revision_key = "\"resourceVersion\":\"";

}  // namespace

std::optional<std::string_view> find_raw(std::string_view json, std::span<const std::string_view> path) {
  for (const std::string_view name : path) {
    const auto next = member(json, name);
    if (!next) return std::nullopt;
    json = *next;
  }
  return json;
}

std::optional<std::string_view> find_raw(std::string_view json, std::string_view dotted_path) {
  while (!dotted_path.empty()) {
    const std::size_t dot = dotted_path.find('.');
    const auto next = member(json, dotted_path.substr(0, dot));
    if (!next) return std::nullopt;
    json = *next;
    dotted_path = dot == std::string_view::npos ? std::string_view() : dotted_path.substr(dot + 1);
  }
  return json;
}

std::string find_text(std::string_view json, std::string_view dotted_path) {
  const auto raw = find_raw(json, dotted_path);
  if (!raw || raw->empty() || *raw == "null") return {};
  return raw->front() == '"' ? unescaped(*raw) : std::string(*raw);
}

std::string name_of(std::string_view json) { return find_text(json, "metadata.name"); }
std::string namespace_of(std::string_view json) { return find_text(json, "metadata.namespace"); }
std::string resource_version_of(std::string_view json) { return find_text(json, "metadata.resourceVersion"); }

void each_string_member(std::string_view raw_object,
                        const std::function<bool(std::string_view, std::string_view)>& visit) {
  Scanner scanner(raw_object);
  if (scanner.peek() != '{') return;
  scanner.step();
  while (!scanner.at_end() && scanner.peek() == '"') {
    const std::string_view key = scanner.string();
    scanner.step();
    const std::string_view value = scanner.value();
    if (!value.empty() && value.front() == '"') {
      const bool plain = value.find('\\') == std::string_view::npos;
      const bool go_on = plain ? visit(key, value.substr(1, value.size() - 2)) : visit(key, unescaped(value));
      if (!go_on) return;
    }
    if (scanner.peek() != ',') return;
    scanner.step();
  }
}

std::string with_resource_version(std::string_view json, std::int64_t revision) {
  const auto raw = find_raw(json, "metadata.resourceVersion");
  ensure(raw.has_value(), "a stored object carries its revision");
  const auto offset = static_cast<std::size_t>(raw->data() - json.data());
  return fmt::format("{}\"{}\"{}", json.substr(0, offset), revision, json.substr(offset + raw->size()));
}

std::size_t find_revision_slot(std::string_view json) {
  // Everything in front of it in metadata is a validated name or uid, so the first occurrence is the member.
  const std::size_t at = json.find(revision_key);
  return at == std::string_view::npos ? at : at + revision_key.size();
}

}  // namespace aloft::api
