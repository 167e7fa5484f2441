// Documents into YAML with the layout and the quoting of kubectl (go-yaml's block style): the same object
// gives the same bytes, so that people's diffs stay empty.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <list>

#include <fmt/format.h>

#include "base/bytes.h"
#include "model/json.h"
#include "model/json_scanner.h"
#include "model/json_text.h"
#include "model/yaml.h"
#include "model/yaml_scalar.h"

namespace aloft::model {
namespace {

constexpr int indent_step = 2;
constexpr std::size_t best_width = 80;
constexpr std::size_t longest_simple_key = 128;

struct Character {
  char32_t code = 0;
  std::size_t size = 0;
};

// Malformed bytes count as one character each that cannot be printed.
Character character_at(std::string_view text, std::size_t at) {
  const char* from = text.data() + at;
  const std::size_t size = utf8_length(from, text.data() + text.size());
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(from[i])); };
  switch (size) {
    case 1:
      return {byte(0), 1};
    case 2:
      return {(byte(0) & 0x1F) << 6 | (byte(1) & 0x3F), 2};
    case 3:
      return {(byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
    case 4:
      return {(byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F), 4};
    default:
      return {0xFFFD, 1};
  }
}

// As go-yaml has it: what lies beyond the first plane is escaped.
bool is_printable(char32_t c) {
  return c == '\n' || (c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF);
}
bool is_line_end(char32_t c) { return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029; }

// In which styles a text may be written.
struct Analysis {
  bool multiline = false;
  bool plain = true;
  bool single_quoted = true;
  bool literal = true;
};

// What makes a plain scalar in block context look like something else.
bool is_indicator(std::string_view text, std::size_t at, bool after_blank, bool before_blank) {
  const char c = text[at];
  if (at > 0) return (c == ':' && before_blank) || (c == '#' && after_blank);
  constexpr std::string_view always = "#,[]{}&*!|>'\"%@`";
  constexpr std::string_view before_blanks = "?:-";
  return always.find(c) != std::string_view::npos ||
         (before_blank && before_blanks.find(c) != std::string_view::npos);
}

Analysis analyse(std::string_view text) {
  Analysis result;
  if (text.empty()) {
    result.literal = false;
    return result;
  }
  bool indicators = text.starts_with("---") || text.starts_with("...");
  bool special = false, space_then_break = false, break_then_space = false;
  bool was_space = false, was_break = false, after_blank = true;
  for (std::size_t at = 0; at < text.size();) {
    const Character here = character_at(text, at);
    const char32_t next = at + here.size < text.size() ? character_at(text, at + here.size).code : U' ';
    const bool before_blank = next == ' ' || next == '\t' || is_line_end(next);
    if (here.size == 1 && is_indicator(text, at, after_blank, before_blank)) indicators = true;
    if (!is_printable(here.code)) special = true;
    // A line end that is no \n would be written as one.
    if (is_line_end(here.code) && here.code != '\n') special = true;
    if (here.code == ' ') {
      break_then_space = break_then_space || was_break;
      was_space = true;
      was_break = false;
    } else if (is_line_end(here.code)) {
      result.multiline = true;
      space_then_break = space_then_break || was_space;
      was_space = false;
      was_break = true;
    } else {
      was_space = was_break = false;
    }
    after_blank = here.code == ' ' || here.code == '\t' || is_line_end(here.code);
    at += here.size;
  }
  const bool blank_ends =
      text.front() == ' ' || text.front() == '\n' || text.back() == ' ' || text.back() == '\n';
  result.plain =
      !(indicators || special || space_then_break || break_then_space || result.multiline || blank_ends);
  result.single_quoted = !(special || space_then_break || break_then_space);
  result.literal = !(special || space_then_break || text.back() == ' ');
  return result;
}

bool is_base_60(std::string_view text) {
  std::size_t at = text.starts_with('+') || text.starts_with('-') ? 1 : 0;
  const auto digits = [&](std::string_view set, std::size_t most) {
    const std::size_t from = at;
    while (at < text.size() && at - from < most && set.find(text[at]) != std::string_view::npos) ++at;
    return at - from;
  };
  if (at == text.size() || text[at] == '_' || digits("0123456789_", text.size()) == 0) return false;
  std::size_t groups = 0;
  while (at < text.size() && text[at] == ':') {
    ++at;
    const std::size_t from = at;
    const std::size_t count = digits("0123456789", 2);
    if (count == 0 || (count == 2 && text[from] > '5')) return false;
    ++groups;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits("0123456789_", text.size());
  }
  return groups > 0 && at == text.size();
}

// The order of go-yaml's keys: as people count, so that a2 stands before a10, and letters behind everything
// else.
bool natural_less(std::string_view a, std::string_view b) {
  const auto is_letter = [](char32_t c) { return (c | 0x20) - 'a' < 26U || c >= 0xC0; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  while (at > 0 && at < a.size() && (static_cast<unsigned char>(a[at]) & 0xC0) == 0x80) --at;
  if (at >= a.size() || at >= b.size()) return a.size() < b.size();
  const char32_t left = character_at(a, at).code;
  const char32_t right = character_at(b, at).code;
  if (is_letter(left) && is_letter(right)) return left < right;
  if (is_letter(left) || is_letter(right)) return is_letter(right);
  // A zero counts as a digit of a longer number only behind a digit that is none.
  std::uint64_t left_number = 0, right_number = 0;
  if (a[at] == '0' || b[at] == '0') {
    for (std::size_t i = at; i > 0 && is_digit(a[i - 1]); --i) {
      if (a[i - 1] == '0') continue;
      left_number = right_number = 1;
      break;
    }
  }
  std::size_t left_end = at, right_end = at;
  for (; left_end < a.size() && is_digit(a[left_end]); ++left_end) {
    left_number = left_number * 10 + static_cast<std::uint64_t>(a[left_end] - '0');
  }
  for (; right_end < b.size() && is_digit(b[right_end]); ++right_end) {
    right_number = right_number * 10 + static_cast<std::uint64_t>(b[right_end] - '0');
  }
  if (left_number != right_number) return left_number < right_number;
  if (left_end != right_end) return left_end < right_end;
  return left < right;
}

// Go's %g with the shortest digits.
std::string general_number(double value) {
  char digits[40];
  const char* end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr;
  const std::string_view scientific(digits, static_cast<std::size_t>(end - digits));
  int exponent = 0;
  const char* exponent_text = digits + scientific.find('e') + 1;
  std::from_chars(exponent_text + (*exponent_text == '+' ? 1 : 0), end, exponent);
  if (exponent < -4 || exponent >= 6) return std::string(scientific);
  std::string out;
  append_json_double(out, value);
  return out;
}

class YamlWriter {
 public:
  std::string write(const Value& document) {
    node(document, Where::root);
    if (column_ > 0) new_line();
    return std::move(out_);
  }

 private:
  enum class Where : std::uint8_t { root, member, element };

  void node(const Value& value, Where where) {
    if (const Object* object = value.if_object(); object != nullptr && !object->empty())
      mapping(*object);
    else if (const Array* array = value.if_array(); array != nullptr && !array->empty())
      sequence(*array, where);
    else if (const std::string* text = value.if_string())
      string(*text, false);
    else
      word(spelled(value));
  }

  static std::string spelled(const Value& value) {
    if (const double* real = value.if_double(); real != nullptr && std::isfinite(*real)) {
      std::string text;
      append_json_double(text, *real);
      const bool whole = text.find_first_of(".e") == std::string::npos;
      return whole ? text : general_number(*real);
    }
    return to_json(value);  // {}, [], null, numbers, booleans
  }

  void mapping(const Object& object) {
    // The natural order has circles (12a < 13 < 125 < 12a). Started from the order of bytes and merged, which
    // is safe with any comparison, the result is the same for the same keys; a list sorts by merging.
    std::list<const Object::Member*> members;
    for (const auto& member : object) members.push_back(&member);
    members.sort([](const auto* a, const auto* b) { return a->first < b->first; });
    members.sort([](const auto* a, const auto* b) { return natural_less(a->first, b->first); });
    const int outer = indent_;
    indent_ = indent_ < 0 ? 0 : indent_ + indent_step;
    for (const auto* member : members) {
      start_line();
      const bool simple = member->first.size() <= longest_simple_key && !analyse(member->first).multiline;
      if (simple) {
        string(member->first, true);
        indicator(":", false, false);
      } else {
        indicator("?", true, true);
        string(member->first, false);
        start_line();
        indicator(":", true, true);
      }
      node(member->second, Where::member);
    }
    indent_ = outer;
  }

  // The dashes of a member's list stand below its key.
  void sequence(const Array& array, Where where) {
    const int outer = indent_;
    if (indent_ < 0)
      indent_ = 0;
    else if (where != Where::member || indention_)
      indent_ += indent_step;
    for (const Value& element : array) {
      start_line();
      indicator("-", true, true);
      node(element, Where::element);
    }
    indent_ = outer;
  }

  void string(std::string_view text, bool key) {
    const int outer = indent_;
    indent_ = indent_ < 0 ? indent_step : indent_ + indent_step;
    if (!is_utf8(text)) {
      word("!!binary");
      word(base64_encode(text));
    } else {
      styled(text, key);
    }
    indent_ = outer;
  }

  void styled(std::string_view text, bool key) {
    const Analysis analysis = analyse(text);
    const bool is_text = resolve_yaml_scalar(text).tag == YamlScalar::Tag::string && !is_base_60(text);
    const bool one_line = text.find('\n') == std::string_view::npos;
    if (!one_line && analysis.literal && !key) {
      literal(text);
    } else if (one_line && is_text && analysis.plain) {
      plain(text, !key);
    } else if (one_line && is_text && analysis.single_quoted) {
      single_quoted(text, !key);
    } else {
      double_quoted(text, !key);
    }
  }

  // True when a line has become too long and may end at the space at `at`, which the line end then stands
  // for.
  bool folds(std::string_view text, std::size_t at, bool allowed, bool was_space) const {
    return allowed && !was_space && column_ > best_width && at > 0 && at + 1 < text.size() &&
           text[at + 1] != ' ';
  }

  void plain(std::string_view text, bool may_fold) {
    if (!may_fold || column_ + text.size() < best_width) {
      word(text);
      return;
    }
    if (!whitespace_) put(" ");
    bool was_space = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == ' ' && folds(text, at, may_fold, was_space))
        start_line();
      else
        put(text.substr(at, 1));
      was_space = text[at] == ' ';
      if (!was_space) indention_ = false;
    }
    whitespace_ = indention_ = false;
  }

  void single_quoted(std::string_view text, bool may_fold) {
    indicator("'", true, false);
    bool was_space = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == ' ' && folds(text, at, may_fold, was_space))
        start_line();
      else
        put(text[at] == '\'' ? "''" : text.substr(at, 1));
      was_space = text[at] == ' ';
      if (!was_space) indention_ = false;
    }
    whitespace_ = true;
    indicator("'", false, false);
  }

  void double_quoted(std::string_view text, bool may_fold) {
    indicator("\"", true, false);
    bool was_space = false;
    for (std::size_t at = 0; at < text.size();) {
      const Character here = character_at(text, at);
      if (!is_printable(here.code) || is_line_end(here.code) || here.code == '"' || here.code == '\\') {
        put(escape(here.code));
        was_space = false;
      } else if (here.code == ' ' && may_fold && !was_space && column_ > best_width && at > 0 &&
                 at + 1 < text.size()) {
        // The reader joins the lines with one space; a space that follows must be kept by a backslash.
        start_line();
        if (text[at + 1] == ' ') put("\\");
        was_space = true;
      } else {
        put(text.substr(at, here.size));
        was_space = here.code == ' ';
      }
      at += here.size;
    }
    whitespace_ = true;
    indicator("\"", false, false);
  }

  static std::string escape(char32_t c) {
    switch (c) {
      case 0x00:
        return "\\0";
      case 0x07:
        return "\\a";
      case 0x08:
        return "\\b";
      case 0x09:
        return "\\t";
      case 0x0A:
        return "\\n";
      case 0x0B:
        return "\\v";
      case 0x0C:
        return "\\f";
      case 0x0D:
        return "\\r";
      case 0x1B:
        return "\\e";
      case '"':
        return "\\\"";
      case '\\':
        return "\\\\";
      case 0x85:
        return "\\N";
      case 0x2028:
        return "\\L";
      case 0x2029:
        return "\\P";
      default:
        break;
    }
    const auto code = static_cast<std::uint32_t>(c);
    if (code <= 0xFF) return fmt::format("\\x{:02X}", code);
    return code <= 0xFFFF ? fmt::format("\\u{:04X}", code) : fmt::format("\\U{:08X}", code);
  }

  void literal(std::string_view text) {
    indicator("|", true, false);
    // The indent cannot be told from a first line that is blank or starts with blanks.
    if (text.front() == ' ' || text.front() == '\n') put("2");
    if (text.back() != '\n')
      put("-");
    else if (text.size() == 1 || text[text.size() - 2] == '\n')
      put("+");
    new_line();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (end > at) {
        put(std::string(static_cast<std::size_t>(indent_), ' '));
        put(text.substr(at, end - at));
        indention_ = false;
      }
      if (end < text.size()) new_line();
      at = end + 1;
    }
  }

  void word(std::string_view text) {
    if (!whitespace_) put(" ");
    put(text);
    whitespace_ = indention_ = false;
  }

  void indicator(std::string_view text, bool needs_space, bool keeps_indention) {
    if (needs_space && !whitespace_) put(" ");
    put(text);
    whitespace_ = false;
    indention_ = indention_ && keeps_indention;
  }

  // At the indent of the present node, on this line where nothing but indentation stands so far.
  void start_line() {
    const auto indent = static_cast<std::size_t>(std::max(indent_, 0));
    if (!indention_ || column_ > indent || (column_ == indent && !whitespace_)) new_line();
    if (column_ < indent) put(std::string(indent - column_, ' '));
    whitespace_ = indention_ = true;
  }
  void new_line() {
    out_ += '\n';
    column_ = 0;
    whitespace_ = indention_ = true;
  }
  void put(std::string_view text) {
    out_ += text;
    // Characters, not bytes.
    column_ += static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }

  std::string out_;
  int indent_ = -1;
  std::size_t column_ = 0;
  bool whitespace_ = true;  // the last character is a space or nothing
  bool indention_ = true;   // nothing but indentation and dashes stands on this line
};

}  // namespace

std::string to_yaml(const Value& value) { return YamlWriter().write(value); }

}  // namespace aloft::model
