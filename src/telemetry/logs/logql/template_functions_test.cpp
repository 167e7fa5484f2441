// Functions of templates, each as Loki documents it.
#include "telemetry/logs/logql/template_functions.h"

#include <gtest/gtest.h>

#include "telemetry/logs/testing/ask.h"

namespace aloft::telemetry::logs::logql {
namespace {

class TemplateFunctionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    data.push(Labels({{"app", "web"},
                      {"path", "/a b/c"},
                      {"took", "1m30s"},
                      {"size", "2.5KiB"},
                      {"n", "7"},
                      {"real", "2.50"},
                      {"epoch", "1679577215"},
                      {"day", "2021-11-02"},
                      {"list", R"([{"q": 1.5}, {"q": "x"}])"}}),
              {{90, "GET /x"}});
  }
  using Cases = std::vector<std::pair<const char*, const char*>>;
  void check(const Cases& cases) {
    for (const auto& [form, expected] : cases) EXPECT_EQ(ask.format(form), expected) << form;
  }

  TemporaryStore data;
  Ask ask{data};
};

TEST_F(TemplateFunctionsTest, texts) {
  check(
      {{R"({{ .path | replace " " "_" | trunc 5 | upper }})", "/A_B/"},
       {R"({{ replace "" "-" "ab" }})", "-a-b-"},
       {R"({{ Replace "aaa" "a" "b" 2 }})", "bba"},
       {R"({{ alignLeft 5 "hello world"}}|{{ alignLeft 5 "hi"}}|{{alignLeft -1 "hi"}})", "hello|hi   |hi"},
       {R"({{ alignRight 5 "hello world"}}|{{ alignRight 5 "hi"}}|{{alignRight -1 "hi"}})", "world|   hi|hi"},
       {R"({{ b64enc "abcd" }} {{ b64dec "YWJjZA==" }} {{ b64dec "YWJjZA" }} {{ b64dec "a*" }})",
        "YWJjZA== abcd abcd illegal base64 data at input byte 1"},
       {R"({{ default "-" "" }}{{ default "-" "foo" }}{{ .none | default "d" }})", "-food"},
       {R"({{ lower "HELLO" }}{{ ToLower "A" }}{{ ToUpper "b" }})", "helloaB"},
       {R"({{ lower "ÄÖ ΩЖ" }} {{ upper "äö ωж" }})", "äö ωж ÄÖ ΩЖ"},
       {"{{ indent 2 \"a\\nb\" }}", "  a\n  b"},
       {"{{ nindent 2 \"a\\nb\" }}", "\n  a\n  b"},
       {R"({{ repeat 3 "ab" }})", "ababab"},
       {R"({{ printf "%-6.3s|%5d|%05.1f|%q" "abcdef" 42 3.14159 "x" }})", R"(abc   |   42|003.1|"x")"},
       {R"({{ substr 0 5 "hello world"}}|{{ substr 6 11 "hello world"}}|{{ substr -1 2 "abc" }}|)"
        R"({{ substr 1 -1 "abc" }})",
        "hello|world|ab|bc"},
       {R"({{ title "hello world-wide one_two" }})", "Hello World-Wide One_two"},
       {R"([{{ trim "  x " }}{{ trimAll "$" "$5.00$" }}{{ trimPrefix "-" "-h" }}{{ trimSuffix "-" "h-" }}])",
        "[x5.00hh]"},
       {R"({{ Trim "xax" "x" }}{{ TrimLeft "xax" "x" }}{{ TrimRight "xax" "x" }}{{ TrimPrefix "xax" "x" }})",
        "aaxxaax"},
       {R"({{ TrimSuffix "xax" "x" }}{{ TrimSpace " a " }})", "xaa"},
       {R"({{ trunc 5 "hello world"}} {{ trunc -5 "hello world"}})", "hello world"},
       {R"({{ urlencode "a b&c/ä" }} {{ urldecode "a+b%26c" }})", "a+b%26c%2F%C3%A4 a b&c"}});
}

TEST_F(TemplateFunctionsTest, conditions_and_expressions) {
  check({{R"({{ if and (contains "he" "hello") (hasPrefix "he" "hello") }}yes{{end}})", "yes"},
         {R"({{ if or (hasSuffix "x" "hello") (eq "a" .app) }}yes{{else if eq .app "web"}}web{{else}})"
          R"(no{{end}})",
          "web"},
         {R"({{ count "a|b" "abab" }} {{ count "o" "foo" }} {{ __line__ | count "[A-Z]" }})", "4 2 3"},
         {R"({{ regexReplaceAll "(a*)bc" "aabc" "${1}a" }})", "aaa"},
         {R"x({{ regexReplaceAllLiteral "(ts=)" "ts=1" "$1=" }})x", "$1=1"},
         {R"({{ with .none }}x{{ else }}y{{ end }}{{/* nothing */}})", "y"},
         {R"({{ range $q := fromJson .list }}<{{ $q.q }}>{{ end }})", "<1.5><x>"},
         {R"({{ (fromJson "{\"foo\": 55}").foo }})", "55"},
         {R"({{ $x := .app }}{{ $x | upper | printf "%s-%s" "a" }})", "a-WEB"}});
}

