// JSON lines. The reader is lenient as Loki's: what follows the object does not matter, and what was found
// before a mistake stays.
#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "telemetry/logs/logql/line_parsers.h"

namespace aloft::telemetry::logs::logql {
namespace {

constexpr int depth_limit = 64;
constexpr std::string_view json_error = "JSONParserErr";
constexpr const char* malformed_json = "Malformed JSON error";
constexpr const char* malformed_object = "Value looks like object, but can't find closing '}' symbol";
constexpr const char* malformed_array = "Value is array, but can't find closing ']' symbol";
constexpr const char* malformed_string = "Value looks like string, but can't find closing '\"' symbol";
constexpr const char* malformed_value =
    "Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol";
constexpr const char* unknown_value = "Unknown value type";

enum class Type { text, number, boolean, null, object, array };

struct Value {
  Type type = Type::null;
  std::string_view raw;  // of a string without its quotes
};

void skip_blanks(std::string_view& rest) {
  while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\t'))
    rest.remove_prefix(1);
}

// `rest` begins behind the opening quote; takes it and the closing one off.
bool take_string(std::string_view& rest, std::string_view& inside) {
  std::size_t at = 0;
  while ((at = rest.find_first_of("\"\\", at)) != std::string_view::npos) {
    if (rest[at] == '"') {
      inside = rest.substr(0, at);
      rest.remove_prefix(at + 1);
      return true;
    }
    at += 2;
  }
  return false;
}

// Finds the bracket that closes the one `rest` begins with.
bool take_block(std::string_view& rest, char open, char close, std::string_view& block) {
  const std::string_view whole = rest;
  int depth = 0;
  while (!rest.empty()) {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c == '"') {
      std::string_view ignored;
      if (!take_string(rest, ignored)) return false;
    } else if (c == open) {
      ++depth;
    } else if (c == close && --depth == 0) {
      block = whole.substr(0, whole.size() - rest.size());
      return true;
    }
  }
  return false;
}

// Null when it is well, otherwise what is wrong.
const char* take_value(std::string_view& rest, Value& value) {
  skip_blanks(rest);
  if (rest.empty()) return malformed_json;
  const char c = rest[0];
  if (c == '"') {
    rest.remove_prefix(1);
    value.type = Type::text;
    return take_string(rest, value.raw) ? nullptr : malformed_string;
  }
  if (c == '{') {
    value.type = Type::object;
    return take_block(rest, '{', '}', value.raw) ? nullptr : malformed_object;
  }
  if (c == '[') {
    value.type = Type::array;
    return take_block(rest, '[', ']', value.raw) ? nullptr : malformed_array;
  }
  const std::size_t end = rest.find_first_of(" \n\r\t,}]");
  if (end == std::string_view::npos) return malformed_value;
  value.raw = rest.substr(0, end);
  rest.remove_prefix(end);
  if (value.raw == "true" || value.raw == "false") {
    value.type = Type::boolean;
  } else if (value.raw == "null") {
    value.type = Type::null;
  } else if ((c >= '0' && c <= '9') || c == '-') {
    value.type = Type::number;
  } else {
    return unknown_value;
  }
  return nullptr;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

bool take_hex(std::string_view& rest, std::uint32_t& code) {
  if (rest.size() < 4) return false;
  const auto [end, wrong] = std::from_chars(rest.data(), rest.data() + 4, code, 16);
  if (wrong != std::errc() || end != rest.data() + 4) return false;
  rest.remove_prefix(4);
  return true;
}

bool unescape(std::string_view raw, std::string& out) {
  while (!raw.empty()) {
    const std::size_t plain = std::min(raw.find('\\'), raw.size());
    out += raw.substr(0, plain);
    raw.remove_prefix(plain);
    if (raw.empty()) return true;
    if (raw.size() < 2) return false;
    const char c = raw[1];
    raw.remove_prefix(2);
    static constexpr std::string_view names = "\"\\/bfnrt";
    static constexpr std::string_view means = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = names.find(c); at != std::string_view::npos) {
      out += means[at];
      continue;
    }
    std::uint32_t code = 0;
    if (c != 'u' || !take_hex(raw, code)) return false;
    if (code >= 0xd800 && code < 0xdc00 && raw.starts_with("\\u")) {
      std::string_view behind = raw.substr(2);
      std::uint32_t low = 0;
      if (take_hex(behind, low) && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        raw = behind;
      }
    }
    if (code >= 0xd800 && code < 0xe000) code = ' ';
    append_utf8(out, code);
  }
  return true;
}

// As a label may hold it.
std::string_view text_of(const Value& value, LineLabels& labels) {
  if (value.type == Type::null) return {};
  if (value.type != Type::text) return value.raw;
  std::string_view text = value.raw;
  if (text.find('\\') != std::string_view::npos) {
    std::string plain;
    if (!unescape(text, plain)) return {};
    text = labels.keep(std::move(plain));
  }
  if (is_utf8(text)) return text;
  std::string cleaned(text);
  for (char& c : cleaned)
    if ((static_cast<unsigned char>(c) & 0x80) != 0) c = ' ';
  return labels.keep(std::move(cleaned));
}

// Calls member(key, value) for each; it gives false to stop. Null when all is well.
template <class F>
const char* for_each_member(std::string_view text, F&& member) {
  skip_blanks(text);
  if (text.empty() || text[0] != '{') return malformed_object;
  text.remove_prefix(1);
  skip_blanks(text);
  if (text.empty()) return malformed_json;
  if (text[0] == '}') return nullptr;
  for (;;) {
    if (text.empty() || text[0] != '"') return malformed_object;
    text.remove_prefix(1);
    std::string_view key;
    if (!take_string(text, key)) return malformed_json;
    skip_blanks(text);
    if (text.empty() || text[0] != ':') return malformed_json;
    text.remove_prefix(1);
    Value value;
    if (const char* wrong = take_value(text, value)) return wrong;
    const char* wrong = nullptr;
    if (!member(key, value, wrong)) return wrong;
    skip_blanks(text);
    if (text.empty()) return malformed_array;
    if (text[0] == '}') return nullptr;
    if (text[0] != ',') return malformed_object;
    text.remove_prefix(1);
    skip_blanks(text);
  }
}

class Flattener {
 public:
  explicit Flattener(LineLabels& labels) : labels_(labels) {
    if (labels.needed != nullptr && labels.needed->names) missing_ = labels.needed->names->size();
  }
  const char* object(std::string_view text, int depth) {
    return for_each_member(text, [&](std::string_view key, const Value& value, const char*& wrong) {
      if (value.type == Type::array || value.type == Type::null) return true;
      std::string plain;
      if (key.find('\\') != std::string_view::npos && unescape(key, plain)) key = labels_.keep(plain);
      if (value.type == Type::object) {
        if (depth >= depth_limit) return true;
        const std::size_t before = prefix_.size();
        if (before != 0) prefix_ += '_';
        prefix_ += before == 0 ? sanitize_name(key) : sanitize_inner(key);
        wrong = object(value.raw, depth + 1);
        prefix_.resize(before);
        return wrong == nullptr && !done_;
      }
      const std::string_view name =
          labels_.parsed_name(prefix_.empty() ? key : labels_.keep(prefix_ + "_" + sanitize_inner(key)));
      if (name.empty()) return true;
      if (missing_ && !labels_.get(name)) --*missing_;
      labels_.set(Source::parsed, name, text_of(value, labels_));
      // Whoever needs these labels alone need not see the rest of the line.
      done_ = missing_ && *missing_ == 0;
      return !done_;
    });
  }

