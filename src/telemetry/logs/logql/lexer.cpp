// Words, operators, strings, numbers with units.
#include "telemetry/logs/logql/lexer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/bytes.h"
#include "base/go_quote.h"
#include "base/text.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/labels.h"
#include "telemetry/logs/logql/parser.h"

namespace aloft::telemetry::logs::logql {
namespace {

// Words that are keywords only where a parenthesis or a grouping follows; otherwise they may name labels.
constexpr std::array functions = std::to_array<std::string_view>({"rate",
                                                                  "rate_counter",
                                                                  "count_over_time",
                                                                  "bytes_rate",
                                                                  "bytes_over_time",
                                                                  "avg_over_time",
                                                                  "sum_over_time",
                                                                  "min_over_time",
                                                                  "max_over_time",
                                                                  "stdvar_over_time",
                                                                  "stddev_over_time",
                                                                  "quantile_over_time",
                                                                  "first_over_time",
                                                                  "last_over_time",
                                                                  "absent_over_time",
                                                                  "vector",
                                                                  "sum",
                                                                  "avg",
                                                                  "max",
                                                                  "min",
                                                                  "count",
                                                                  "stddev",
                                                                  "stdvar",
                                                                  "bottomk",
                                                                  "topk",
                                                                  "sort",
                                                                  "sort_desc",
                                                                  "approx_topk",
                                                                  "bytes",
                                                                  "duration",
                                                                  "duration_seconds",
                                                                  "label_replace",
                                                                  "ip"});
constexpr std::array keywords = std::to_array<std::string_view>(
    {"by",           "without",     "bool",       "offset", "on",     "ignoring", "group_left", "group_right",
     "or",           "and",         "unless",     "json",   "regexp", "logfmt",   "unpack",     "pattern",
     "label_format", "line_format", "decolorize", "drop",   "keep",   "unwrap"});
constexpr std::array symbols = std::to_array<std::string_view>(
    {"!=", "=~", "!~", "!>", "|=", "|~", "|>", "==", ">=", "<=", ",", ".", "{", "}",
     "=",  "|",  "(",  ")",  "[",  "]",  "+",  "-",  "*",  "/",  "%", "^", ">", "<"});

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::string Lexeme::name() const {
  switch (token) {
    case Token::end:
      return "$end";
    case Token::identifier:
    case Token::unknown:
      return "IDENTIFIER";
    case Token::string:
      return "STRING";
    case Token::number:
      return "NUMBER";
    case Token::duration:
      return "DURATION";
    case Token::bytes:
      return "BYTES";
    case Token::range:
      return "RANGE";
    case Token::flag:
      return "FUNCTION_FLAG";
    case Token::keyword:
    case Token::error:
      break;
  }
  if (text == "ip" || text == "label_replace" ||
      std::find(functions.begin(), functions.end(), text) == functions.end())
    return text;
  std::string out = text;
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (text == "bytes" || text == "duration" || text == "duration_seconds") out += "_CONV";
  return out;
}

Lexeme Lexer::error(Lexeme lexeme, std::string message) {
  lexeme.token = Token::error;
  lexeme.text = std::move(message);
  return lexeme;
}

void Lexer::advance(std::size_t bytes) {
  for (const char c : text_.substr(at_, bytes)) {
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++column_;
    }
  }
  at_ = std::min(at_ + bytes, text_.size());
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    std::size_t size = 0;
    if (is_blank(text_[at_])) {
      size = 1;
    } else if (text_[at_] == '#') {
      size = std::min(text_.find('\n', at_), text_.size()) - at_;
    } else {
      return;
    }
    advance(size);
  }
}

// Also `by (` and `without (`, which begin a grouping.
bool Lexer::followed_by_call(std::size_t at) const {
  const auto blanks = [&] {
    while (at < text_.size() && is_blank(text_[at])) ++at;
  };
  blanks();
  if (at < text_.size() && text_[at] == '(') return true;
  for (const std::string_view word : {"by", "without"}) {
    if (lower(text_.substr(at, word.size())) != word) continue;
    at += word.size();
    blanks();
    return at < text_.size() && text_[at] == '(';
  }
  return false;
}