TEST_F(TemplateFunctionsTest, numbers) {
  check(
      {{"{{ add 3 2 5 }} {{ sub 5 2 }} {{ mul 5 2 3 }} {{ div 10 3 }} {{ mod 10 3 }}", "10 3 30 3 1"},
       {"{{ addf 3.5 2 5 }} {{ subf 5.5 2 1.5 }} {{ mulf 5.5 2 2.5 }} {{ divf 10 2 4 }}", "10.5 2 27.5 1.25"},
       {"{{ addf 0.1 0.2 }} {{ divf 1 3 }}", "0.3 0.3333333333333333"},
       {"{{ max 1 2 3 }} {{ min 1 2 3 }} {{ maxf 1 2.5 3 }} {{ minf 1 2.5 0.5 }}", "3 1 3 0.5"},
       {"{{ ceil 123.001 }} {{ floor 123.9999 }}", "124 123"},
       {"{{ round 123.555555 3 }} {{ round 123.88571428571 5 .2 }} {{ round 2.4 0 }}", "123.556 123.88572 2"},
       {R"({{ "3" | int }} {{ "3.5" | float64 }} {{ add .n 1 }} {{ mulf .real 2 }})", "3 3.5 8 5"},
       {"{{ div .n 2 }} {{ .n | float64 | mulf 1.5 }}", "3 10.5"},
       {"{{ bytes .size }} {{ .took | duration }} {{ duration_seconds \"1500ms\" }}", "2560 90 1.5"},
       {"{{ bytes \"5MB\" }}", "5e+06"}});
  EXPECT_EQ(ask.logs("{app=\"web\"} | line_format `{{ div 1 0 }}` | keep __error__")[0].substr(0, 28),
            "{__error__=TemplateFormatErr");
}

TEST_F(TemplateFunctionsTest, times) {
  check({{R"({{ __timestamp__ }})", "1970-01-01 00:01:30 +0000 UTC"},
         {R"({{ __timestamp__ | date "2006-01-02T15:04:05.00Z-07:00" }})", "1970-01-01T00:01:30.00Z+00:00"},
         {R"({{ __timestamp__ | unixEpoch }} {{ unixEpochMillis __timestamp__ }} )"
          R"({{ unixEpochNanos __timestamp__ }})",
          "90 90000 90000000000"},
         {R"({{ date "2006-01-02" (unixToTime .epoch) }})", "2023-03-23"},
         {R"({{ date "15:04:05" (unixToTime "1679577215123") }} {{ unixToTime "19373" | unixEpoch }})",
          "13:13:35 1673827200"},
         {R"({{ unixToTime "1679577215000001" | unixEpochNanos }})", "1679577215000001000"},
         {R"({{ unixToTime "1679577215000000001" | unixEpochNanos }})", "1679577215000000001"},
         {R"({{ toDate "2006-01-02" .day | unixEpoch }})", "1635811200"},
         {R"({{ .day | toDateInZone "2006-01-02" "UTC" | unixEpoch }})", "1635811200"},
         {R"({{ toDateInZone "2006-01-02 15:04" "America/New_York" "2021-11-02 00:00" | unixEpoch }})",
          "1635825600"},
         {R"({{ toDateInZone "2006-01-02" "Nowhere/City" "2021-11-02" | unixEpoch }})", "1635811200"},
         {R"({{ toDateInZone "2006-01-02T15:04:05Z07:00" "Europe/Berlin" "2021-11-02T01:00:00+01:00")"
          R"( | unixEpoch }})",
          "1635811200"},
         {R"({{ if now }}now{{ end }})", "now"},
         {R"({{ date "2006" 99999999999999 }})", "2261"}});
  for (const char* epoch : {"9999999999", "9999999999999", "x", ""})
    EXPECT_EQ(ask.logs(fmt::format(
                  "{{app=\"web\"}} | line_format `{{{{ unixToTime \"{}\" }}}}` | keep __error__", epoch))[0]
                  .substr(0, 28),
              "{__error__=TemplateFormatErr");
  EXPECT_EQ(
      ask.logs("{app=\"web\"} | line_format `{{ unixToTime \"12\" }}` | keep __error__")[0].substr(0, 28),
      "{__error__=TemplateFormatErr");
  EXPECT_EQ(
      ask.logs("{app=\"web\"} | line_format `{{ unixEpoch .epoch }}` | keep __error__")[0].substr(0, 28),
      "{__error__=TemplateFormatErr");
}

TEST_F(TemplateFunctionsTest, results_are_bounded) {
  const std::string large = "{{ $x := repeat 100000 \"ab\" }}";
  for (const std::string form :
       {R"({{ replace "" $x $x }})", R"({{ replace "a" $x $x }})", R"({{ regexReplaceAll "a" $x $x }})",
        R"({{ regexReplaceAll ".*" $x (repeat 1000 "$0") }})", R"({{ regexReplaceAllLiteral "." $x $x }})",
        R"({{ indent 1000 (replace "a" "\n" $x) }})", R"({{ repeat 1000000 "ab" }})"})
    EXPECT_EQ(
        ask.logs("{app=\"web\"} | line_format `" + large + form + "` | keep __error__")[0].substr(0, 28),
        "{__error__=TemplateFormatErr")
        << form;
}

TEST_F(TemplateFunctionsTest, what_cannot_be_parsed_is_refused) {
  EXPECT_EQ(ask.logs("{app=\"web\"} | line_format `{{ .x `")[0].substr(0, 59),
            "parse error : stage '| line_format \"{{ .x \"' : invalid line");
  EXPECT_EQ(ask.logs("{app=\"web\"} | label_format x=`{{ nope }}`")[0].substr(0, 80),
            "parse error : stage '| label_format x=\"{{ nope }}\"' : invalid template for label");
}

}  // namespace
}  // namespace aloft::telemetry::logs::logql
