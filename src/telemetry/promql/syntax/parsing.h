// The parser's state: tokens, the place in them, and the first error. A private header of the parser's files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/promql/parser.h"
#include "telemetry/promql/syntax/lexer.h"

namespace aloft::telemetry::promql {

// One text. Functions that fail return null (or false) and have noted the error; a fault of meaning is noted
// and parsing goes on, since what stands first in the text is what is reported.
class Parsing {
 public:
  Parsing(std::string_view text, const ParserOptions& options)
      : text_(text), options_(options), tokens_(tokenize(text)) {}

  ExprPtr expression();       // the whole text
  ExprPtr metric_selector();  // the whole text
  // Labels in braces or a name before them, up to the end of the text or of the metric.
  bool metric(std::vector<std::pair<std::string, std::string>>& labels);
  bool failed() const { return failed_; }
  Error error() const;

  void note(Span span, std::string message);

 private:
  // Operators by how tightly they bind.
  static constexpr int loosest = 1;
  static constexpr int unary_level = 5;

  const Token& token() const { return tokens_[at_]; }
  bool is(TokenKind kind) const { return token().kind == kind; }
  bool is_operator(BinaryOp op) const { return is(TokenKind::binary_operator) && token().op == op; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(TokenKind kind) {
    if (!is(kind)) return false;
    take();
    return true;
  }
  bool next_is(TokenKind kind) const { return at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind == kind; }
  void unexpected(std::string_view context = "", std::string_view expected = "");
  bool too_deep(Span span);

  ExprPtr expr(int level);
  ExprPtr operand();
  ExprPtr unary();
  ExprPtr paren();
  ExprPtr word();
  ExprPtr call();
  ExprPtr aggregate();
  ExprPtr number();
  ExprPtr string();
  ExprPtr vector_selector();
  ExprPtr postfix(ExprPtr expr, bool& more);
  ExprPtr range_or_subquery(ExprPtr expr);
  ExprPtr finish_subquery(ExprPtr expr, ExprPtr range);
  bool offset(Expr& expr);
  bool at_modifier(Expr& expr);
  void anchor(Expr& expr, bool smoothed);
  TimeModifiers* time_of(Expr& expr, std::string_view what);
  ExprPtr binary(ExprPtr lhs);
  bool modifiers(VectorMatching& matching, bool& return_bool);
  bool fill_modifiers(VectorMatching& matching);
  std::optional<double> fill_value();
  bool arguments(std::vector<ExprPtr>& args);
  bool grouping(std::vector<std::string>& names);
  bool matchers(VectorSelector& selector);
  bool matcher(VectorSelector& selector);
  std::string unquoted(const Token& token);

  ExprPtr duration(int level);
  ExprPtr duration_operand();
  ExprPtr duration_call();
  ExprPtr duration_number();
  ExprPtr offset_duration();
  ExprPtr range_duration();
  ExprPtr negate_duration(const Token& sign, ExprPtr expr);
  ExprPtr wrap_duration(ExprPtr expr, Span span);
  void needs_experimental(Span span);

  std::string_view text_;
  const ParserOptions& options_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int aggregations_ = 0;  // open ones, which unexpected tokens are reported for
  bool failed_ = false;
  Span error_span_;
  std::string error_message_;
};

// Checks the types of an expression and notes what is wrong.
void check_types(Expr& expr, Parsing& parsing, std::string_view text);

// Can the token be a label's name, or a metric's?
bool is_label_word(const Token& token);
bool is_metric_word(const Token& token);

}  // namespace aloft::telemetry::promql
