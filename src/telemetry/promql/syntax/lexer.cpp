// Cuts PromQL into tokens.
#include "telemetry/promql/syntax/lexer.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/text.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

struct Keyword {
  std::string_view name;
  TokenKind kind;
  BinaryOp op = BinaryOp::add;
  AggregateOp aggregate = AggregateOp::sum;
};

constexpr Keyword operator_word(std::string_view name, BinaryOp op) {
  return {name, TokenKind::binary_operator, op, AggregateOp::sum};
}
constexpr Keyword aggregate_word(std::string_view name, AggregateOp op) {
  return {name, TokenKind::aggregator, BinaryOp::add, op};
}

constexpr Keyword keywords[] = {
    operator_word("and", BinaryOp::land),
    operator_word("or", BinaryOp::lor),
    operator_word("unless", BinaryOp::lunless),
    operator_word("atan2", BinaryOp::atan2),
    aggregate_word("sum", AggregateOp::sum),
    aggregate_word("avg", AggregateOp::avg),
    aggregate_word("count", AggregateOp::count),
    aggregate_word("min", AggregateOp::min),
    aggregate_word("max", AggregateOp::max),
    aggregate_word("group", AggregateOp::group),
    aggregate_word("stddev", AggregateOp::stddev),
    aggregate_word("stdvar", AggregateOp::stdvar),
    aggregate_word("topk", AggregateOp::topk),
    aggregate_word("bottomk", AggregateOp::bottomk),
    aggregate_word("count_values", AggregateOp::count_values),
    aggregate_word("quantile", AggregateOp::quantile),
    aggregate_word("limitk", AggregateOp::limitk),
    aggregate_word("limit_ratio", AggregateOp::limit_ratio),
    {"offset", TokenKind::offset},
    {"smoothed", TokenKind::smoothed},
    {"anchored", TokenKind::anchored},
    {"by", TokenKind::by},
    {"without", TokenKind::without},
    {"on", TokenKind::on},
    {"ignoring", TokenKind::ignoring},
    {"group_left", TokenKind::group_left},
    {"group_right", TokenKind::group_right},
    {"fill", TokenKind::fill},
    {"fill_left", TokenKind::fill_left},
    {"fill_right", TokenKind::fill_right},
    {"bool", TokenKind::bool_modifier},
    {"start", TokenKind::start},
    {"end", TokenKind::end_function},
    {"step", TokenKind::step},
    {"range", TokenKind::range},
    {"max_of", TokenKind::max_of},
    {"min_of", TokenKind::min_of},
    {"inf", TokenKind::number},
    {"nan", TokenKind::number},
};

const Keyword* find_keyword(std::string_view word) {
  const std::string name = lower(word);
  for (const Keyword& keyword : keywords)
    if (keyword.name == name) return &keyword;
  return nullptr;
}

bool is_alpha(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_alphanumeric(char c) { return is_alpha(c) || is_digit(c); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    while (!done_) next();
    return std::move(tokens_);
  }

 private:
  void next();
  void in_braces();
  void in_duration();
  void in_statement();
  void operators(char c);
  void brackets(char c);
  void word();
  void identifier();
  void string(char delimiter);
  void raw_string();
  bool escape(char delimiter);
  void number_or_duration();
  bool scan_number();
  bool scan_duration();
  bool duration_keyword();
  void colon();

  // '\0' at the end; texts hold no NUL but in strings, where the position tells.
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }
  bool is_of(std::string_view set) const {
    return !at_end() && set.find(text_[at_]) != std::string_view::npos;
  }
  bool accept(std::string_view set) {
    if (!is_of(set)) return false;
    ++at_;
    return true;
  }
  // The rune at `at` in single quotes, as Go's %q prints one.
  std::string rune(std::size_t at) const;
  void emit(TokenKind kind) {
    Token token;
    token.kind = kind;
    token.position = static_cast<int>(start_);
    token.text = text_.substr(start_, at_ - start_);
    tokens_.push_back(std::move(token));
  }
  void emit(BinaryOp op) {
    emit(TokenKind::binary_operator);
    tokens_.back().op = op;
  }
  void error(std::string message) {
    // An error in place of a token that was just made takes its place.
    Token token;
    token.kind = TokenKind::error;
    token.position = static_cast<int>(start_);
    token.error = std::move(message);
    tokens_.push_back(std::move(token));
    done_ = true;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  int parens_ = 0;
  bool brace_open_ = false;
  bool bracket_open_ = false;
  bool got_colon_ = false;
  bool got_duration_ = false;
  bool expects_duration_ = false;  // right behind [ until the first number
  bool done_ = false;
};

