// What the parser takes, what it refuses and with which words, and that queries survive being written down.
#include "telemetry/traces/traceql/parser.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::telemetry::traces::traceql {
namespace {

std::string error_of(std::string_view text) {
  const auto query = parse_query(text);
  return query ? "none: " + to_string(*query) : query.error().message();
}

std::string printed(std::string_view text) {
  const auto query = parse_query(text);
  return query ? to_string(*query) : query.error().message();
}

TEST(TraceqlParser, forms_that_people_write_are_taken) {
  for (const char* text :
       {"{ }",
        "{} with (most_recent=true)",
        "{ span.foo = \"bar\" } >> { status = error } with (most_recent=true)",
        "{span.service.name=\"frontend\" && name = \"GET /products/{id}\"} && "
        "{span.db.system=\"postgresql\"}",
        "{ span.\"attribute name with space\" = \"value\" }",
        "{ span.attribute.\"with space\" = \"value\" }",
        "{ trace:duration > 5s } | count() > 30",
        "{ span.size > 10 * 1024 * 1024 }",
        "{ status = error } | by(resource.service.name) | count() > 1",
        "{ } | sum(span.bytes) > 1000000000",
        "avg(duration) > 20ms",
        "{ instrumentation.language = \"java\" }",
        "{ resource.service.name = \"foo\" } | rate() by (instrumentation:name)",
        "{ span:duration < 5ms } | count_over_time() by(resource.service.name) | topk(10)",
        "{ name = \"GET /:endpoint\" } | quantile_over_time(duration, .99, .9, .5) by (span.http.target)",
        "{ } | histogram_over_time(duration) by (span.foo)",
        "{ } | avg_over_time(span.size) with(exemplars=true)",
        "{ resource.a=\"a\" && span.p=\"/x\" } | compare({status=error}, 20, 1, 2)",
        "{ } | rate() > 10",
        "{ `a` = `a` }",
        "{ parent.span.a = 1 || parent.resource.b != nil }",
        "{ status = error } | select(span.http.status_code, span.http.url)"}) {
    const auto query = parse_query(text);
    EXPECT_TRUE(query) << text << ": " << query.error().message();
  }
}

TEST(TraceqlParser, takes_the_documented_forms) {
  for (const char* text : {
           "{ }",
           "{ true }",
           "{ span.http.status_code >= 200 && span.http.status_code < 300 } | count() > 2",
           "{resource.service.name = \"frontend\" && name = \"POST /api/orders\"}",
           "{ status = error } && { kind = server }",
           "{ } !< { resource.service.name = \"productcatalogservice\" }",
           "{ status = error } !< { status = error }",
           "{ a = nil }",
           "{ span.http.status_code = 200 } | select(resource.service.name, span.http.url)",
           "{ trace:duration > 5s && event:timeSinceStart > -5s }",
           "{ span.\"attribute name with space\" = \"value\" }",
           "{ span.attribute.\"attribute name with space\" = \"value\" }",
           "{ span.value != minInt && span.value != maxInt }",
           "{ span.cache.hit || span.http.status_code = 500 }",
           "{ span.http.url = `/path\\d` } &>> { status = error }",
           "{ status = error } | by(resource.service.name) | count() > 1 | coalesce()",
           "count() > 10",
           "avg(duration) > 20ms",
           "{ } | sum(span.bytesProcessed) > 1000000000",
           "{ span.http.request_content_length > 10 * 1024 * 1024 }",
           "({ .a } | count()) > ({ .b } | count())",
           "({ .a = 1 } | count() > 1) && ({ .b = 2 } | avg(duration) > 1s)",
           "{ span.foo = \"bar\" } >> { status = error } with (most_recent=true)",
           "{ status = error } | rate() by (resource.service.name, name)",
           "{ name = \"GET /:endpoint\" } | quantile_over_time(duration, .99, .9, .5) by (span.http.target)",
           "{ } | histogram_over_time(duration) by (span.foo)",
           "{ } | min_over_time(span.x)",
           "{ } | rate() by (resource.service.name) | topk(10)",
           "{ } | rate() by (resource.service.name) > 10",
           "{ resource.service.name=\"a\" } | compare({status=error})",
           "{ } | compare({status=error}, 5, 100, 200)",
           "{ parent.span.foo = 1 && parent.bar = 2 }",
           "{ instrumentation:name = \"grpc\" && instrumentation.language = \"java\" }",
           "{ link:traceID = \"1234567890abcde\" && link.opentracing.ref_type = \"child_of\" }",
           "{ nestedSetParent < 0 && nestedSetLeft > 1 && nestedSetRight > 1 }",
           "{ .a } ~ { .b } << { .c } !~ { .d } &~ { .e }",
           "{ -1 < -.a + 2 ^ 3 }",
           "{ !(.a && .b) }",
           "{ .foo-bar = 1 } // a remark",
           "sum(.a) + 2 * max(.b) >= 1.5",
       }) {
    const auto query = parse_query(text);
    if (std::string_view(text) == "{ a = nil }") {
      EXPECT_FALSE(query) << "a name without a scope is no field";
      continue;
    }
    ASSERT_TRUE(query) << text << ": " << query.error().message();
    EXPECT_EQ(printed(to_string(*query)), to_string(*query)) << text;
  }
}

TEST(TraceqlParser, precedence_is_that_of_the_grammar) {
  EXPECT_EQ(printed("{ .a = 1 || .b = 2 && .c = 3 }"), "{ ((.a = 1) || (.b = 2)) && (.c = 3) }");
  EXPECT_EQ(printed("{ .a + 2 * 3 ^ 2 ^ 2 = 1 }"), "{ (.a + (2 * (3 ^ (2 ^ 2)))) = 1 }");
  EXPECT_EQ(printed("{ !.a && .b }"), "{ (!.a) && .b }");
  EXPECT_EQ(printed("{ -.a * 2 < 1 }"), "{ (-(.a * 2)) < 1 }");
  EXPECT_EQ(printed("{ .a } && { .b } >> { .c }"), "{ .a } && ({ .b } >> { .c })");
  EXPECT_EQ(printed("{ .a } > { .b } > { .c }"), "({ .a } > { .b }) > { .c }");
  EXPECT_EQ(printed("(({ .a }))"), "{ .a }");
}

TEST(TraceqlParser, errors_of_syntax_tell_line_and_column) {
  EXPECT_EQ(error_of("{ .a && "), "parse error at line 1, col 9: syntax error: unexpected $end");
  EXPECT_EQ(error_of(""), "parse error at line 1, col 1: syntax error: unexpected $end");
  EXPECT_EQ(error_of("{ a }"), "parse error at line 1, col 3: syntax error: unexpected IDENTIFIER");
  EXPECT_EQ(error_of("{ .a\n  = }"), "parse error at line 2, col 5: syntax error: unexpected }");
  EXPECT_EQ(error_of("{ } | count("),
            "parse error at line 1, col 13: syntax error: unexpected $end, expecting )");
  EXPECT_EQ(error_of("{ } | rate() | count() > 1"),
            "parse error at line 1, col 16: syntax error: unexpected count");
  EXPECT_EQ(error_of("rate()"), "parse error at line 1, col 1: syntax error: unexpected rate");
  EXPECT_EQ(error_of("{ .a = \"x }"), "parse error at line 1, col 12: syntax error: literal not terminated");
  EXPECT_EQ(error_of("{ } | count()"), "parse error at line 1, col 14: syntax error: unexpected $end");
  EXPECT_EQ(error_of("{ trace:foo = 1 }"),
            "parse error at line 1, col 9: syntax error: unexpected IDENTIFIER");
  EXPECT_EQ(error_of("{ .a = 1 } { .b = 2 }"), "parse error at line 1, col 12: syntax error: unexpected {");
  EXPECT_EQ(error_of("avg(.a) > 1 && { true }"),
            "parse error at line 1, col 13: syntax error: unexpected &&");
}

TEST(TraceqlParser, errors_of_meaning_tell_the_expression) {
  EXPECT_EQ(error_of("{ \"a\" = 1 }"), "binary operations must operate on the same type: \"a\" = 1");
  EXPECT_EQ(error_of("{ status > ok }"), "illegal operation for the given types: status > ok");
  EXPECT_EQ(error_of("{ duration =~ \"a\" }"),
            "binary operations must operate on the same type: duration =~ \"a\"");
  EXPECT_EQ(error_of("{ 1 + 2 }"), "span filter field expressions must resolve to a boolean: { 1 + 2 }");
  EXPECT_EQ(error_of("sum(1) > 2"), "aggregate field expressions must reference the span: sum(1)");
  EXPECT_EQ(error_of("sum(name) > 2"),
            "aggregate field expressions must resolve to a number type: sum(name)");
  EXPECT_EQ(error_of("{ } | by(1)"), "grouping field expressions must reference the span: by(1)");
  EXPECT_TRUE(error_of("{ .a =~ \"(\" }").starts_with("invalid regex: "));
  EXPECT_EQ(error_of("{ } | quantile_over_time(duration, 1.5)"), "quantile must be between 0 and 1");
}

TEST(TraceqlParser, hostile_nesting_is_refused) {
  EXPECT_FALSE(parse_query("{ " + std::string(100'000, '(') + " }"));
  EXPECT_FALSE(parse_query(std::string(100'000, '(')));
  EXPECT_FALSE(parse_query("{ " + std::string(100'000, '!') + ".a }"));
  const auto chain = [](int operators) {
    std::string text = "{ .a";
    for (int i = 0; i < operators; ++i) text += " && .a";
    return text + " }";
  };
  EXPECT_TRUE(parse_query(chain(500)));
  EXPECT_FALSE(parse_query(chain(100'000)));
}

// Random queries as text, from the grammar.
class Maker {
 public:
  std::string field() {
    switch (number(6)) {
      case 0:
        return ".a";
      case 1:
        return "span.\"b c\"";
      case 2:
        return "resource.service.name";
      case 3:
        return "event.x";
      case 4:
        return "link.y";
      default:
        return "parent.span.z";
    }
  }
  std::string numeric(int depth) {
    if (depth <= 0 || number(3) == 0) {
      const char* simple[] = {".n", "duration", "5", "1.5", "-3", "childCount", "20ms", "span.size"};
      return simple[number(8)];
    }
    const char* ops[] = {" + ", " - ", " * ", " / ", " % ", " ^ "};
    const std::string joined = numeric(depth - 1) + ops[number(6)] + numeric(depth - 1);
    return number(2) == 0 ? "(" + joined + ")" : number(4) == 0 ? "-(" + joined + ")" : joined;
  }
  std::string boolean(int depth) {
    if (depth > 0 && number(2) == 0) {
      const std::string joined = boolean(depth - 1) + (number(2) == 0 ? " && " : " || ") + boolean(depth - 1);
      return number(3) == 0 ? "!(" + joined + ")" : number(2) == 0 ? "(" + joined + ")" : joined;
    }
    switch (number(8)) {
      case 0:
        return field() + " = \"te\\\"xt\"";
      case 1:
        return field() + " != nil";
      case 2:
        return "status = error";
      case 3:
        return "kind != server";
      case 4:
        return field() + " =~ \"a.*\"";
      case 5:
        return "true";
      case 6:
        return "name !~ `x+`";
      default: {
        const char* ops[] = {" = ", " != ", " < ", " <= ", " > ", " >= "};
        return "(" + numeric(depth) + ")" + ops[number(6)] + "(" + numeric(depth) + ")";
      }
    }
  }
  std::string spanset(int depth) {
    if (depth <= 0 || number(3) == 0) return number(5) == 0 ? "{ }" : "{ " + boolean(depth) + " }";
    const char* ops[] = {" && ",  " || ",  " > ",  " < ",  " >> ", " << ",  " ~ ",   " !> ", " !< ",
                         " !>> ", " !<< ", " !~ ", " &> ", " &< ", " &>> ", " &<< ", " &~ "};
    const std::string joined = spanset(depth - 1) + ops[number(17)] + spanset(depth - 1);
    if (number(4) == 0) return "(" + joined + " | " + filter(depth) + ")";
    return number(2) == 0 ? "(" + joined + ")" : joined;
  }
  std::string scalar(int depth) {
    if (depth <= 0 || number(2) == 0) {
      const char* simple[] = {"count()", "avg(duration)", "max(.n)", "3", "-2.5"};
      return simple[number(5)];
    }
    const char* ops[] = {" + ", " * ", " - ", " ^ "};
    return "(" + scalar(depth - 1) + ops[number(4)] + scalar(depth - 1) + ")";
  }
  std::string filter(int depth) {
    const char* ops[] = {" = ", " != ", " < ", " <= ", " > ", " >= "};
    return "count()" + std::string(ops[number(6)]) + scalar(depth - 1);
  }
  std::string query() {
    std::string out = spanset(3);
    for (int i = number(3); i > 0; --i) {
      switch (number(4)) {
        case 0:
          out += " | by(" + field() + ")";
          break;
        case 1:
          out += " | coalesce()";
          break;
        case 2:
          out += " | select(" + field() + ", name)";
          break;
        default:
          out += " | " + filter(2);
      }
    }
    switch (number(6)) {
      case 0:
        out += " | rate() by (" + field() + ") | topk(3)";
        break;
      case 1:
        out += " | quantile_over_time(duration, 0.5, 0.99) > 1";
        break;
      case 2:
        out += " | compare({ status = error }, 4)";
        break;
      default:
        break;
    }
    return number(4) == 0 ? out + " with (most_recent=true, sample=0.1, x=\"y\")" : out;
  }

 private:
  static int number(int bound) { return *rc::gen::inRange(0, bound); }
};

TEST(TraceqlParser, what_is_printed_reads_back_as_the_same_query) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = Maker().query();
    const auto query = parse_query(text);
    // Random constants may have types that do not fit; everything else must parse.
    if (!query) {
      RC_ASSERT(query.error().message().find("parse error") == std::string::npos);
      RC_SUCCEED();
    }
    const std::string once = to_string(*query);
    const auto again = parse_query(once);
    RC_ASSERT(again.has_value());
    RC_ASSERT(to_string(*again) == once);
    RC_ASSERT(again->fields == query->fields);
  }));
}

}  // namespace
}  // namespace aloft::telemetry::traces::traceql