 private:
  static std::string sanitize_inner(std::string_view key) {
    std::string name = sanitize_name(key);
    if (!key.empty() && key.front() >= '0' && key.front() <= '9') name.erase(0, 1);
    return name;
  }
  LineLabels& labels_;
  std::string prefix_;
  std::optional<std::size_t> missing_;
  bool done_ = false;
};

// The value at a path; false when there is none.
bool find_path(std::string_view text, std::span<const std::string> steps, Value& found) {
  Value value;
  if (take_value(text, value) != nullptr) return false;
  for (const std::string& step : steps) {
    bool here = false;
    if (step.starts_with('[')) {
      std::size_t index = 0;
      std::from_chars(step.data() + 1, step.data() + step.size(), index);
      if (value.type != Type::array) return false;
      std::string_view rest = value.raw.substr(1);
      for (std::size_t i = 0; i <= index; ++i) {
        Value item;
        skip_blanks(rest);
        if (rest.empty() || rest[0] == ']' || take_value(rest, item) != nullptr) return false;
        skip_blanks(rest);
        if (i == index) {
          value = item;
          here = true;
        } else if (rest.empty() || rest[0] != ',') {
          return false;
        } else {
          rest.remove_prefix(1);
        }
      }
    } else {
      if (value.type != Type::object) return false;
      const std::string_view object = value.raw;
      for_each_member(object, [&](std::string_view key, const Value& member, const char*&) {
        std::string plain;
        if (key.find('\\') != std::string_view::npos && unescape(key, plain)) key = plain;
        if (key != step) return true;
        value = member;
        here = true;
        return false;
      });
    }
    if (!here) return false;
  }
  found = value;
  return true;
}

}  // namespace