std::string Lexer::rune(std::size_t at) const {
  if (at >= text_.size()) return "'\\uffff'";
  std::size_t width = 1;
  while (width < 4 && at + width < text_.size() && !is_utf8(text_.substr(at, width))) ++width;
  std::string_view bytes = text_.substr(at, width);
  if (!is_utf8(bytes)) return "'\xef\xbf\xbd'";
  if (bytes == "'") return "'\\''";
  if (bytes == "\"") return "'\"'";
  std::string quoted = quote(bytes);
  quoted.front() = quoted.back() = '\'';
  return quoted;
}

void Lexer::next() {
  while (!at_end() && is_space(peek())) ++at_;
  start_ = at_;
  if (peek() == '#' && !expects_duration_) {
    while (!at_end() && peek() != '\n' && peek() != '\r') ++at_;
    return;
  }
  if (expects_duration_) return in_duration();
  if (brace_open_) return in_braces();
  in_statement();
}

void Lexer::in_statement() {
  if (at_end()) {
    if (parens_ != 0) return error("unclosed left parenthesis");
    if (bracket_open_) return error("unclosed left bracket");
    emit(TokenKind::end);
    done_ = true;
    return;
  }
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number_or_duration();
  if (c == '"' || c == '\'') return string(c);
  if (c == '`') return raw_string();
  if (is_alpha(c) || c == ':') {
    if (!bracket_open_) return word();
    if (c == ':') return colon();
    if (duration_keyword()) return;
    return error(fmt::format("unexpected character: {}, expected ':'", rune(start_)));
  }
  brackets(c);
}

void Lexer::colon() {
  ++at_;
  if (got_colon_) return error("unexpected colon ':'");
  emit(TokenKind::colon);
  got_colon_ = true;
}

void Lexer::brackets(char c) {
  ++at_;
  switch (c) {
    case '(':
      ++parens_;
      return emit(TokenKind::left_paren);
    case ')':
      if (--parens_ < 0) return error("unexpected right parenthesis ')'");
      return emit(TokenKind::right_paren);
    case '{':
      brace_open_ = true;
      return emit(TokenKind::left_brace);
    case '[':
      if (bracket_open_) return error("unexpected left bracket '['");
      got_colon_ = false;
      bracket_open_ = true;
      expects_duration_ = true;
      return emit(TokenKind::left_bracket);
    case ']':
      if (!bracket_open_) return error("unexpected right bracket ']'");
      bracket_open_ = false;
      return emit(TokenKind::right_bracket);
    default:
      return operators(c);
  }
}

void Lexer::operators(char c) {
  switch (c) {
    case ',':
      return emit(TokenKind::comma);
    case '@':
      return emit(TokenKind::at);
    case '*':
      return emit(BinaryOp::mul);
    case '/':
      return emit(BinaryOp::div);
    case '%':
      return emit(BinaryOp::mod);
    case '+':
      return emit(BinaryOp::add);
    case '-':
      return emit(BinaryOp::sub);
    case '^':
      return emit(BinaryOp::pow);
    case '=':
      if (accept("=")) return emit(BinaryOp::eq);
      if (peek() == '~') return error("unexpected character after '=': '~'");
      return emit(TokenKind::equal);
    case '!':
      if (accept("=")) return emit(BinaryOp::ne);
      return error("unexpected character after '!': " + rune(at_));
    case '<':
      return emit(accept("=") ? BinaryOp::le : accept("/") ? BinaryOp::trim_upper : BinaryOp::lt);
    case '>':
      return emit(accept("=") ? BinaryOp::ge : accept("/") ? BinaryOp::trim_lower : BinaryOp::gt);
    default:
      return error("unexpected character: " + rune(start_));
  }
}

