// Parsers of LogQL: from a line's text to labels. Source: Loki's documentation of its parser expressions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/regex.h"
#include "telemetry/logs/logql/ast.h"
#include "telemetry/logs/logql/line_labels.h"

namespace aloft::telemetry::logs::logql {

// Every property of a JSON object, nested names joined by an underscore, arrays left out.
void parse_json_line(std::string_view line, LineLabels& labels);
// The same for one path each. Made by compile_json_path().
struct JsonPath {
  std::string name;
  std::vector<std::string> steps;  // of an array "[3]"
};
Result<JsonPath> compile_json_path(const Extraction& extraction);
void parse_json_paths(std::string_view line, const std::vector<JsonPath>& paths, LineLabels& labels);
// A packed entry: its strings become labels and _entry the line, which is given back.
std::string_view parse_packed_line(std::string_view line, LineLabels& labels);
// The first text in a JSON object, at any depth, whose name is wanted; empty when there is none.
using NameTest = bool (*)(std::string_view name);
std::string_view find_json_text(std::string_view line, NameTest wanted);

struct LogfmtOptions {
  bool strict = false, keep_empty = false;
  const std::vector<Extraction>* extractions = nullptr;  // null or empty: everything
};
void parse_logfmt_line(std::string_view line, const LogfmtOptions& options, LineLabels& labels);
// Of pairs before the first malformed one: the value of the first whose name is wanted; else empty.
std::string_view find_logfmt_text(std::string_view line, NameTest wanted);

void parse_regexp_line(std::string_view line, const Regex& regex, std::vector<std::string_view>& groups,
                       LineLabels& labels);

// <name> and <_> between literals.
class LinePattern {
 public:
  enum class Use { parser, filter };
  // Error: invalid.
  static Result<LinePattern> compile(std::string_view text, Use use);
  // Sets what the captures hold; a literal that is missing ends it.
  void parse(std::string_view line, LineLabels& labels) const;
  // Whether the line has this form to its end, every capture holding something. A text that the pattern
  // begins with may stand anywhere.
  bool matches(std::string_view line) const;

 private:
  struct Piece {
    std::string text;
    bool capture = false;
    bool unnamed() const { return text == "_"; }
  };
  std::vector<Piece> pieces_;
};

// What the parser of queries checks of them. Error: invalid.
Result<> check_json_path(std::string_view path);
Result<> check_regexp_parser(std::string_view expression);
Result<> check_pattern_parser(std::string_view text);
Result<> check_line_filter(LineMatch match, const LineFilter::Alternative& alternative);
Result<> check_ip_pattern(std::string_view text);
// A binary operation on two numbers; comparisons give 0 or 1.
double apply(BinaryOp op, double left, double right);

}  // namespace aloft::telemetry::logs::logql
