// JSON lines. The reader is lenient as Loki's: what follows the object does not matter, and what was found
// before a mistake stays.
#include <algorithm>
#include <charconv>
#include <functional>
#include <span>

#include "base/bytes.h"
#include "base/json_escape.h"
#include "telemetry/logs/logql/line_parsers.h"

namespace aloft::telemetry::logs::logql {
namespace {

constexpr int depth_limit = 64;
constexpr std::size_t most_steps = 64;  // of a path
constexpr std::string_view json_error = "JSONParserErr";
constexpr const char* malformed_json = "Malformed JSON error";
constexpr const char* malformed_object = "Value looks like object, but can't find closing '}' symbol";
constexpr const char* malformed_array = "Value is array, but can't find closing ']' symbol";
constexpr const char* malformed_string = "Value is string, but can't find closing '\"' symbol";
constexpr const char* malformed_escape = "Encountered an invalid escape sequence in a string";
constexpr const char* malformed_value =
    "Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol";
constexpr const char* unknown_value = "Unknown value type";

enum class Type { text, number, boolean, null, object, array };

struct JsonMember {
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
const char* take_value(std::string_view& rest, JsonMember& value) {
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

bool unescape(std::string_view raw, std::string& out) {
  while (!raw.empty()) {
    const std::size_t plain = std::min(raw.find('\\'), raw.size());
    out += raw.substr(0, plain);
    raw.remove_prefix(plain);
    if (raw.empty()) return true;
    raw.remove_prefix(1);
    if (!json_unescape(raw, out, ' ')) return false;
  }
  return true;
}

// As a label may hold it.
std::string_view text_of(const JsonMember& value, LineLabels& labels) {
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

// Calls member(key, rest, wrong) for each, `rest` beginning with the value, which member takes off; it gives
// false to stop. Null when all is well.
template <class F>
const char* for_each_key(std::string_view text, F&& member) {
  skip_blanks(text);
  if (text.empty() || text[0] != '{') return malformed_object;
  text.remove_prefix(1);
  skip_blanks(text);
  if (text.empty()) return malformed_json;
  if (text[0] == '}') return nullptr;
  std::string plain;
  for (;;) {
    if (text.empty() || text[0] != '"') return malformed_object;
    text.remove_prefix(1);
    std::string_view key;
    if (!take_string(text, key)) return malformed_json;
    if (key.find('\\') != std::string_view::npos) {
      plain.clear();
      if (!unescape(key, plain)) return malformed_escape;
      key = plain;
    }
    skip_blanks(text);
    if (text.empty() || text[0] != ':') return malformed_json;
    text.remove_prefix(1);
    const char* wrong = nullptr;
    if (!member(key, text, wrong)) return wrong;
    skip_blanks(text);
    if (text.empty()) return malformed_array;
    if (text[0] == '}') return nullptr;
    if (text[0] != ',') return malformed_object;
    text.remove_prefix(1);
    skip_blanks(text);
  }
}

// Calls member(key, value, wrong) for each; it gives false to stop. `key` lives as long as the call.
template <class F>
const char* for_each_member(std::string_view text, F&& member) {
  return for_each_key(text, [&](std::string_view key, std::string_view& rest, const char*& wrong) {
    JsonMember value;
    wrong = take_value(rest, value);
    return wrong == nullptr && member(key, value, wrong);
  });
}

// Whether `part` is a piece of `whole` itself.
bool is_part(std::string_view part, std::string_view whole) {
  return std::less_equal<>()(whole.data(), part.data()) &&
         std::less_equal<>()(part.data() + part.size(), whole.data() + whole.size());
}

class Flattener {
 public:
  explicit Flattener(LineLabels& labels) : labels_(labels) {
    if (labels.needed != nullptr && labels.needed->names) missing_ = labels.needed->names->size();
  }
  const char* object(std::string_view text, int depth) {
    return for_each_member(text, [&](std::string_view key, const JsonMember& value, const char*& wrong) {
      if (value.type == Type::array || value.type == Type::null) return true;
      const std::size_t before = prefix_.size();
      if (value.type == Type::object) {
        if (depth >= depth_limit) return true;
        add_to_prefix(key);
        wrong = object(value.raw, depth + 1);
        prefix_.resize(before);
        return wrong == nullptr && !done_;
      }
      if (before != 0) {
        add_to_prefix(key);
        key = labels_.keep(prefix_);
        prefix_.resize(before);
      } else if (!is_part(key, text)) {
        key = labels_.keep(std::string(key));
      }
      const std::string_view name = labels_.parsed_name(key);
      if (name.empty()) return true;
      if (missing_ && !labels_.get(name)) --*missing_;
      labels_.set(Source::parsed, name, text_of(value, labels_));
      // Whoever needs these labels alone need not see the rest of the line.
      done_ = missing_ && *missing_ == 0;
      return !done_;
    });
  }

 private:
  // Names without anything in them leave no trace.
  void add_to_prefix(std::string_view key) {
    std::string name = sanitize_name(key);
    if (name.empty()) return;
    if (prefix_.empty()) {
      prefix_ = std::move(name);
      return;
    }
    prefix_ += '_';
    // In the middle of a name a digit needs no underscore in front.
    const char first = key[key.find_first_not_of(" \t\n\v\f\r")];
    prefix_ += first >= '0' && first <= '9' ? name.substr(1) : name;
  }
  LineLabels& labels_;
  std::string prefix_;
  std::optional<std::size_t> missing_;
  bool done_ = false;
};

// The value at a path. Reads no further than that value, so that a line that was cut off later does no harm.
struct FoundMember {
  bool there = false;
  JsonMember value;
  const char* wrong = nullptr;  // with the value itself
};
FoundMember find_path(std::string_view text, std::span<const std::string> steps);

FoundMember find_item(std::string_view text, std::size_t index, std::span<const std::string> rest_of_path) {
  text.remove_prefix(1);
  for (std::size_t i = 0;; ++i) {
    skip_blanks(text);
    if (text.empty() || text[0] == ']') return {};
    if (i == index) return find_path(text, rest_of_path);
    JsonMember passed;
    if (take_value(text, passed) != nullptr) return {};
    skip_blanks(text);
    if (text.empty() || text[0] != ',') return {};
    text.remove_prefix(1);
  }
}

FoundMember find_path(std::string_view text, std::span<const std::string> steps) {
  FoundMember found;
  skip_blanks(text);
  if (text.empty()) return found;
  if (steps.empty()) {
    found.there = true;
    found.wrong = take_value(text, found.value);
    return found;
  }
  const std::string& step = steps[0];
  if (step.starts_with('[')) {
    std::size_t index = 0;
    std::from_chars(step.data() + 1, step.data() + step.size(), index);
    return text[0] == '[' ? find_item(text, index, steps.subspan(1)) : found;
  }
  if (text[0] != '{') return found;
  for_each_key(text, [&](std::string_view key, std::string_view& rest, const char*&) {
    if (key == step) {
      found = find_path(rest, steps.subspan(1));
      return false;
    }
    JsonMember passed;
    return take_value(rest, passed) == nullptr;
  });
  return found;
}

const char* find_text(std::string_view object, NameTest wanted, int depth, std::string_view& found) {
  return for_each_member(object, [&](std::string_view key, const JsonMember& value, const char*& wrong) {
    if (value.type == Type::text && wanted(key)) {
      found = value.raw;
    } else if (value.type == Type::object && depth < depth_limit) {
      wrong = find_text(value.raw, wanted, depth + 1, found);
    }
    return wrong == nullptr && found.empty();
  });
}

}  // namespace

void parse_json_line(std::string_view line, LineLabels& labels) {
  if (labels.needed != nullptr && labels.needed->none) return;
  if (const char* wrong = Flattener(labels).object(line, 0)) labels.set_parse_error(json_error, wrong);
}

std::string_view find_json_text(std::string_view line, NameTest wanted) {
  std::string_view found;
  find_text(line, wanted, 0, found);
  return found;
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
    if (out.steps.size() >= most_steps) return wrong("the path is too long");
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
    labels.set_parse_error(json_error, {});
    return;
  }
  for (const JsonPath& path : paths) {
    const FoundMember found = find_path(line, path.steps);
    if (found.wrong != nullptr) {
      labels.set_parse_error(json_error, found.wrong);
    } else if (found.there) {
      labels.set(Source::parsed, labels.free_name(path.name), text_of(found.value, labels));
    }
    if ((found.wrong != nullptr || !found.there) && !labels.get(path.name))
      labels.set(Source::parsed, path.name, {});
  }
}

std::string_view parse_packed_line(std::string_view line, LineLabels& labels) {
  if (line.empty() || (labels.needed != nullptr && labels.needed->none)) return line;
  std::string_view start = line;
  skip_blanks(start);
  if (!start.starts_with('{')) {
    labels.set_parse_error(json_error, "expecting json object(6), but it is not");
    return line;
  }
  std::string_view entry = line;
  bool packed = false;
  std::vector<std::pair<std::string_view, std::string_view>> found;
  const char* wrong = for_each_member(line, [&](std::string_view key, const JsonMember& value, const char*&) {
    if (value.type != Type::text) return true;
    if (key == "_entry") {
      entry = text_of(value, labels);
      packed = true;
    } else {
      if (!is_part(key, line)) key = labels.keep(std::string(key));
      if (const std::string_view name = labels.parsed_name(key); !name.empty())
        found.emplace_back(name, text_of(value, labels));
    }
    return true;
  });
  if (wrong != nullptr) {
    labels.set_parse_error(json_error, wrong);
    return line;
  }
  // Only what was packed is unpacked.
  if (packed)
    for (const auto& [name, value] : found) labels.set(Source::parsed, name, value);
  return entry;
}

}  // namespace aloft::telemetry::logs::logql