void Lexer::in_braces() {
  if (at_end()) return error("unexpected end of input inside braces");
  const char c = peek();
  if (is_alpha(c)) return identifier();
  if (c == '"' || c == '\'') return string(c);
  if (c == '`') return raw_string();
  ++at_;
  switch (c) {
    case ',':
      return emit(TokenKind::comma);
    case '=':
      return emit(accept("~") ? TokenKind::equal_regex : TokenKind::equal);
    case '!':
      if (accept("~")) return emit(TokenKind::not_equal_regex);
      if (accept("=")) return emit(BinaryOp::ne);
      return error("unexpected character after '!' inside braces: " + rune(at_));
    case '{':
      return error("unexpected left brace '{'");
    case '}':
      brace_open_ = false;
      return emit(TokenKind::right_brace);
    default:
      return error("unexpected character inside braces: " + rune(start_));
  }
}

void Lexer::in_duration() {
  if (at_end()) return error("unexpected end of input in duration expression");
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    got_duration_ = true;
    expects_duration_ = false;
    return number_or_duration();
  }
  if (duration_keyword()) return;
  if (c == '(' || c == ')') return brackets(c);
  ++at_;
  switch (c) {
    case ']':
      bracket_open_ = expects_duration_ = false;
      return emit(TokenKind::right_bracket);
    case ':':
      if (!got_duration_) return error("unexpected colon before duration in duration expression");
      if (got_colon_) return error("unexpected repeated colon in duration expression");
      got_colon_ = true;
      return emit(TokenKind::colon);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
    case ',':
      return operators(c);
    default:
      return error("unexpected character in duration expression: " + rune(start_));
  }
}

bool Lexer::duration_keyword() {
  std::size_t end = at_;
  while (end < text_.size() && is_alpha(text_[end])) ++end;
  const Keyword* keyword = find_keyword(text_.substr(at_, end - at_));
  if (keyword == nullptr || keyword->kind < TokenKind::step) return false;
  at_ = end;
  emit(keyword->kind);
  return true;
}

void Lexer::identifier() {
  while (is_alphanumeric(peek())) ++at_;
  emit(TokenKind::identifier);
}

void Lexer::word() {
  while (is_alphanumeric(peek()) || peek() == ':') ++at_;
  const std::string_view name = text_.substr(start_, at_ - start_);
  const Keyword* keyword = find_keyword(name);
  if (keyword != nullptr && keyword->kind >= TokenKind::fill && keyword->kind <= TokenKind::fill_right) {
    // These may be the names of older metrics; they are keywords only before a parenthesis.
    std::size_t behind = at_;
    while (behind < text_.size() && is_space(text_[behind])) ++behind;
    if (behind >= text_.size() || text_[behind] != '(') keyword = nullptr;
  }
  if (keyword != nullptr) {
    emit(keyword->kind);
    tokens_.back().op = keyword->op;
    tokens_.back().aggregate = keyword->aggregate;
    return;
  }
  emit(name.find(':') == std::string_view::npos ? TokenKind::identifier : TokenKind::metric_identifier);
}

void Lexer::string(char delimiter) {
  ++at_;
  while (true) {
    if (at_end() || peek() == '\n') return error("unterminated quoted string");
    const char c = text_[at_++];
    if (c == delimiter) return emit(TokenKind::string);
    if (c == '\\') {
      if (!escape(delimiter)) return;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      std::size_t width = 1;
      while (width < 5 && !is_utf8(text_.substr(at_ - 1, width))) ++width;
      const std::string_view bytes = text_.substr(at_ - 1, width);
      if (width == 5 || bytes == "\xef\xbf\xbd") return error("invalid UTF-8 rune");
      at_ += width - 1;
    }
  }
}

