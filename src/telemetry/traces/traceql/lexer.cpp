// Attribute names run up to a space or an operator and may have quoted parts; numbers followed by a unit are
// durations; everything else is ordinary.
#include "telemetry/traces/traceql/lexer.h"

#include <charconv>
#include <limits>

#include "base/go_quote.h"
#include "base/time.h"
#include "telemetry/core/durations.h"

namespace aloft::telemetry::traces::traceql {
namespace {

constexpr std::size_t query_limit_bytes = 128 * 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<std::uint8_t>(c) >= 0x80;
}
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The longest first.
constexpr std::array<std::string_view, 37> operators = {
    "&>>", "&<<", "!>>", "!<<", "&&", "||", ">>", "<<", ">=", "<=", "!=", "=~", "!~",
    "!>",  "!<",  "&>",  "&<",  "&~", "{",  "}",  "(",  ")",  ",",  "|",  "=",  "<",
    ">",   "!",   "~",   "+",   "-",  "*",  "/",  "%",  "^",  ";",  ":"};

constexpr std::array<std::string_view, 37> keywords = {"true",
                                                       "false",
                                                       "nil",
                                                       "ok",
                                                       "error",
                                                       "unset",
                                                       "unspecified",
                                                       "internal",
                                                       "server",
                                                       "client",
                                                       "producer",
                                                       "consumer",
                                                       "count",
                                                       "avg",
                                                       "max",
                                                       "min",
                                                       "sum",
                                                       "by",
                                                       "coalesce",
                                                       "select",
                                                       "rate",
                                                       "count_over_time",
                                                       "min_over_time",
                                                       "max_over_time",
                                                       "avg_over_time",
                                                       "sum_over_time",
                                                       "quantile_over_time",
                                                       "histogram_over_time",
                                                       "compare",
                                                       "topk",
                                                       "bottomk",
                                                       "with",
                                                       "minInt",
                                                       "maxInt",
                                                       "bottom",
                                                       "top",
                                                       "as"};

struct ScopeWord {
  std::string_view word;
  Scope scope;
};
constexpr std::array<ScopeWord, 5> scope_words = {{{"span.", Scope::span},
                                                   {"resource.", Scope::resource},
                                                   {"event.", Scope::event},
                                                   {"link.", Scope::link},
                                                   {"instrumentation.", Scope::instrumentation}}};

struct IntrinsicWord {
  std::string_view word;
  Intrinsic intrinsic;
};
constexpr std::array<IntrinsicWord, 34> intrinsic_words = {{
    {"duration", Intrinsic::duration},
    {"name", Intrinsic::name},
    {"status", Intrinsic::status},
    {"statusMessage", Intrinsic::status_message},
    {"kind", Intrinsic::kind},
    {"childCount", Intrinsic::child_count},
    {"parent", Intrinsic::parent},
    {"rootName", Intrinsic::root_name},
    {"rootServiceName", Intrinsic::root_service},
    {"traceDuration", Intrinsic::trace_duration},
    {"nestedSetLeft", Intrinsic::nested_set_left},
    {"nestedSetRight", Intrinsic::nested_set_right},
    {"nestedSetParent", Intrinsic::nested_set_parent},
    {"span:duration", Intrinsic::duration},
    {"span:name", Intrinsic::name},
    {"span:status", Intrinsic::status},
    {"span:statusMessage", Intrinsic::status_message},
    {"span:kind", Intrinsic::kind},
    {"span:childCount", Intrinsic::child_count},
    {"span:id", Intrinsic::span_id},
    {"span:parentID", Intrinsic::parent_id},
    {"span:nestedSetLeft", Intrinsic::nested_set_left},
    {"span:nestedSetRight", Intrinsic::nested_set_right},
    {"span:nestedSetParent", Intrinsic::nested_set_parent},
    {"trace:duration", Intrinsic::trace_duration},
    {"trace:rootName", Intrinsic::root_name},
    {"trace:rootService", Intrinsic::root_service},
    {"trace:id", Intrinsic::trace_id},
    {"event:name", Intrinsic::event_name},
    {"event:timeSinceStart", Intrinsic::event_time_since_start},
    {"link:traceID", Intrinsic::link_trace_id},
    {"link:spanID", Intrinsic::link_span_id},
    {"instrumentation:name", Intrinsic::instrumentation_name},
    {"instrumentation:version", Intrinsic::instrumentation_version},
}};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    if (text_.size() > query_limit_bytes) return fail(Code::invalid, "the query is too long");
    std::vector<Token> tokens;
    for (;;) {
      TRY_DO(skip_space());
      Token token;
      token.line = line_;
      token.column = column_;
      TRY_DO(read(token));
      tokens.push_back(std::move(token));
      if (tokens.back().kind == Token::Kind::end) return tokens;
    }
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }
  std::unexpected<Error> bad(std::string_view what) const { return fail(parse_error(what, line_, column_)); }

  void pass(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else if ((static_cast<std::uint8_t>(text_[at_]) & 0xC0) != 0x80) {
        ++column_;
      }
    }
  }

  Result<> skip_space() {
    for (;;) {
      while (at_ < text_.size() && is_space(here())) pass(1);
      if (rest().starts_with("//")) {
        while (at_ < text_.size() && here() != '\n') pass(1);
      } else if (rest().starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return bad("syntax error: comment not terminated");
        pass(end + 2 - at_);
      } else {
        return {};
      }
    }
  }

  Result<> read(Token& token) {
    if (at_ == text_.size()) return {};
    const char c = here();
    if (c == '"') return read_string(token);
    if (c == '`') return read_raw_string(token);
    if (is_digit(c) || (c == '.' && is_digit(next()))) return read_number(token);
    if (c == '.') {
      token.kind = Token::Kind::field;
      token.text = ".";
      pass(1);
      return read_attribute(token);
    }
    if (is_letter(c)) return read_word(token);
    for (const std::string_view op : operators) {
      if (!rest().starts_with(op)) continue;
      token.kind = Token::Kind::word;
      token.text = op;
      pass(op.size());
      return {};
    }
    return bad(fmt::format("syntax error: unexpected character {:?}", std::string_view(&c, 1)));
  }

  Result<> read_word(Token& token) {
    if (rest().starts_with("parent.")) {
      token.kind = Token::Kind::field;
      token.text = "parent.";
      token.field.of_parent = true;
      pass(7);
      for (const ScopeWord& scope : scope_words) {
        // The instrumentation and the parts of a span have no parent of their own.
        if (scope.scope > Scope::resource || !rest().starts_with(scope.word)) continue;
        token.field.scope = scope.scope;
        pass(scope.word.size());
        break;
      }
      return read_attribute(token);
    }
    for (const ScopeWord& scope : scope_words) {
      if (!rest().starts_with(scope.word)) continue;
      token.kind = Token::Kind::field;
      token.text = scope.word;
      token.field.scope = scope.scope;
      pass(scope.word.size());
      return read_attribute(token);
    }
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    std::string_view word = text_.substr(at_, end - at_);
    if (end < text_.size() && text_[end] == ':' && is_scope_of_intrinsics(word)) {
      std::size_t further = end + 1;
      while (further < text_.size() && (is_letter(text_[further]) || is_digit(text_[further]))) ++further;
      word = text_.substr(at_, further - at_);
      if (!take_intrinsic(token, word)) {
        pass(end + 1 - at_);
        return bad(further > end + 1 ? "syntax error: unexpected IDENTIFIER"
                                     : "syntax error: unexpected $end");
      }
      pass(word.size());
      return {};
    }
    pass(word.size());
    token.text = word;
    if (take_intrinsic(token, word)) return {};
    const bool keyword = std::find(keywords.begin(), keywords.end(), word) != keywords.end();
    token.kind = keyword ? Token::Kind::word : Token::Kind::name;
    return {};
  }

  static bool is_scope_of_intrinsics(std::string_view word) {
    return word == "span" || word == "trace" || word == "event" || word == "link" ||
           word == "instrumentation";
  }

  static bool take_intrinsic(Token& token, std::string_view word) {
    for (const IntrinsicWord& known : intrinsic_words) {
      if (known.word != word) continue;
      token.kind = Token::Kind::field;
      token.text = word;
      token.field.scope = Scope::intrinsic;
      token.field.intrinsic = known.intrinsic;
      return true;
    }
    return false;
  }

  static bool ends_attribute(char c) {
    return is_space(c) || std::string_view("{}()=~!<>&|^,").find(c) != std::string_view::npos;
  }

  Result<> read_attribute(Token& token) {
    std::string& name = token.field.name;
    while (at_ < text_.size() && !ends_attribute(here())) {
      if (here() != '"') {
        name += here();
        pass(1);
        continue;
      }
      pass(1);
      for (; here() != '"'; pass(1)) {
        if (at_ == text_.size()) return bad("syntax error: unexpected EOF, expecting \"");
        if (here() == '\\') {
          pass(1);
          if (here() != '"' && here() != '\\') return bad("syntax error: invalid escape sequence");
        }
        name += here();
      }
      pass(1);
    }
    if (name.empty()) return bad("syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER");
    return {};
  }

  Result<> read_number(Token& token) {
    std::size_t end = at_;
    bool whole = true;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end < text_.size() && text_[end] == '.') {
      whole = false;
      ++end;
      while (end < text_.size() && is_digit(text_[end])) ++end;
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      std::size_t exponent = end + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (exponent < text_.size() && is_digit(text_[exponent])) {
        whole = false;
        end = exponent;
        while (end < text_.size() && is_digit(text_[end])) ++end;
      }
    }
    if (end < text_.size() && is_letter(text_[end])) return read_duration(token, end);
    const std::string_view number = text_.substr(at_, end - at_);
    token.text = number;
    token.kind = whole ? Token::Kind::integer : Token::Kind::real;
    if (whole) {
      const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), token.number);
      if (error != std::errc()) return bad(fmt::format("syntax error: integer {} is out of range", number));
    } else if (!parse_float(number, token.real)) {
      return bad(fmt::format("syntax error: {} is no number", number));
    }
    pass(number.size());
    return {};
  }

  Result<> read_duration(Token& token, std::size_t end) {
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '.')) ++end;
    const std::string_view text = text_.substr(at_, end - at_);
    const auto duration = parse_duration(text);
    if (!duration) return bad(fmt::format("syntax error: invalid duration {:?}", text));
    token.kind = Token::Kind::duration;
    token.number = duration->count();
    token.text = text;
    pass(text.size());
    return {};
  }

  Result<> read_raw_string(Token& token) {
    const std::size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos) return bad("syntax error: literal not terminated");
    token.kind = Token::Kind::string;
    token.text = text_.substr(at_ + 1, end - at_ - 1);
    pass(end + 1 - at_);
    return {};
  }

  Result<> read_string(Token& token) {
    token.kind = Token::Kind::string;
    pass(1);
    for (;;) {
      if (at_ == text_.size() || here() == '\n') return bad("syntax error: literal not terminated");
      const char c = here();
      if (c == '"') break;
      pass(1);
      if (c != '\\') {
        token.text += c;
        continue;
      }
      TRY_DO(read_escape(token.text));
    }
    pass(1);
    return {};
  }

  // Go's escapes.
  Result<> read_escape(std::string& out) {
    std::string_view behind = rest();
    const std::size_t before = behind.size();
    if (!go_unescape(behind, "\"'", out)) return bad("syntax error: invalid escape sequence");
    pass(before - behind.size());
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

}  // namespace

std::string_view Token::shown() const {
  switch (kind) {
    case Kind::end:
      return "$end";
    case Kind::name:
      return "IDENTIFIER";
    case Kind::string:
      return "STRING";
    case Kind::integer:
      return "INTEGER";
    case Kind::real:
      return "FLOAT";
    case Kind::duration:
      return "DURATION";
    default:
      return text;
  }
}

Error parse_error(std::string_view what, int line, int column) {
  return Error(Code::invalid, fmt::format("parse error at line {}, col {}: {}", line, column, what));
}

Result<std::vector<Token>> tokenize(std::string_view query) { return Lexer(query).run(); }

}  // namespace aloft::telemetry::traces::traceql
