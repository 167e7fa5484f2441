// The rules of Go's text/template/parse: {{- and -}} trim white space around an action, a comment stands
// alone in its action.
#include "telemetry/core/template/lexer.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "telemetry/core/template/escape.h"

namespace aloft::telemetry::templates::detail {
namespace {

constexpr std::string_view blanks = " \t\r\n";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(std::string_view source, std::size_t& failed_at) : source_(source), failed_at_(failed_at) {}

  Result<std::vector<Token>> run() {
    while (at_ < source_.size()) {
      const std::size_t open = source_.find("{{", at_);
      std::string_view text = source_.substr(at_, open - at_);
      const bool trim_left = std::exchange(trim_next_, false);
      const bool action = open != std::string_view::npos;
      const bool trim_right =
          action && open + 3 < source_.size() && source_[open + 2] == '-' && is_blank(source_[open + 3]);
      std::size_t from = at_;
      if (trim_left) {
        const std::size_t first = text.find_first_not_of(blanks);
        const std::size_t cut = first == std::string_view::npos ? text.size() : first;
        text.remove_prefix(cut);
        from += cut;
      }
      if (trim_right) text = text.substr(0, text.find_last_not_of(blanks) + 1);
      if (!text.empty()) tokens_.push_back({Token::Kind::text, text, from, false});
      if (!action) break;
      at_ = open + (trim_right ? 3 : 2);
      TRY_DO(this->action(open));
    }
    tokens_.push_back({Token::Kind::end, {}, source_.size(), false});
    return std::move(tokens_);
  }

 private:
  Result<> error(std::size_t at, std::string message) {
    failed_at_ = at;
    return fail(Code::invalid, std::move(message));
  }
  void push(Token::Kind kind, std::size_t length, bool spaced) {
    tokens_.push_back({kind, source_.substr(at_, length), at_, spaced});
    at_ += length;
  }
  // What "}}" or " -}}" stands here; 0 for neither.
  std::size_t closing() const {
    const std::string_view rest = source_.substr(at_);
    if (rest.starts_with("}}")) return 2;
    return rest.size() >= 4 && is_blank(rest[0]) && rest.substr(1).starts_with("-}}") ? 4 : 0;
  }
  bool close() {
    const std::size_t length = closing();
    if (length == 0) return false;
    trim_next_ = length == 4;
    push(Token::Kind::close, length, false);
    return true;
  }

  Result<> action(std::size_t open) {
    std::size_t peek = source_.find_first_not_of(blanks, at_);
    // A comment begins right behind the delimiter or its trim marker.
    const bool trimmed = at_ > open + 2;
    if (!trimmed) peek = at_;
    if (peek != std::string_view::npos && source_.substr(peek).starts_with("/*")) return comment(peek);
    tokens_.push_back({Token::Kind::open, source_.substr(open, 2), open, false});
    int parentheses = 0;
    for (;;) {
      if (const std::size_t length = closing(); length != 0) {
        if (parentheses > 0) return error(at_, "unclosed left paren");
        close();
        return {};
      }
      const std::size_t from = at_;
      while (at_ < source_.size() && is_blank(source_[at_]) && closing() == 0) ++at_;
      if (closing() != 0) continue;
      if (at_ >= source_.size()) return error(at_, "unclosed action");
      TRY_DO(word(at_ > from, parentheses));
    }
  }

  Result<> comment(std::size_t from) {
    const std::size_t end = source_.find("*/", from);
    if (end == std::string_view::npos) return error(from, "unclosed comment");
    at_ = end + 2;
    const std::size_t length = closing();
    if (length == 0) return error(from, "comment ends before closing delimiter");
    trim_next_ = length == 4;
    at_ += length;
    return {};
  }

  Result<> word(bool spaced, int& parentheses) {
    const char c = source_[at_];
    const char next = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
    switch (c) {
      case '(':
        ++parentheses;
        push(Token::Kind::left, 1, spaced);
        return {};
      case ')':
        if (--parentheses < 0) return error(at_, "unexpected right paren");
        push(Token::Kind::right, 1, spaced);
        return {};
      case '|':
        push(Token::Kind::pipe, 1, spaced);
        return {};
      case ',':
        push(Token::Kind::comma, 1, spaced);
        return {};
      case '=':
        push(Token::Kind::assign, 1, spaced);
        return {};
      case ':':
        if (next != '=') return error(at_, "expected :=");
        push(Token::Kind::declare, 2, spaced);
        return {};
      case '"':
      case '`':
      case '\'':
        return quoted(c, spaced);
      case '$':
        push(Token::Kind::variable, 1 + word_length(at_ + 1), spaced);
        return {};
      case '.':
        if (!is_digit(next)) {
          const std::size_t length = word_length(at_ + 1);
          push(length == 0 ? Token::Kind::dot : Token::Kind::field, 1 + length, spaced);
          return {};
        }
        return number(spaced);
      default:
        break;
    }
    if (is_digit(c) || c == '+' || c == '-') return number(spaced);
    if (is_word(c)) {
      push(Token::Kind::identifier, word_length(at_), spaced);
      return {};
    }
    return error(at_, fmt::format("unexpected bad character {} in action", unicode(at_)));
  }

  std::string unicode(std::size_t at) const {
    const auto code_point = static_cast<unsigned>(next_code_point(source_, at));
    std::string out = fmt::format("U+{:04X}", code_point);
    if (code_point > 0x20 && code_point < 0x7f) out += fmt::format(" '{}'", static_cast<char>(code_point));
    return out;
  }
  std::size_t word_length(std::size_t from) const {
    std::size_t end = from;
    while (end < source_.size() && is_word(source_[end])) ++end;
    return end - from;
  }

  Result<> quoted(char quote, bool spaced) {
    const std::string_view what = quote == '"'   ? "unterminated quoted string"
                                  : quote == '`' ? "unterminated raw quoted string"
                                                 : "unterminated character constant";
    std::size_t end = at_ + 1;
    for (;; ++end) {
      if (end >= source_.size() || (quote != '`' && source_[end] == '\n'))
        return error(at_, std::string(what));
      if (source_[end] == quote) break;
      if (quote != '`' && source_[end] == '\\') ++end;
    }
    push(quote == '\'' ? Token::Kind::character : Token::Kind::string, end + 1 - at_, spaced);
    return {};
  }

  Result<> number(bool spaced) {
    std::size_t end = at_;
    if (source_[end] == '+' || source_[end] == '-') ++end;
    while (end < source_.size()) {
      const char c = source_[end];
      const bool exponent_sign =
          (c == '+' || c == '-') && (source_[end - 1] == 'e' || source_[end - 1] == 'E');
      if (!is_word(c) && c != '.' && !exponent_sign) break;
      ++end;
    }
    push(Token::Kind::number, end - at_, spaced);
    return {};
  }

  std::string_view source_;
  std::size_t& failed_at_;
  std::size_t at_ = 0;
  bool trim_next_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> lex(std::string_view source, std::size_t& failed_at) {
  return Lexer(source, failed_at).run();
}

}  // namespace aloft::telemetry::templates::detail