bool Lexer::escape(char delimiter) {
  if (at_end()) return error("escape sequence not terminated"), false;
  const char c = text_[at_++];
  if (c == delimiter || std::string_view("abfnrtv\\").find(c) != std::string_view::npos) return true;
  const bool octal = c >= '0' && c <= '7';
  const std::size_t digits = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  const auto name = [&](std::size_t at) {
    return fmt::format("U+{:04X} {}", static_cast<unsigned>(static_cast<unsigned char>(text_[at])), rune(at));
  };
  if (digits == 0) return error("unknown escape sequence " + name(at_ - 1)), false;
  std::uint64_t value = 0;
  if (octal) --at_;
  for (std::size_t i = 0; i < digits; ++i) {
    if (at_end()) return error("escape sequence not terminated"), false;
    const char low = static_cast<char>(text_[at_] | 0x20);
    const int digit = is_digit(text_[at_])       ? text_[at_] - '0'
                      : low >= 'a' && low <= 'f' ? low - 'a' + 10
                                                 : 16;
    if (digit >= (octal ? 8 : 16))
      return error(fmt::format("illegal character {} in escape sequence", name(at_))), false;
    value = value * (octal ? 8 : 16) + static_cast<std::uint64_t>(digit);
    ++at_;
  }
  if (value > (octal || c == 'x' ? 255U : 0x10FFFFU) || (value >= 0xD800 && value < 0xE000))
    return error("escape sequence is an invalid Unicode code point"), false;
  return true;
}

void Lexer::raw_string() {
  const std::size_t close = text_.find('`', at_ + 1);
  if (!is_utf8(text_.substr(at_, close == std::string_view::npos ? close : close - at_)))
    return error("invalid UTF-8 rune");
  if (close == std::string_view::npos) return error("unterminated raw string");
  at_ = close + 1;
  emit(TokenKind::string);
}

void Lexer::number_or_duration() {
  if (scan_number()) return emit(TokenKind::number);
  if (scan_duration()) return emit(TokenKind::duration);
  // Go's lexer has read the rune that did not fit.
  error("bad number or duration syntax: " + quote(text_.substr(start_, at_ - start_)));
}

// Not necessarily a valid number; that is for the parser to find.
bool Lexer::scan_number() {
  std::string_view digits = "0123456789";
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
    at_ += 2;
    accept("_");
    digits = "0123456789abcdefABCDEF";
  }
  const bool hex = digits.size() > 10;
  const std::size_t first = start_;
  accept(".");
  accept(digits);
  bool dot = false;
  bool exponent = false;
  while (is_of(digits) || is_of("._eE")) {
    if (is_of(".") && dot) return ++at_, false;
    if (is_of("eE") && !is_of(digits) && exponent) return ++at_, false;
    if (accept(".")) {
      dot = true;
      if (accept("_.") || hex) return false;
    } else if (!hex && accept("eE")) {
      if (exponent) return false;
      exponent = true;
      accept("+-");
      if (accept("._eE") || at_end()) return false;
    } else if (accept("_")) {
      if (accept("._eE") || at_end()) return false;
    } else {
      while (accept(digits)) {
      }
    }
  }
  return at_ != first && !is_alphanumeric(peek());
}

bool Lexer::scan_duration() {
  if (!accept("smhdwy")) return false;
  accept("s");
  while (accept("0123456789")) {
    while (accept("0123456789")) {
    }
    if (!accept("smhdw")) return false;
    accept("s");
  }
  if (is_alphanumeric(peek())) return ++at_, false;
  return true;
}

}  // namespace

std::string Token::description() const {
  const auto quoted = [&] {
    if (text.size() <= 10) return quote(text);
    std::size_t cut = 0;
    for (int runes = 0; cut < text.size() && runes < 10; ++runes) {
      ++cut;
      while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) ++cut;
    }
    return quote(text.substr(0, cut)) + "...";
  };
  switch (kind) {
    case TokenKind::end:
      return "end of input";
    case TokenKind::error:
      return error;
    case TokenKind::identifier:
      return "identifier " + quote(text);
    case TokenKind::metric_identifier:
      return "metric identifier " + quote(text);
    case TokenKind::string:
      return "string " + quoted();
    case TokenKind::number:
      return "number " + quoted();
    case TokenKind::duration:
      return "duration " + quoted();
    case TokenKind::aggregator:
      return fmt::format("<aggr:{}>", text);
    case TokenKind::binary_operator:
    case TokenKind::at:
    case TokenKind::equal_regex:
    case TokenKind::not_equal_regex:
      return fmt::format("<op:{}>", text);
    default:
      if (kind >= TokenKind::bool_modifier && kind <= TokenKind::without) return fmt::format("<{}>", text);
      return quoted();
  }
}

std::vector<Token> tokenize(std::string_view text) { return Lexer(text).run(); }

}  // namespace aloft::telemetry::promql