Lexeme Lexer::next() {
  skip_blanks();
  Lexeme lexeme{.text = {}, .line = line_, .column = column_};
  if (at_ >= text_.size()) return lexeme;
  const char c = text_[at_];
  if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
    return number(std::move(lexeme));
  if (c == '"' || c == '`') return quoted(std::move(lexeme));
  if (c == '[') return range(std::move(lexeme));
  if (is_letter(c)) return word(std::move(lexeme));
  return symbol(std::move(lexeme));
}

bool Lexer::duration_at(std::size_t begin, std::size_t number_end, Lexeme& lexeme) {
  std::size_t end = number_end;
  while (end < text_.size() &&
         (is_digit(text_[end]) || text_[end] == '.' ||
          std::string_view("numshdwy\xc2\xb5").find(text_[end]) != std::string_view::npos))
    ++end;
  if (end == number_end || !parse_any_duration(text_.substr(begin, end - begin), lexeme.duration))
    return false;
  lexeme.token = Token::duration;
  lexeme.text = text_.substr(begin, end - begin);
  lexeme.line = 0;  // as Loki's scanner, which loses the line when it reads on
  advance(end - at_);
  return true;
}

bool Lexer::bytes_at(std::size_t begin, std::size_t number_end, Lexeme& lexeme) {
  std::size_t end = number_end;
  while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '.' ||
                                std::string_view("BikKMGTP").find(text_[end]) != std::string_view::npos))
    ++end;
  if (end == number_end || !parse_bytes(text_.substr(begin, end - begin), lexeme.bytes)) return false;
  lexeme.token = Token::bytes;
  lexeme.text = text_.substr(begin, end - begin);
  lexeme.line = 0;
  advance(end - at_);
  return true;
}

Lexeme Lexer::number(Lexeme lexeme) {
  const std::size_t begin = at_;
  std::size_t end = at_;
  if (text_[end] == '0' && end + 1 < text_.size() && (text_[end + 1] == 'x' || text_[end + 1] == 'X')) {
    end += 2;
    while (end < text_.size() && std::isxdigit(static_cast<unsigned char>(text_[end])) != 0) ++end;
  } else {
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end < text_.size() && text_[end] == '.') {
      ++end;
      while (end < text_.size() && is_digit(text_[end])) ++end;
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      std::size_t digits = end + 1;
      if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
      if (digits < text_.size() && is_digit(text_[digits])) {
        end = digits;
        while (end < text_.size() && is_digit(text_[end])) ++end;
      }
    }
  }
  if (duration_at(begin, end, lexeme) || bytes_at(begin, end, lexeme)) return lexeme;
  lexeme.token = Token::number;
  lexeme.text = text_.substr(begin, end - begin);
  advance(end - begin);
  return lexeme;
}

Lexeme Lexer::quoted(Lexeme lexeme) {
  const char mark = text_[at_];
  std::size_t end = at_ + 1;
  while (end < text_.size() && text_[end] != mark && (mark == '`' || text_[end] != '\n'))
    end += text_[end] == '\\' && mark == '"' ? 2 : 1;
  if (end >= text_.size() || text_[end] != mark) {
    at_ = text_.size();
    return error(std::move(lexeme), "literal not terminated");
  }
  std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
  if (!is_utf8(inside)) return error(std::move(lexeme), "invalid UTF-8 rune");
  advance(end + 1 - at_);
  lexeme.token = Token::string;
  if (mark == '`') {
    lexeme.text = inside;
    return lexeme;
  }
  while (!inside.empty()) {
    const std::size_t plain = std::min(inside.find('\\'), inside.size());
    lexeme.text += inside.substr(0, plain);
    inside.remove_prefix(plain);
    if (inside.empty()) break;
    inside.remove_prefix(1);
    if (!go_unescape(inside, "\"'`", lexeme.text)) {
      at_ = text_.size();
      return error(std::move(lexeme), "invalid syntax");
    }
  }
  return lexeme;
}

