// The template language, case by case; what Go's text/template prints was taken from promtool.
#include <gtest/gtest.h>

#include "telemetry/core/template/text_template.h"
#include "telemetry/core/template/time_layout.h"

namespace aloft::telemetry::templates {
namespace {

Functions test_functions() {
  Functions table;
  table.add("args", 0, Functions::any,
            [](std::span<const Value> a) -> Result<Value> { return Value::list(List(a.begin(), a.end())); });
  table.add("fails", 0, 0,
            [](std::span<const Value>) -> Result<Value> { return fail(Code::invalid, "no luck"); });
  table.add("toUpper", 1, 1, [](std::span<const Value> a) -> Result<Value> {
    TRY(text, text_argument("toUpper", a, 0));
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::toupper(c));
    return Value(out);
  });
  table.add("safe", 1, 1,
            [](std::span<const Value> a) -> Result<Value> { return Value::safe_html(a[0].to_string()); });
  return table;
}

Value test_data() {
  Map labels{{"instance", Value("a:80")}, {"job", Value("api")}};
  Map data;
  data.emplace("Labels", Value::map(std::move(labels), Value::Missing::empty_text, "template.KV"));
  data.emplace("Value", Value(12345678.5));
  data.emplace("Items", Value::list({Value(1), Value(2), Value(3)}));
  data.emplace("Empty", Value::list({}));
  data.emplace("At", Value(WallTime{std::chrono::seconds(1700000000)}));
  return Value::map(std::move(data), Value::Missing::error, "templates.Data");
}

std::string run(std::string_view text, bool html = false) {
  const Functions functions = test_functions();
  const auto parsed = Template::parse("t", text, functions);
  if (!parsed) return "! " + parsed.error().message();
  Methods methods;
  methods.add("template.KV", "Names", 0, 0, [](std::span<const Value> a) -> Result<Value> {
    List names;
    for (const auto& [name, value] : *a[0].if_map()) names.push_back(Value(name));
    return Value::list(std::move(names));
  });
  methods.add("template.KV", "Get", 1, 1,
              [](std::span<const Value> a) -> Result<Value> { return a[0].if_map()->at(a[1].to_string()); });
  Execution execution;
  execution.methods = &methods;
  execution.escape_html = html;
  execution.limits.output_bytes = 10'000;
  execution.limits.steps = 10'000;
  const auto result = parsed->execute(test_data(), execution);
  return result ? *result : "! " + result.error().message();
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

class TemplateCase : public testing::TestWithParam<Case> {};

TEST_P(TemplateCase, reads_as_in_go) {
  EXPECT_EQ(run(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Language, TemplateCase,
    testing::Values(
        Case{"plain", "plain"}, Case{"{{ .Labels.instance }} down", "a:80 down"},
        Case{"{{.Labels.missing}}|", "|"}, Case{"{{ .Value }}", "1.23456785e+07"},
        Case{"a {{- 1 -}} b", "a1b"}, Case{"a\n{{- /* note */ -}}\nb", "ab"}, Case{"{{/* x */}}y", "y"},
        Case{"{{ if .Empty }}a{{ else if eq 1 1 }}b{{ else }}c{{ end }}", "b"},
        Case{"{{ with .Labels.job }}<{{ . }}>{{ else }}none{{ end }}", "<api>"},
        Case{"{{ with .Labels.none }}x{{ else with .Labels.job }}{{ . }}{{ end }}", "api"},
        Case{"{{ range .Items }}{{ . }},{{ end }}", "1,2,3,"},
        Case{"{{ range $i, $x := .Items }}{{ if eq $x 2 }}{{ continue }}{{ end }}{{ $i }}={{ $x }} {{ end }}",
             "0=1 2=3 "},
        Case{"{{ range .Items }}{{ if eq . 2 }}{{ break }}{{ end }}{{ . }}{{ end }}", "1"},
        Case{"{{ range .Empty }}x{{ else }}none{{ end }}", "none"},
        Case{"{{ range $k, $v := .Labels }}{{ $k }}={{ $v }};{{ end }}", "instance=a:80;job=api;"},
        Case{"{{ range 3 }}{{ . }}{{ end }}", "012"},
        Case{"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"},
        Case{"{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"},
        Case{"{{ define \"a\" }}[{{ . }}]{{ end }}{{ template \"a\" .Labels.job }}", "[api]"},
        Case{"{{ block \"b\" .Items }}{{ len . }}{{ end }}", "3"},
        Case{"{{ .Labels.Names }}", "[instance job]"}, Case{"{{ .Labels.Get \"job\" }}", "api"},
        Case{"{{ (index .Items 1) }}{{ index .Labels \"job\" }}", "2api"},
        Case{"{{ slice \"abcdef\" 1 3 }} {{ slice .Items 1 }}", "bc [2 3]"},
        Case{"{{ and 1 0 }} {{ or 0 \"x\" }} {{ not 0 }} {{ and }}",
             "! template: t:1:44: executing \"t\" at <and>: "
             "wrong number of args for and: want at least 1 got 0"},
        Case{"{{ lt 1 2 }} {{ ge 2.5 2.5 }} {{ gt \"b\" \"a\" }} {{ eq 1 2 3 1 }} {{ ne 1 2 }}",
             "true true true true true"},
        Case{"{{ \"a<b\" | html }} {{ js \"it's\" }} {{ urlquery \"a b&c\" }}", "a&lt;b it\\'s a+b%26c"},
        Case{"{{ .Labels.job | toUpper | printf \"%s-%s\" \"x\" }}", "x-API"},
        Case{"{{ print 1 2 \"a\" 3 }} {{ println 1 \"a\" }}", "1 2a3 1 a\n"},
        Case{"{{ `raw\\n` }}{{ \"q\\\"\\u00e9\" }}{{ 'a' }}",
             "raw\\nq\"\xC3\xA9"
             "97"},
        Case{"{{ 0x10 }} {{ 1e3 }} {{ -2 }} {{ 1_000 }} {{ .5 }}", "16 1000 -2 1000 0.5"},
        Case{"{{ .At }}", "2023-11-14 22:13:20 +0000 UTC"}, Case{"{{ nil | print }}", "<nil>"}));

INSTANTIATE_TEST_SUITE_P(
    Printf, TemplateCase,
    testing::Values(
        Case{"{{ printf `%g %v %f %5.1f|%-8.2e|%d` 1e6 1e6 1e6 1e6 1e6 1.5 }}",
             "1e+06 1e+06 1000000.000000 1000000.0|1.00e+06|%!d(float64=1.5)"},
        Case{"{{ printf `%s|%q|%08.3f|%+d|%x|%z` 12 `a` 3.5 7 `hi` 4 }}",
             "%!s(int=12)|\"a\"|0003.500|+7|6869|%!z(int=4)"},
        Case{"{{ printf `%d %s` 1 }} {{ printf `%d` 1 2 }}", "1 %!s(MISSING) 1%!(EXTRA int=2)"},
        Case{"{{ printf `%T %c %U %b %o %t %%` 1.5 65 65 5 8 true }}", "float64 A U+0041 101 10 true %"},
        Case{"{{ printf `%v` (args 1 `b`) }} {{ printf `%[2]d %[1]d` 1 2 }} {{ printf `%*d` 4 7 }}",
             "[1 b] 2 1    7"},
        Case{"{{ printf `%` }}", "%!(NOVERB)"},
        Case{"{{ printf `%.3g %.0f %6.2f|%-6d|%06d` 1234.5 2.5 3.14159 42 -42 }}",
             "1.23e+03 2   3.14|42    |-00042"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, TemplateCase,
    testing::Values(
        Case{"{{ $x }}", "! template: t:1: undefined variable \"$x\""},
        Case{"a\n{{ nope 1 }}", "! template: t:2: function \"nope\" not defined"},
        Case{"{{ if }}x{{ end }}", "! template: t:1: missing value for if"},
        Case{"{{ if true }}x", "! template: t:1: unexpected EOF"},
        Case{"{{ end }}", "! template: t:1: unexpected {{end}}"},
        Case{"{{ .Foo", "! template: t:1: unclosed action"},
        Case{"{{ \"a }}", "! template: t:1: unterminated quoted string"},
        Case{"{{ break }}", "! template: t:1: {{break}} outside {{range}}"},
        Case{"{{/* a", "! template: t:1: unclosed comment"},
        Case{"{{ .Labels.job.x }}",
             "! template: t:1:3: executing \"t\" at <.Labels.job.x>: can't evaluate field x in type string"},
        Case{"{{ .Nope }}",
             "! template: t:1:3: executing \"t\" at <.Nope>: can't evaluate field Nope in type "
             "templates.Data"},
        Case{"{{ fails }}", "! template: t:1:3: executing \"t\" at <fails>: error calling fails: no luck"},
        Case{"{{ template \"x\" }}",
             "! template: t:1:3: executing \"t\" at <template \"x\" >: template \"x\" not defined"},
        Case{"{{ eq 1 \"a\" }}",
             "! template: t:1:3: executing \"t\" at <eq>: error calling eq: incompatible types for "
             "comparison"},
        Case{"{{ range 1.5 }}{{ end }}",
             "! template: t:1:9: executing \"t\" at <1.5 >: range can't iterate over 1.5"}));

TEST(Template, html_mode_escapes_every_value_but_safe_ones) {
  EXPECT_EQ(run("<p>{{ \"a<b>+\" }}{{ safe \"<i>\" }}</p>", true), "<p>a&lt;b&gt;&#43;<i></p>");
}

TEST(Template, output_steps_and_depth_are_bounded) {
  EXPECT_NE(run("{{ range 100000 }}{{ end }}").find("too many steps"), std::string::npos);
  EXPECT_NE(run("{{ define \"r\" }}{{ template \"r\" }}{{ end }}{{ template \"r\" }}")
                .find("maximum template depth"),
            std::string::npos);
  EXPECT_NE(run("{{ range 9000 }}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{{ end }}").find("output is too large"),
            std::string::npos);
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{{ if true }}";
  EXPECT_NE(run(deep).find("nested too deeply"), std::string::npos);
}

TEST(Template, a_library_serves_definitions_to_other_texts) {
  const Functions functions;
  const auto file = Template::parse("f", R"({{ define "title" }}<{{ .a }}>{{ end }})", functions);
  const auto text = Template::parse("t", R"({{ template "title" . }})", functions);
  ASSERT_TRUE(file && text);
  Library library;
  library.add(*file);
  Execution execution;
  execution.library = &library;
  const auto result = text->execute(Value::map({{"a", Value(1)}}), execution);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "<1>");
}

TEST(TimeLayout, writes_and_reads_go_layouts) {
  const WallTime time{std::chrono::seconds(1700000000) + std::chrono::milliseconds(120)};
  EXPECT_EQ(format_go_time(time, "Mon Jan _2 15:04:05.000 MST 2006"), "Tue Nov 14 22:13:20.120 UTC 2023");
  EXPECT_EQ(format_go_time(time, "2006-01-02T15:04:05.999Z07:00"), "2023-11-14T22:13:20.12Z");
  EXPECT_EQ(format_go_time(time, "3:04PM 02/01/06", 3600s, "CET"), "11:13PM 14/11/23");
  const auto read = parse_go_time("2006-01-02T15:04:05Z07:00", "2023-11-14T23:13:20.12+01:00");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, time);
  EXPECT_FALSE(parse_go_time("2006-01-02", "2023-13-40"));
}

}  // namespace
}  // namespace aloft::telemetry::templates
