// What LogQL accepts, how it is printed, and how mistakes are named.
#include "telemetry/logs/logql/parser.h"

#include <random>

#include <gtest/gtest.h>

namespace aloft::telemetry::logs::logql {
namespace {

std::string print(std::string_view text) {
  auto expr = parse(text);
  return expr ? to_string(**expr) : expr.error().message();
}

TEST(LogqlParser, queries_are_printed_in_canonical_form) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({app="foo",b=~"x.*"})", R"({app="foo", b=~"x.*"})"},
      {R"({a="b"}|="x"!="y"|~"z"!~`w\d`)", R"({a="b"} |= "x" != "y" |~ "z" !~ "w\\d")"},
      {R"({a="b"} |= "x" or "y" or ip("10.0.0.0/8"))", R"({a="b"} |= "x" or "y" or ip("10.0.0.0/8"))"},
      {R"({a="b"} != "x" or "y")", R"({a="b"} != "x" != "y")"},
      {R"({a="b"} |> "<_>x<_>" !> "y")", R"({a="b"} |> "<_>x<_>" !> "y")"},
      {R"({a="b"} | json | logfmt --strict --keep-empty | unpack)",
       R"({a="b"} | json | logfmt --strict --keep-empty | unpack)"},
      {R"({a="b"} | json x="a.b[0]", y | logfmt z="q")", R"({a="b"} | json x="a.b[0]",y="y" | logfmt)"
                                                         R"( z="q")"},
      {R"({a="b"} | x > 5 and y <= 1m30s or z == 20MB, w != "s" v=~"t")",
       R"({a="b"} | ( ( x>5 , y<=1m30s ) or ( z==20MB , ( w!="s" , v=~"t" ) ) ))"},
      {R"({a="b"} | ip_addr = ip("1.2.3.4") | drop x, y="z" | keep w | decolorize)",
       R"({a="b"} | ip_addr=ip("1.2.3.4") | drop x,y="z" | keep w | decolorize)"},
      {R"({a="b"} | line_format "{{.x}}" | label_format c=d, e="{{.f}}")",
       R"({a="b"} | line_format "{{.x}}" | label_format c=d,e="{{.f}}")"},
      {R"(rate({a="b"}[5m]))", R"(rate({a="b"}[5m]))"},
      {R"(rate(({a="b"} |= "x" [1h30m] offset 5m)))", R"(rate({a="b"} |= "x"[1h30m] offset 5m0s))"},
      {R"(sum_over_time({a="b"}[5m] | logfmt | unwrap duration(x) | y>1))",
       R"(sum_over_time({a="b"} | logfmt | unwrap duration(x) | y>1[5m]))"},
      {R"(quantile_over_time(0.99, {a="b"} | unwrap x [1m]) by (c, d))",
       R"(quantile_over_time(0.99,{a="b"} | unwrap x[1m]) by (c,d))"},
      {R"(sum(count_over_time({a="b"}[1m])) by (c))", R"(sum by (c)(count_over_time({a="b"}[1m])))"},
      {R"(topk(3, sum without (x) (rate({a="b"}[1m]))))", R"(topk(3,sum without (x)(rate({a="b"}[1m]))))"},
      {R"(1 + 2 * 3 ^ 2)", "19"},
      {R"(vector(1) + 2)", "(vector(1.000000) + 2)"},
      {R"(rate({a="b"}[1m]) / on (x, y) group_left (z) rate({a="c"}[1m]))",
       R"((rate({a="b"}[1m]) / on (x,y) group_left (z) rate({a="c"}[1m])))"},
      {R"(rate({a="b"}[1m]) > bool 1 or vector(0))", R"(((rate({a="b"}[1m]) > bool 1) or vector(0.00)"
                                                     R"(0000)))"},
      {R"x(label_replace(rate({a="b"}[1m]), "x", "$1", "y", "(.*)"))x",
       R"x(label_replace(rate({a="b"}[1m]),"x","$1","y","(.*)"))x"},
      {"{a=\"b\"} # a comment\n |= \"x\"", R"({a="b"} |= "x")"},
      {R"({count="b"} | sum = "x" | rate > 1)", R"({count="b"} | sum="x" | rate>1)"},
  };
  for (const auto& [text, printed] : cases) {
    EXPECT_EQ(print(text), printed) << text;
    EXPECT_EQ(print(printed), printed) << "printed again";
  }
}

