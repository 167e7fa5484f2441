// Lexemes, selectors, stages and ranges by recursive descent.
#include "telemetry/logs/logql/log_query_parser.h"

#include <array>

#include "telemetry/core/durations.h"
#include "telemetry/logs/logql/line_parsers.h"

namespace aloft::telemetry::logs::logql {
namespace {

constexpr std::string_view too_wide =
    "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
    "For "
    "instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

}  // namespace

Error parse_error(std::string_view message) {
  return Error(Code::bad_request, fmt::format("parse error : {}", message));
}
Error parse_error(const Lexeme& at, std::string_view message) {
  return Error(Code::bad_request,
               fmt::format("parse error at line {}, col {}: {}", at.line, at.column, message));
}

const Lexeme& LogQueryParser::peek(std::size_t ahead) {
  while (queue_.size() <= ahead) queue_.push_back(lexer_.next());
  return queue_[ahead];
}
Lexeme LogQueryParser::take() {
  Lexeme lexeme = peek();
  queue_.pop_front();
  return lexeme;
}
bool LogQueryParser::accept(std::string_view keyword) {
  if (!peek().is(keyword)) return false;
  take();
  return true;
}
std::unexpected<Error> LogQueryParser::unexpected(std::initializer_list<std::string_view> expected) {
  const Lexeme& found = peek();
  if (found.token == Token::error) return fail(parse_error(found, found.text));
  std::string message = fmt::format("syntax error: unexpected {}", found.name());
  bool first = true;
  for (const std::string_view one : expected) {
    message += fmt::format("{}{}", first ? ", expecting " : " or ", one);
    first = false;
  }
  return fail(parse_error(found, message));
}
Result<> LogQueryParser::expect(std::string_view keyword) {
  if (!accept(keyword)) return unexpected({keyword});
  return {};
}
Result<std::string> LogQueryParser::expect(Token token, std::initializer_list<std::string_view> expected) {
  if (peek().token != token) return unexpected(expected);
  return take().text;
}

Result<double> LogQueryParser::number(std::string_view what) {
  const std::string text = take().text;
  double value = 0;
  if (text.starts_with("0x") || text.starts_with("0X") || !parse_float(text, value)) {
    return fail(
        parse_error(fmt::format("unable to parse {} as a float: strconv.ParseFloat: parsing {}: invalid "
                                "syntax",
                                what, quote(text))));
  }
  return value;
}

Result<double> LogQueryParser::signed_number() {
  const bool negative = accept("-");
  if (!negative) accept("+");
  if (peek().token != Token::number) return unexpected({"NUMBER"});
  TRY(value, number("literal"));
  return negative ? -value : value;
}

Result<Matcher> LogQueryParser::matcher() {
  TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
  MatchType type{};
  if (peek().is("=")) {
    type = MatchType::equal;
  } else if (peek().is("!=")) {
    type = MatchType::not_equal;
  } else if (peek().is("=~")) {
    type = MatchType::regex;
  } else if (peek().is("!~")) {
    type = MatchType::not_regex;
  } else {
    return unexpected({"=", "=~", "!~", "!="});
  }
  take();
  TRY(value, expect(Token::string, {"STRING"}));
  return make_matcher(type, std::move(name), std::move(value));
}

Result<Matcher> LogQueryParser::make_matcher(MatchType type, std::string name, std::string value) {
  auto made = Matcher::make(type, std::move(name), std::move(value));
  if (!made) return fail(parse_error(made.error().message()));
  return made;
}

Result<std::vector<Matcher>> LogQueryParser::selector(bool trailing_comma) {
  if (!accept("{")) return unexpected({});
  std::vector<Matcher> out;
  if (accept("}")) return out;
  if (peek().token != Token::identifier) return unexpected({"IDENTIFIER", "}"});
  for (;;) {
    TRY(one, matcher());
    out.push_back(std::move(one));
    if (accept("}")) return out;
    if (!accept(",")) return unexpected({"}", ","});
    if (trailing_comma && accept("}")) return out;
  }
}

Result<LogQuery> LogQueryParser::log_query() {
  LogQuery query;
  TRY(matchers, selector());
  query.matchers = std::move(matchers);
  TRY_DO(stages(query.stages));
  // Only a range may be unwrapped.
  if (accept("|")) return unexpected({});
  TRY_DO(check_matchers(query.matchers));
  return query;
}

Result<> LogQueryParser::check_matchers(const std::vector<Matcher>& matchers) {
  for (const Matcher& matcher : matchers)
    if (!matcher.matches_empty()) return {};
  return fail(parse_error(too_wide));
}

Result<LogRange> LogQueryParser::log_range(bool inside) {
  const Deeper deeper(depth_);
  if (depth_ > depth_limit) return fail(parse_error("the query is nested too deeply"));
  LogRange out;
  if (accept("(")) {
    TRY(inner, log_range(true));
    out = std::move(inner);
    if (!accept(")")) return unexpected({});
  } else {
    TRY(matchers, selector());
    out.query.matchers = std::move(matchers);
  }
  const auto range = [&]() -> Result<> {
    out.interval = take().duration;
    if (!accept("offset")) return {};
    if (peek().token != Token::duration) return unexpected({"DURATION"});
    out.offset = take().duration;
    return {};
  };
  if (out.interval.count() == 0 && peek().token == Token::range) TRY_DO(range());
  TRY_DO(stages(out.query.stages));
  if (peek().is("|") && peek(1).is("unwrap")) TRY_DO(unwrap(out));
  if (out.interval.count() == 0 && peek().token == Token::range) TRY_DO(range());
  if (out.interval.count() == 0 && !inside) return unexpected({});
  return out;
}

Result<> LogQueryParser::unwrap(LogRange& range) {
  take();
  take();
  Unwrap out;
  if (peek().token == Token::identifier) {
    out.label = take().text;
  } else {
    if (peek().is("bytes")) {
      out.conversion = Unwrap::Conversion::bytes;
    } else if (peek().is("duration")) {
      out.conversion = Unwrap::Conversion::duration;
    } else if (peek().is("duration_seconds")) {
      out.conversion = Unwrap::Conversion::duration_seconds;
    } else {
      return unexpected({"IDENTIFIER", "BYTES_CONV", "DURATION_CONV", "DURATION_SECONDS_CONV"});
    }
    take();
    TRY_DO(expect("("));
    TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
    out.label = std::move(name);
    TRY_DO(expect(")"));
  }
  while (accept("|")) {
    TRY(filter, label_filter(0));
    out.filters.push_back(std::move(filter));
  }
  range.unwrap = std::move(out);
  return {};
}

Result<> LogQueryParser::stages(std::vector<Stage>& out) {
  for (;;) {
    const Lexeme& next = peek();
    if (next.is("|=") || next.is("|~") || next.is("|>") || next.is("!~") || next.is("!=") || next.is("!>")) {
      TRY_DO(line_filter(out));
    } else if (next.is("|") && !peek(1).is("unwrap")) {
      take();
      TRY(stage, pipe_stage());
      out.push_back(std::move(stage));
    } else {
      return {};
    }
  }
}

Result<LineFilter::Alternative> LogQueryParser::alternative() {
  LineFilter::Alternative out;
  if (accept("ip")) {
    out.ip = true;
    TRY_DO(expect("("));
    TRY(text, expect(Token::string, {"STRING"}));
    out.text = std::move(text);
    TRY_DO(expect(")"));
    return out;
  }
  TRY(text, expect(Token::string, {"STRING", "ip"}));
  out.text = std::move(text);
  return out;
}

Result<> LogQueryParser::line_filter(std::vector<Stage>& out) {
  static constexpr std::array<std::string_view, 6> names = {"|=", "|~", "|>", "!=", "!~", "!>"};
  const std::string name = take().text;
  LineFilter filter;
  filter.match = static_cast<LineMatch>(std::find(names.begin(), names.end(), name) - names.begin());
  do {
    TRY(one, alternative());
    filter.any.push_back(std::move(one));
  } while (accept("or"));
  for (const LineFilter::Alternative& one : filter.any) TRY_DO(check_alternative(filter.match, one));
  // Neither of several is each of them not.
  const auto add = [&out](LineFilter one) {
    Stage stage;
    stage.line = std::move(one);
    out.push_back(std::move(stage));
  };
  if (!is_negative(filter.match)) {
    add(std::move(filter));
    return {};
  }
  for (LineFilter::Alternative& one : filter.any) {
    LineFilter single{.match = filter.match, .any = {}};
    single.any.push_back(std::move(one));
    add(std::move(single));
  }
  return {};
}

Result<> LogQueryParser::check_alternative(LineMatch match, const LineFilter::Alternative& one) {
  auto checked = check_line_filter(match, one);
  if (!checked) return fail(parse_error(checked.error().message()));
  return {};
}

Result<Stage> LogQueryParser::pipe_stage() {
  Stage stage;
  if (accept("json")) {
    stage.kind = Stage::Kind::json;
    TRY_DO(extractions(stage, &check_json_path));
  } else if (accept("logfmt")) {
    stage.kind = Stage::Kind::logfmt;
    while (peek().token == Token::flag) (take().text == "--strict" ? stage.strict : stage.keep_empty) = true;
    TRY_DO(extractions(stage, nullptr));
  } else if (peek().is("regexp") || peek().is("pattern")) {
    TRY_DO(text_parser(stage));
  } else if (accept("unpack")) {
    stage.kind = Stage::Kind::unpack;
  } else if (accept("decolorize")) {
    stage.kind = Stage::Kind::decolorize;
  } else if (accept("line_format")) {
    stage.kind = Stage::Kind::line_format;
    TRY(text, expect(Token::string, {"STRING"}));
    stage.text = std::move(text);
  } else if (accept("label_format")) {
    stage.kind = Stage::Kind::label_format;
    TRY_DO(label_formats(stage));
  } else if (peek().is("drop") || peek().is("keep")) {
    stage.kind = take().text == "drop" ? Stage::Kind::drop : Stage::Kind::keep;
    TRY_DO(named_matchers(stage));
  } else if (peek().token == Token::identifier && peek().text == "distinct" &&
             peek(1).token == Token::identifier) {
    take();
    stage.kind = Stage::Kind::distinct;
    TRY_DO(named_matchers(stage));
  } else {
    stage.kind = Stage::Kind::label_filter;
    TRY(filter, label_filter(0));
    stage.filter = std::move(filter);
  }
  return stage;
}

Result<> LogQueryParser::text_parser(Stage& stage) {
  stage.kind = take().text == "regexp" ? Stage::Kind::regexp : Stage::Kind::pattern;
  TRY(text, expect(Token::string, {"STRING"}));
  stage.text = std::move(text);
  const bool regexp = stage.kind == Stage::Kind::regexp;
  auto checked = regexp ? check_regexp_parser(stage.text) : check_pattern_parser(stage.text);
  if (!checked) {
    return fail(parse_error(
        fmt::format("invalid {} parser: {}", regexp ? "regexp" : "pattern", checked.error().message())));
  }
  return {};
}

Result<> LogQueryParser::extractions(Stage& stage, Result<> (*check)(std::string_view path)) {
  if (peek().token != Token::identifier) return {};
  do {
    TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
    Extraction one{.name = name, .path = name};
    if (accept("=")) {
      TRY(path, expect(Token::string, {"STRING"}));
      one.path = std::move(path);
    }
    if (check != nullptr) {
      if (auto checked = check(one.path); !checked) {
        return fail(parse_error(
            fmt::format("cannot parse expression [{}]: {}", one.path, checked.error().message())));
      }
    }
    stage.extractions.push_back(std::move(one));
  } while (accept(","));
  return {};
}

Result<> LogQueryParser::label_formats(Stage& stage) {
  do {
    LabelFormat format;
    TRY(name, expect(Token::identifier, {"IDENTIFIER"}));
    format.name = std::move(name);
    TRY_DO(expect("="));
    format.rename = peek().token == Token::identifier;
    if (!format.rename && peek().token != Token::string) return unexpected({"IDENTIFIER", "STRING"});
    format.value = take().text;
    if (format.name == "__error__") return fail(parse_error("__error__ cannot be formatted"));
    for (const LabelFormat& other : stage.formats) {
      if (other.name == format.name) {
        return fail(parse_error(
            fmt::format("multiple label name '{}' not allowed in a single format operation", format.name)));
      }
    }
    stage.formats.push_back(std::move(format));
  } while (accept(","));
  return {};
}

Result<> LogQueryParser::named_matchers(Stage& stage) {
  do {
    NamedMatcher one;
    if (peek().token != Token::identifier) return unexpected({"IDENTIFIER"});
    const Lexeme& behind = peek(1);
    if (behind.is("=") || behind.is("!=") || behind.is("=~") || behind.is("!~")) {
      TRY(made, matcher());
      one.name = made.name();
      one.matcher = std::move(made);
    } else {
      one.name = take().text;
    }
    stage.names.push_back(std::move(one));
  } while (accept(","));
  return {};
}

Result<std::shared_ptr<const LabelFilter>> LogQueryParser::label_filter(int least) {
  const Deeper deeper(depth_);
  if (depth_ > depth_limit) return fail(parse_error("the query is nested too deeply"));
  TRY(first, label_filter_primary());
  std::shared_ptr<const LabelFilter> left = std::move(first);
  for (std::size_t joins = 0;; ++joins) {
    // A chain is a tree as deep as it is long, and whoever walks it uses the stack.
    if (joins > chain_limit) return fail(parse_error("too many conditions in a row"));
    auto joined = std::make_shared<LabelFilter>();
    joined->kind = LabelFilter::Kind::both;
    int right_level = 0;
    if (peek().is("or")) {
      if (least > 1) return left;
      take();
      joined->kind = LabelFilter::Kind::either;
      right_level = 2;
    } else if (peek().is("and")) {
      if (least > 2) return left;
      take();
      right_level = 3;
    } else if (peek().is(",")) {
      take();
    } else if (peek().token != Token::identifier && !peek().is("(")) {
      return left;
    }
    TRY(right, label_filter(right_level));
    joined->left = std::move(left);
    joined->right = std::move(right);
    left = std::move(joined);
  }
}

Result<std::shared_ptr<const LabelFilter>> LogQueryParser::label_filter_primary() {
  if (accept("(")) {
    TRY(inside, label_filter(0));
    if (!accept(")")) return unexpected({});
    return inside;
  }
  if (peek().token != Token::identifier) return unexpected({});
  auto out = std::make_shared<LabelFilter>();
  out->name = take().text;
  const std::string op = peek().token == Token::keyword ? peek().text : std::string();
  if (op == "=~" || op == "!~") {
    take();
    TRY(value, expect(Token::string, {"STRING"}));
    TRY(made,
        make_matcher(op == "=~" ? MatchType::regex : MatchType::not_regex, out->name, std::move(value)));
    out->matcher = std::move(made);
    return out;
  }
  if (op == "=" || op == "==") {
    out->compare = Compare::equal;
  } else if (op == "!=") {
    out->compare = Compare::not_equal;
  } else if (op == ">" || op == ">=") {
    out->compare = op == ">" ? Compare::greater : Compare::greater_equal;
  } else if (op == "<" || op == "<=") {
    out->compare = op == "<" ? Compare::less : Compare::less_equal;
  } else {
    return unexpected({});
  }
  take();
  TRY_DO(comparison(*out, op));
  return out;
}

Result<> LogQueryParser::comparison(LabelFilter& out, const std::string& op) {
  const bool text_allowed = op == "=" || op == "!=";
  const Lexeme& next = peek();
  if (text_allowed && next.token == Token::string) {
    out.kind = LabelFilter::Kind::text;
    TRY(made, make_matcher(op == "=" ? MatchType::equal : MatchType::not_equal, out.name, take().text));
    out.matcher = std::move(made);
  } else if (text_allowed && next.is("ip")) {
    take();
    out.kind = LabelFilter::Kind::ip;
    TRY_DO(expect("("));
    TRY(text, expect(Token::string, {"STRING"}));
    out.ip = std::move(text);
    TRY_DO(expect(")"));
    if (auto checked = check_ip_pattern(out.ip); !checked)
      return fail(parse_error(checked.error().message()));
  } else if (next.token == Token::duration) {
    out.kind = LabelFilter::Kind::duration;
    out.duration = take().duration;
  } else if (next.token == Token::bytes) {
    out.kind = LabelFilter::Kind::bytes;
    out.number = take().bytes;
  } else if (next.token == Token::number || next.is("+") || next.is("-")) {
    out.kind = LabelFilter::Kind::number;
    TRY(value, signed_number());
    out.number = value;
  } else {
    return unexpected({});
  }
  return {};
}

}  // namespace aloft::telemetry::logs::logql