void parse_json_line(std::string_view line, LineLabels& labels) {
  if (labels.needed != nullptr && labels.needed->none) return;
  if (const char* wrong = Flattener(labels).object(line, 0)) labels.set_error(json_error, wrong);
}

Result<JsonPath> compile_json_path(const Extraction& extraction) {
  JsonPath out{.name = extraction.name, .steps = {}};
  std::string_view rest = extraction.path;
  const auto wrong = [&](std::string_view what) {
    return fail(Code::invalid, fmt::format("syntax error: {}", what));
  };
  if (rest.empty()) return wrong("unexpected $end, expecting FIELD or [");
  const auto name_byte = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || (static_cast<unsigned char>(c) & 0x80) != 0;
  };
  bool first = true;
  while (!rest.empty()) {
    if (rest[0] == '[') {
      const std::size_t end = rest.find(']');
      if (end == std::string_view::npos || end == 1) return wrong("a bracket is not closed or empty");
      std::string_view inside = rest.substr(1, end - 1);
      if (inside.size() >= 2 && inside.front() == '"') {
        // A quoted name may hold brackets itself.
        std::string_view quoted = rest.substr(2);
        std::string_view key;
        if (!take_string(quoted, key) || !quoted.starts_with(']')) return wrong("a quoted name does not end");
        std::string plain;
        if (!unescape(key, plain)) return wrong("a quoted name is malformed");
        out.steps.push_back(std::move(plain));
        rest = quoted.substr(1);
      } else {
        if (!std::all_of(inside.begin(), inside.end(), [](char c) { return c >= '0' && c <= '9'; }) ||
            inside.size() > 9)
          return wrong(fmt::format("unexpected {}", inside));
        out.steps.push_back(fmt::format("[{}]", inside));
        rest.remove_prefix(end + 1);
      }
    } else {
      if (!first) {
        if (rest[0] != '.') return wrong(fmt::format("unexpected {}", rest[0]));
        rest.remove_prefix(1);
      }
      std::size_t end = 0;
      while (end < rest.size() && name_byte(rest[end])) ++end;
      if (end == 0) return wrong(rest.empty() ? "unexpected $end, expecting FIELD" : "unexpected character");
      out.steps.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    first = false;
  }
  return out;
}

Result<> check_json_path(std::string_view path) {
  TRY_DO(compile_json_path({.name = {}, .path = std::string(path)}));
  return {};
}

void parse_json_paths(std::string_view line, const std::vector<JsonPath>& paths, LineLabels& labels) {
  if (line.empty() || (labels.needed != nullptr && labels.needed->none)) return;
  if (line[0] != '"' && line[0] != '{' && line[0] != '[') {
    labels.set_error(json_error, {});
    return;
  }
  for (const JsonPath& path : paths) {
    Value value;
    if (find_path(line, path.steps, value)) {
      const std::string_view name =
          labels.stream_has(path.name) ? labels.keep(path.name + "_extracted") : std::string_view(path.name);
      labels.set(Source::parsed, name, text_of(value, labels));
    } else if (!labels.get(path.name)) {
      labels.set(Source::parsed, path.name, {});
    }
  }
  Value whole;
  std::string_view rest = line;
  if (const char* wrong = take_value(rest, whole)) labels.set_error(json_error, wrong);
}

std::string_view parse_packed_line(std::string_view line, LineLabels& labels) {
  if (line.empty() || (labels.needed != nullptr && labels.needed->none)) return line;
  std::string_view start = line;
  skip_blanks(start);
  if (!start.starts_with('{')) {
    labels.set_error(json_error, "expecting json object(6), but it is not");
    return line;
  }
  std::string_view entry = line;
  bool packed = false;
  std::vector<std::pair<std::string_view, std::string_view>> found;
  const char* wrong = for_each_member(line, [&](std::string_view key, const Value& value, const char*&) {
    if (value.type != Type::text) return true;
    if (key == "_entry") {
      entry = text_of(value, labels);
      packed = true;
    } else if (const std::string_view name = labels.parsed_name(key); !name.empty()) {
      found.emplace_back(name, text_of(value, labels));
    }
    return true;
  });
  if (wrong != nullptr) {
    labels.set_error(json_error, wrong);
    return line;
  }
  // Only what was packed is unpacked.
  if (packed)
    for (const auto& [name, value] : found) labels.set(Source::parsed, name, value);
  return entry;
}

}  // namespace aloft::telemetry::logs::logql