TEST(LogqlParser, mistakes_are_named_as_people_know_them) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "parse error at line 1, col 1: syntax error: unexpected $end"},
      {"{", "parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }"},
      {R"({app="foo")", "parse error at line 1, col 11: syntax error: unexpected $end, expecting } or ,"},
      {R"({app~"foo"})",
       "parse error at line 1, col 5: syntax error: unexpected IDENTIFIER, expecting = or =~ or !~ or !="},
      {R"({app=foo})",
       "parse error at line 1, col 6: syntax error: unexpected IDENTIFIER, expecting"
       " STRING"},
      {R"({a="b"} |= x)",
       "parse error at line 1, col 12: syntax error: unexpected IDENTIFIER, expecting STRING or ip"},
      {R"({a="b)", "parse error at line 1, col 4: literal not terminated"},
      {R"(rate({a="b"}))", "parse error at line 1, col 13: syntax error: unexpected )"},
      {R"(rate({a="b"}[5minutes]))",
       "parse error at line 0, col 13: not a valid duration string: \"5minutes\""},
      {R"(sum(3, rate({a="b"}[5m])))", "parse error : unsupported parameter for operation sum(3,"},
      {R"(topk(rate({a="b"}[5m])))", "parse error : parameter required for operation topk"},
      {R"(topk(0, rate({a="b"}[5m])))", "parse error : invalid parameter (must be greater than 0) topk(0"},
      {R"(sum_over_time({a="b"}[5m]))", "parse error : invalid aggregation sum_over_time without unwrap"},
      {R"(count_over_time({a="b"} | unwrap x [5m]))",
       "parse error : invalid aggregation count_over_time with unwrap"},
      {R"(rate({a="b"}[5m]) by (x))", "parse error : grouping not allowed for rate aggregation"},
      {R"({a="b"} | regexp "x")",
       "parse error : invalid regexp parser: at least one named capture must be supplied"},
      {R"({a="b"} | pattern "x")",
       "parse error : invalid pattern parser: at least one capture is re"
       "quired"},
      {R"({a=~".*"})",
       "parse error : queries require at least one regexp or equality matcher that does not have an "
       "empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" "
       "will"},
      {R"({a="b"} + 1)",
       "parse error : unexpected type for left leg of binary operation (+): *syntax.MatchersExpr"},
      {R"(1 or rate({a="b"}[1m]))",
       "parse error : unexpected literal for left leg of logical/set binary operation (or): 1.000000"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(print(text), message) << text;
}

