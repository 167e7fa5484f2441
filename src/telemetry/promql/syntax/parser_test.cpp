// What parses, what it means, and what is said of what does not.
#include "telemetry/promql/parser.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/promql/functions.h"
#include "telemetry/promql/testing/random_expression.h"

namespace aloft::telemetry::promql {
namespace {

std::string printed(std::string_view text) {
  auto expr = parse(text);
  return expr ? to_string(**expr) : "error: " + expr.error().message();
}

std::string error_of(std::string_view text, const ParserOptions& options = {}) {
  auto expr = parse(text, options);
  return expr ? "no error" : expr.error().message();
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

TEST(Parser, expressions_print_in_their_canonical_form) {
  const Case cases[] = {
      {"1", "1"},
      {"  1e3 ", "1000"},
      {"0x1F", "31"},
      {"017", "15"},
      {"1_000.5", "1000.5"},
      {"inf", "+Inf"},
      {"-Inf", "-Inf"},
      {"NaN", "NaN"},
      {"5m", "5m"},
      {"-90s", "-1m30s"},
      {"1 + 2 * 3", "1 + 2 * 3"},
      {"(1+2)*3", "(1 + 2) * 3"},
      {"-foo ^ 2", "-foo ^ 2"},
      {"+foo", "+foo"},
      {"foo{b='1', a!=\"2\"}", "foo{a!=\"2\",b=\"1\"}"},
      {"{\"my.metric\", a=~`x\\d`}", "{__name__=\"my.metric\",a=~\"x\\\\d\"}"},
      {"{\"foo\"}", "{__name__=\"foo\"}"},
      {"foo{\"a.b\"=\"c\"}", "foo{\"a.b\"=\"c\"}"},
      {"foo[5m] offset 1h @ 20", "foo[5m] @ 20.000 offset 1h"},
      {"foo @ start() offset -1m", "foo @ start() offset -1m"},
      {"foo[90m:]", "foo[1h30m:]"},
      {"rate(foo[300])[1w:30s] @ end()", "rate(foo[5m])[1w:30s] @ end()"},
      {"foo[5m*2]", "foo[5m * 2]"},
      {"foo[(5m)]", "foo[(5m)]"},
      {"foo[step()+1]", "foo[step() + 1]"},
      {"foo offset -(5m+step())", "foo offset -(5m + step())"},
      {"foo offset 5m * 2", "foo offset 5m * 2"},
      {"foo[max_of(5m, step())]", "foo[max_of(5m, step())]"},
      {"foo[5m] anchored", "foo[5m] anchored"},
      {"foo smoothed offset 5m", "foo smoothed offset 5m"},
      {"sum(foo)", "sum(foo)"},
      {"sum by (a, \"b.c\") (foo)", "sum by (a, \"b.c\") (foo)"},
      {"sum(foo) by (a,)", "sum by (a) (foo)"},
      {"sum without () (foo)", "sum without () (foo)"},
      {"topk(5, foo)", "topk(5, foo)"},
      {"sum", "sum"},
      {"sum + count", "sum + count"},
      {"a + on(x) group_left (y) b", "a + on (x) group_left (y) b"},
      {"a + ignoring(x) group_right b", "a + ignoring (x) group_right () b"},
      {"a > bool on() b", "a > bool on () b"},
      {"a and on(x) b or c", "a and on (x) b or c"},
      {"a + fill(1) b", "a + fill (1) b"},
      {"a + on(x) fill_left(-1) fill_right(2) b", "a + on (x) fill_left (-1) fill_right (2) b"},
      {"fill + fill", "fill + fill"},
      {"label_replace(foo, 'a', '$1', \"b\", \"(.*)\")",
       "label_replace(foo, \"a\", \"$1\", \"b\", \"(.*)\")"},
      {"time() # the time", "time()"},
      {"h </ 3 >/ 2", "h </ 3 >/ 2"},
      {"on:foo:bar", "on:foo:bar"},
      {"start() + end()", "start() + end()"},
      {"SUM(foo)", "sum(foo)"},
  };
  for (const Case& c : cases) EXPECT_EQ(printed(c.text), c.expected) << c.text;
}

TEST(Parser, operators_bind_as_tightly_as_documented) {
  const auto top = [](std::string_view text) { return as<Binary>(**parse(text)).op; };
  EXPECT_EQ(top("a or b and c"), BinaryOp::lor);
  EXPECT_EQ(top("a and b == c"), BinaryOp::land);
  EXPECT_EQ(top("a == b + c"), BinaryOp::eq);
  EXPECT_EQ(top("a + b * c"), BinaryOp::add);
  EXPECT_EQ(top("a * b ^ c"), BinaryOp::mul);
  EXPECT_EQ(top("a ^ b ^ c"), BinaryOp::pow);
  // All but ^ group to the left.
  EXPECT_EQ(as<Binary>(*as<Binary>(**parse("a - b - c")).lhs).op, BinaryOp::sub);
  EXPECT_EQ(as<Binary>(*as<Binary>(**parse("a ^ b ^ c")).rhs).op, BinaryOp::pow);
  EXPECT_EQ((*parse("-a ^ b"))->kind, NodeKind::unary);
  EXPECT_EQ((*parse("-a * b"))->kind, NodeKind::binary);
}

TEST(Parser, errors_say_where_and_what) {
  const Case cases[] = {
      {"", "unknown position: parse error: no expression found in input"},
      {"# just a comment", "1:1: parse error: no expression found in input"},
      {"foo bar", "1:5: parse error: unexpected identifier \"bar\""},
      {"1 +", "1:4: parse error: unexpected end of input"},
      {"(1", "1:3: parse error: unclosed left parenthesis"},
      {"1)", "1:2: parse error: unexpected right parenthesis ')'"},
      {"foo[5m", "1:7: parse error: unclosed left bracket"},
      {"foo{", "1:5: parse error: unexpected end of input inside braces"},
      {"foo{a=\"b\" c",
       "1:11: parse error: unexpected identifier \"c\" in label matching, expected \",\" or \"}\""},
      {"foo{a}", "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator"},
      {"foo{a=b}", "1:7: parse error: unexpected identifier \"b\" in label matching, expected string"},
      {"foo{,}", "1:5: parse error: unexpected \",\" in label matching, expected identifier or \"}\""},
      {"{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
      {"{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
      {"foo{__name__=\"bar\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\""},
      {"sum some_metric by (x)", "1:5: parse error: unexpected identifier \"some_metric\" in aggregation"},
      {"sum (some_metric) by test",
       "1:22: parse error: unexpected identifier \"test\" in grouping opts, expected \"(\""},
      {"sum by (a b) (x)",
       "1:11: parse error: unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""},
      {"sum()", "1:1: parse error: no arguments for aggregate expression provided"},
      {"topk(x)",
       "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"},
      {"sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"},
      {"nope(1)", "1:1: parse error: unknown function with name \"nope\""},
      {"rate()", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 0"},
      {"rate(foo)",
       "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"},
      {"round(foo, 1, 2)", "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3"},
      {"label_join(foo)",
       "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 1"},
      {"abs(foo,)", "1:8: parse error: trailing commas not allowed in function call args"},
      {"1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"},
      {"foo + bool 1", "1:5: parse error: bool modifier can only be used on comparison operators"},
      {"foo and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"},
      {"foo and on(x) group_left(y) bar", "1:1: parse error: no grouping allowed for \"and\" operation"},
      {"a + on(x) group_left(x) b",
       "1:3: parse error: label \"x\" must not occur in ON and GROUP clause at once"},
      {"1 + on(x) foo", "1:1: parse error: vector matching only allowed between instant vectors"},
      {"foo[5m] + 1",
       "1:1: parse error: binary expression must contain only scalar and instant vector types"},
      {"-foo[5m]",
       "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, "
       "got \"range vector\""},
      {"(foo + 1)[5m]", "1:10: parse error: ranges only allowed for vector selectors"},
      {"foo offset 5m [5m]", "1:15: parse error: no offset modifiers allowed before range"},
      {"foo @ 5 [5m]", "1:9: parse error: no @ modifiers allowed before range"},
      {"foo[5m][5m]", "1:8: parse error: ranges only allowed for vector selectors"},
      {"foo[5m][5m:]", "1:1: parse error: subquery is only allowed on instant vector, got matrix instead"},
      {"foo[0m]", "1:5: parse error: duration must be greater than 0"},
      {"foo[-5m]", "1:5: parse error: duration must be greater than 0"},
      {"foo[5m 6m]",
       "1:8: parse error: unexpected duration \"6m\" in subquery or range, expected \":\" or \"]\""},
      {"foo[]",
       "1:5: parse error: unexpected \"]\" in subquery or range selector, expected number, duration, step(), "
       "or range()"},
      {"foo[5hs]", "1:5: parse error: unknown unit \"hs\" in duration \"5hs\""},
      {"foo offset",
       "1:11: parse error: unexpected end of input in offset, expected number, duration, step(), or range()"},
      {"foo offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times"},
      {"foo @ bar", "1:7: parse error: unexpected identifier \"bar\" in @, expected timestamp"},
      {"foo @ 5 @ 6", "1:1: parse error: @ <timestamp> may not be set multiple times"},
      {"foo @ Inf", "1:1: parse error: timestamp out of bounds for @ modifier: +Inf"},
      {"1 @ 5",
       "1:1: parse error: @ modifier must be preceded by an instant vector selector or range vector selector "
       "or a subquery"},
      {"foo ! bar", "1:5: parse error: unexpected character after '!': ' '"},
      {"foo =~ bar", "1:5: parse error: unexpected character after '=': '~'"},
      {"foo $ bar", "1:5: parse error: unexpected character: '$'"},
      {"\"abc", "1:1: parse error: unterminated quoted string"},
      {"\"a\\qb\"", "1:1: parse error: unknown escape sequence U+0071 'q'"},
      {"1.2.3", "1:1: parse error: bad number or duration syntax: \"1.2.\""},
      {"foo\n + bar baz", "2:8: parse error: unexpected identifier \"baz\""},
      {"foo[5m] anchored smoothed",
       "1:1: parse error: anchored and smoothed modifiers cannot be used together"},
      {"info(foo, bar)", "1:11: parse error: expected label selectors only, got vector selector instead"},
  };
  for (const Case& c : cases) EXPECT_EQ(error_of(c.text), c.expected) << c.text;
}

TEST(Parser, experimental_parts_can_be_switched_off) {
  const ParserOptions stable{false};
  EXPECT_EQ(error_of("limitk(1, foo)", stable),
            "1:1: parse error: limitk() is experimental and must be enabled with "
            "--enable-feature=promql-experimental-functions");
  EXPECT_EQ(error_of("mad_over_time(foo[5m])", stable),
            "1:1: parse error: function \"mad_over_time\" is not enabled");
  EXPECT_EQ(error_of("foo[5m * 2]", stable),
            "1:5: parse error: experimental duration expression is not enabled");
  EXPECT_EQ(error_of("foo[5m]", stable), "no error");
}

TEST(Parser, hostile_nesting_is_an_error_and_no_crash) {
  EXPECT_EQ(error_of(std::string(100'000, '(')), "1:501: parse error: expression is nested too deeply");
  EXPECT_NE(error_of(std::string(100'000, '-') + "1"), "no error");
  std::string chain = "a";
  for (int i = 0; i < 100'000; ++i) chain += "+a";
  EXPECT_NE(error_of(chain), "no error");
}

TEST(Parser, long_expressions_are_broken_over_lines) {
  const auto expr = parse(
      "sum by (job, instance) (rate(http_requests_total{job=\"api-server\", status=~\"5..\"}[5m])) / "
      "sum by (job, instance) (rate(http_requests_total{job=\"api-server\"}[5m]))");
  ASSERT_TRUE(expr.has_value());
  EXPECT_EQ(prettify(**expr),
            "  sum by (job, instance) (rate(http_requests_total{job=\"api-server\",status=~\"5..\"}[5m]))\n"
            "/\n"
            "  sum by (job, instance) (rate(http_requests_total{job=\"api-server\"}[5m]))");
  EXPECT_EQ(prettify(**parse("sum(foo)")), "sum(foo)");
}

TEST(Parser, the_tree_is_given_as_json) {
  EXPECT_EQ(to_json(**parse("foo{a=\"b\"} offset 1m")),
            R"({"anchored":false,"matchers":[{"name":"a","type":"=","value":"b"},)"
            R"({"name":"__name__","type":"=","value":"foo"}],"name":"foo","offset":60000,"offsetExpr":null,)"
            R"("smoothed":false,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"})");
  EXPECT_EQ(to_json(**parse("1 + 2")),
            R"({"bool":false,"lhs":{"type":"numberLiteral","val":"1"},"matching":null,"op":"+",)"
            R"("rhs":{"type":"numberLiteral","val":"2"},"type":"binaryExpr"})");
}

TEST(Parser, metric_selectors_give_their_matchers) {
  const auto matchers = parse_metric_selector("up{job=~\"a|b\"}");
  ASSERT_TRUE(matchers.has_value());
  ASSERT_EQ(matchers->size(), 2U);
  EXPECT_EQ((*matchers)[1], Matcher::equal("__name__", "up"));
  EXPECT_FALSE(parse_metric_selector("up[5m]").has_value());
  EXPECT_FALSE(parse_metric_selector("sum(up)").has_value());
}

TEST(Parser, what_is_printed_parses_to_the_same_again) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = testing::ExpressionWriter().vector(*rc::gen::inRange(0, 5));
    auto first = parse(text);
    if (!first) RC_FAIL(text + ": " + first.error().message());
    const std::string once = to_string(**first);
    auto second = parse(once);
    if (!second) RC_FAIL(once + ": " + second.error().message());
    RC_ASSERT(to_string(**second) == once);
    RC_ASSERT(to_json(**second) == to_json(**first));
    RC_ASSERT(to_json(*clone(**first)) == to_json(**first));
    auto pretty = parse(prettify(**first));
    if (!pretty) RC_FAIL(prettify(**first) + ": " + pretty.error().message());
    RC_ASSERT(to_json(**pretty) == to_json(**first));
  }));
}

TEST(Functions, are_found_by_name) {
  EXPECT_EQ(find_function("rate")->id, FunctionId::rate);
  EXPECT_EQ(find_function("holt_winters")->id, FunctionId::double_exponential_smoothing);
  EXPECT_EQ(find_function("Rate"), nullptr);
  EXPECT_TRUE(std::is_sorted(all_functions().begin(), all_functions().end(),
                             [](const Function& a, const Function& b) { return a.name < b.name; }));
}

}  // namespace
}  // namespace aloft::telemetry::promql