Lexeme Lexer::range(Lexeme lexeme) {
  lexeme.line = 0;
  const std::size_t end = text_.find(']', at_);
  if (end == std::string_view::npos) {
    at_ = text_.size();
    return error(std::move(lexeme), "missing closing ']' in duration");
  }
  const std::string inside(text_.substr(at_ + 1, end - at_ - 1));
  auto duration = parse_prometheus_duration(inside);
  advance(end + 1 - at_);
  if (!duration) {
    at_ = text_.size();
    if (inside.empty()) return error(std::move(lexeme), "empty duration string");
    return error(std::move(lexeme), fmt::format("not a valid duration string: {}", quote(inside)));
  }
  lexeme.token = Token::range;
  lexeme.duration = *duration;
  return lexeme;
}

Lexeme Lexer::word(Lexeme lexeme) {
  std::size_t end = at_;
  while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
  const std::string_view text = text_.substr(at_, end - at_);
  std::string small = lower(text);
  if (std::find(functions.begin(), functions.end(), small) != functions.end()) {
    lexeme.token = followed_by_call(end) ? Token::keyword : Token::identifier;
  } else {
    const bool known = std::find(keywords.begin(), keywords.end(), small) != keywords.end();
    lexeme.token = known ? Token::keyword : Token::identifier;
  }
  lexeme.text = lexeme.token == Token::keyword ? std::move(small) : std::string(text);
  // Labels have names of ASCII letters.
  if (!is_classic_label_name(text)) lexeme.token = Token::unknown;
  advance(end - at_);
  return lexeme;
}

Lexeme Lexer::symbol(Lexeme lexeme) {
  const std::string_view rest = text_.substr(at_);
  for (const std::string_view flag : {"--strict", "--keep-empty"}) {
    if (!rest.starts_with(flag)) continue;
    lexeme.token = Token::flag;
    lexeme.text = flag;
    lexeme.line = 0;
    advance(flag.size());
    return lexeme;
  }
  if (rest.starts_with('-') && duration_at(at_, at_ + 1, lexeme)) return lexeme;
  for (const std::string_view symbol : symbols) {
    if (!rest.starts_with(symbol)) continue;
    lexeme.token = Token::keyword;
    lexeme.text = symbol;
    if (symbol.size() == 2) lexeme.line = 0;
    advance(symbol.size());
    return lexeme;
  }
  lexeme.token = Token::unknown;
  lexeme.text = rest.substr(0, 1);
  advance(1);
  return lexeme;
}

bool parse_any_duration(std::string_view text, Duration& duration) {
  if (auto parsed = parse_prometheus_duration(text)) {
    duration = *parsed;
    return true;
  }
  auto parsed = parse_duration(text);
  if (parsed) duration = *parsed;
  return parsed.has_value();
}

bool parse_bytes(std::string_view text, double& bytes) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::size_t end = 0;
  std::string digits;
  for (; end < text.size() && (is_digit(text[end]) || text[end] == '.' || text[end] == ','); ++end)
    if (text[end] != ',') digits += text[end];
  double value = 0;
  if (digits.empty() || !parse_float(digits, value)) return false;
  std::string_view unit = text.substr(end);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  while (!unit.empty() && unit.back() == ' ') unit.remove_suffix(1);
  const std::string small = lower(unit);
  if (small.empty() || small == "b") {
    bytes = std::floor(value);
    return true;
  }
  const std::size_t power = std::string_view("kmgtpe").find(small[0]);
  if (power == std::string_view::npos) return false;
  const std::string_view rest = std::string_view(small).substr(1);
  if (!rest.empty() && rest != "b" && rest != "i" && rest != "ib") return false;
  const double base = rest.starts_with('i') ? 1024 : 1000;
  value *= std::pow(base, static_cast<double>(power + 1));
  if (value >= 18446744073709551615.0) return false;
  bytes = std::floor(value);
  return true;
}

}  // namespace aloft::telemetry::logs::logql