// Random queries out of everything that the grammar has.
class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}
  std::string expression(int depth) {
    if (depth <= 0 || one_in(4)) return range();
    switch (below(6)) {
      case 0:
        return fmt::format("{}{} ({})", pick({"sum", "avg", "max", "count", "stddev"}), grouping(),
                           expression(depth - 1));
      case 1:
        return fmt::format("{}({}, {}){}", pick({"topk", "bottomk"}), 1 + below(9), expression(depth - 1),
                           grouping());
      case 2:
        return fmt::format("label_replace({}, \"d\", {}, \"s\", \"(.*)\")", expression(depth - 1), text());
      case 3:
        return fmt::format("({}) {} {} ({})", expression(depth - 1),
                           pick({"+", "-", "*", "/", "%", "^", "and", "or", "unless"}), matching(),
                           expression(depth - 1));
      case 4:
        return fmt::format("{} {} {}", expression(depth - 1), pick({"> bool", "<=", "==", "!= bool"}),
                           below(100));
      default:
        return fmt::format("vector({}) or {}", below(5), expression(depth - 1));
    }
  }
  std::string log() {
    std::string out = fmt::format("{{a={}, b{}{}}}", text_with_letters(), pick({"=", "!=", "=~", "!~"}),
                                  text_with_letters());
    for (std::size_t i = below(5); i > 0; --i) out += stage();
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string pick(std::vector<std::string> from) { return from[below(from.size())]; }
  std::string text() { return pick({"\"x\"", "`q\"r`", "\"\\n\\t\\\\\"", "\"\"", "\"ä\""}); }
  std::string text_with_letters() { return pick({"\"x\"", "\"y.*\"", "`z|w`"}); }
  std::string grouping() { return pick({"", " by (a)", " by (a, b)", " without (c)"}); }
  std::string matching() { return pick({"", "on (a)", "ignoring (a, b)"}); }
  std::string condition(int depth) {
    if (depth > 0 && one_in(2))
      return fmt::format("{} {} {}", condition(depth - 1), pick({"and", "or", ","}), condition(depth - 1));
    return pick({"x=\"y\"", "x!~\"y\"", "x>5", "x<=-1.5", "x==10ms", "x<1h30m", "x>=20KB", "x=1MiB",
                 "x=ip(\"1.2.3.4\")", "(x=\"y\")"});
  }
  std::string stage() {
    switch (below(9)) {
      case 0:
        return fmt::format(" {} {}", pick({"|=", "!=", "|~", "!~"}), pick({"\"x\"", "\"x\" or \"y\""}));
      case 1:
        return " | json" + pick({"", " x=\"a.b[0]\"", " x, y=\"z\""});
      case 2:
        return " | logfmt" + pick({"", " --strict", " --keep-empty x=\"y\""});
      case 3:
        return " | " + condition(2);
      case 4:
        return " | line_format " + text();
      case 5:
        return " | label_format x=y, z=" + text();
      case 6:
        return pick({" | drop x, y=\"z\"", " | keep x=\"1\"", " | decolorize", " | unpack",
                     " |= ip(\"10.0.0.0/8\")"});
      case 7:
        return pick({" | regexp \"(?P<x>.*)\"", " | pattern \"<x> <_>\"", " |> \"<_>x\""});
      default:
        return " | x=\"y\" z=\"w\"";
    }
  }
  std::string range() {
    const std::string where =
        fmt::format("[{}]{}", pick({"5m", "1h30m", "10s", "1d"}), pick({"", " offset 5m", " offset -1h"}));
    if (one_in(2))
      return fmt::format("{}({}{})", pick({"rate", "count_over_time", "bytes_rate", "absent_over_time"}),
                         log(), where);
    const std::string unwrap = pick({"x", "bytes(x)", "duration(x)"}) + pick({"", " | y=\"z\"", " | y>1"});
    return fmt::format("{}{} | unwrap {} {})",
                       pick({"sum_over_time(", "max_over_time(", "quantile_over_time(0.9, "}), log(), unwrap,
                       where);
  }
  std::mt19937 random_;
};

TEST(LogqlParser, what_is_printed_is_read_as_the_same_query) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    Maker maker(seed);
    const std::string text = seed % 3 == 0 ? maker.log() : maker.expression(3);
    auto expr = parse(text);
    ASSERT_TRUE(expr) << text << ": " << expr.error().message();
    const std::string printed = to_string(**expr);
    EXPECT_EQ(print(printed), printed) << text;
    auto pretty = parse(to_pretty_string(**expr));
    ASSERT_TRUE(pretty) << to_pretty_string(**expr) << ": " << pretty.error().message();
    EXPECT_EQ(to_string(**pretty), printed) << text;
  }
}

