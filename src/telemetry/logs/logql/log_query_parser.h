// The part of the parser that reads log queries: lexemes, selectors, stages, ranges. Expressions of metrics
// are built on it in parser.cpp.
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/logs/logql/ast.h"
#include "telemetry/logs/logql/lexer.h"

namespace aloft::telemetry::logs::logql {

// "parse error : ..." and "parse error at line 1, col 5: ...".
Error parse_error(std::string_view message);
Error parse_error(const Lexeme& at, std::string_view message);

// Reads one text from its beginning; every method takes what it names.
class LogQueryParser {
 public:
  explicit LogQueryParser(std::string_view text) : lexer_(text) {}
  // `trailing_comma` also takes {a="b",} as those write it who name streams by hand.
  Result<std::vector<Matcher>> selector(bool trailing_comma = false);
  // Refuses selectors that accept every stream.
  static Result<> check_matchers(const std::vector<Matcher>& matchers);

 protected:
  // One level of nesting, for as long as it lives.
  struct Deeper {
    explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    int& depth_;
  };
  static constexpr int depth_limit = 200;
  static constexpr std::size_t chain_limit = 1000;

  const Lexeme& peek(std::size_t ahead = 0);
  Lexeme take();
  bool accept(std::string_view keyword);
  // The names of what could have stood here, at most four of them.
  std::unexpected<Error> unexpected(std::initializer_list<std::string_view> expected);
  Result<> expect(std::string_view keyword);
  Result<std::string> expect(Token token, std::initializer_list<std::string_view> expected);
  Result<double> number(std::string_view what);
  Result<double> signed_number();
  Result<LogQuery> log_query();
  // {selector} stages [5m] offset 1m, where the range may also stand right behind the selector. Inside of
  // parentheses the range may follow them.
  Result<LogRange> log_range(bool inside);

  int depth_ = 0;

 private:
  Result<Matcher> matcher();
  static Result<Matcher> make_matcher(MatchType type, std::string name, std::string value);
  Result<> unwrap(LogRange& range);
  Result<> stages(std::vector<Stage>& out);
  Result<LineFilter::Alternative> alternative();
  Result<> line_filter(std::vector<Stage>& out);
  static Result<> check_alternative(LineMatch match, const LineFilter::Alternative& one);
  Result<Stage> pipe_stage();
  Result<> text_parser(Stage& stage);
  Result<> extractions(Stage& stage, Result<> (*check)(std::string_view path));
  Result<> label_formats(Stage& stage);
  Result<> named_matchers(Stage& stage);
  // `or` binds least, `and` more; a comma and mere juxtaposition mean `and` but take all that follows.
  Result<std::shared_ptr<const LabelFilter>> label_filter(int least);
  Result<std::shared_ptr<const LabelFilter>> label_filter_primary();
  // What a label is compared with decides how it is read.
  Result<> comparison(LabelFilter& out, const std::string& op);

  Lexer lexer_;
  std::deque<Lexeme> queue_;
};

}  // namespace aloft::telemetry::logs::logql