TEST(LogqlParser, deep_nesting_and_long_queries_are_refused) {
  EXPECT_FALSE(parse(std::string(100'000, '(')));
  EXPECT_FALSE(parse(std::string(200'000, ' ')));
  std::string filter = R"({a="b"} | )" + std::string(5000, '(') + "x=1";
  EXPECT_FALSE(parse(filter));
}

TEST(LogqlParser, long_queries_are_broken_into_lines) {
  auto expr =
      parse(R"(sum by (namespace, application) (rate({namespace="production", application="a-long-name-of-)"
            R"(one"} |= "error" | json | level="error" [5m])))");
  ASSERT_TRUE(expr);
  const std::string pretty = to_pretty_string(**expr);
  EXPECT_EQ(pretty.substr(0, pretty.find('\n')), "sum by (namespace, application)(");
  auto again = parse(pretty);
  ASSERT_TRUE(again) << pretty << again.error().message();
  EXPECT_EQ(to_string(**again), to_string(**expr));
}

TEST(LogqlParser, operations_that_are_broken_into_lines_keep_their_order) {
  const std::string one =
      R"(sum by (app) (rate({app="a-name-that-is-long-enough-to-fill-a-line", env="p"}[5m])))";
  for (const std::string form :
       {"{0} / {0}", "({0} + {0}) * {0}", "{0} - ({0} - {0})", "2 ^ {0} > bool {0}"}) {
    auto expr = parse(fmt::format(fmt::runtime(form), one));
    ASSERT_TRUE(expr) << form;
    const std::string pretty = to_pretty_string(**expr);
    EXPECT_NE(pretty.front(), '(');
    auto again = parse(pretty);
    ASSERT_TRUE(again) << pretty << again.error().message();
    EXPECT_EQ(to_string(**again), to_string(**expr)) << pretty;
  }
}

TEST(LogqlParser, a_selector_alone_is_told_from_a_query) {
  EXPECT_EQ(parse_selector(R"({a="b",c!="d"})")->size(), 2u);
  EXPECT_TRUE(parse_selector(R"({a="b",})", Selectors::any));
  for (const char* query : {R"({a="b"} |= "c")", R"({a="b"} | json)", R"(rate({a="b"}[1m]))"})
    EXPECT_EQ(parse_selector(query).error().message(), "only label matchers are supported");
  EXPECT_EQ(parse_selector(R"({a="b"} |= )").error().message().substr(0, 19), "parse error at line");
  EXPECT_EQ(parse_selector("{}").error().message().substr(0, 21), "parse error : queries");
}

TEST(LogqlParser, words_that_begin_functions_may_name_labels) {
  for (const char* query :
       {R"({ip="1.2.3.4"} | ip="x" | logfmt ip | drop ip | keep ip)", R"({count="1"} | rate > 2 | max="3")",
        R"(sum by (ip, count, bytes) (max_over_time({app="a"} | unwrap duration [1m])))",
        R"({app="a"} | label_replace="x" | ip = ip("10.0.0.0/8") | label_format ip=rate)"})
    EXPECT_TRUE(parse(query)) << query << print(query);
}

TEST(LogqlParser, what_the_grammar_does_not_know_is_named_with_its_place) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({app="a",})", "parse error at line 1, col 10: syntax error: unexpected }, expecting IDENTIFIER"},
      {R"({app="a"} | x == "y")", "parse error at line 1, col 18: syntax error: unexpected STRING"},
      {R"({app="a"} |= "x" or |= "y")",
       "parse error at line 0, col 21: syntax error: unexpected |=, expecting"},
      {R"(count_over_time({app="a"}[5m]) offset 5m)",
       "parse error at line 1, col 32: syntax error: unexpected offset"},
      {R"(count_over_time({app="a"}[1.5h]))", "parse error at line 0, col 26: not a valid duration string: "},
      {R"(rate({app="a"}[5m:1m]))", "parse error at line 0, col 15: not a valid duration string"},
      {R"(sum({app="a"}))", "parse error at line 1, col 14: syntax error: unexpected )"},
      {R"({app="a"} | unwrap x)", "parse error at line 1, col 13: syntax error: unexpected unwrap"},
      {R"({app="a} )", "parse error at line 1, col 6: literal not terminated"},
      {R"({app=~"("})", "parse error : error parsing regexp: missing closing ): `(`"},
      {R"({app="a"} |~ "a**")",
       "parse error : error parsing regexp: invalid nested repetition operator: `**`"},
      {R"({app="a"} and {app="b"})",
       "parse error : unexpected type for left leg of binary operation (and): "},
      {R"(1 and vector(1))",
       "parse error : unexpected literal for left leg of logical/set binary operation (and)"},
      {R"(variants(rate({app="a"}[1m])) of ({app="a"}[1m]))", "parse error at line 1, col 1: syntax error"}};
  for (const auto& [query, expected] : cases)
    EXPECT_EQ(print(query).substr(0, expected.size()), expected) << query;
}

TEST(LogqlParser, long_chains_and_deep_nests_are_refused) {
  const auto repeated = [](std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  EXPECT_TRUE(parse("{a=\"b\"} | a=1" + repeated(" or a=1", 500)));
  EXPECT_FALSE(parse("{a=\"b\"} | a=1" + repeated(" or a=1", 15'000)));
  EXPECT_FALSE(parse("1" + repeated("+1", 50'000)));
  EXPECT_FALSE(parse(repeated("(", 50'000)));
}

}  // namespace
}  // namespace aloft::telemetry::logs::logql
