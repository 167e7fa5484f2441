// The stages of log queries one by one: filters, parsers, and what becomes of labels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/logs/testing/ask.h"

namespace aloft::telemetry::logs::logql {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

class StagesTest : public ::testing::Test {
 protected:
  using Texts = Ask::Texts;
  void push(std::vector<std::string> lines, std::vector<std::pair<std::string, std::string>> fields = {}) {
    std::vector<TemporaryStore::Line> timed;
    for (std::string& line : lines) timed.emplace_back(++second, std::move(line));
    data.push(Labels({{"app", "a"}}), std::move(timed), std::move(fields));
  }
  // Of the stages behind {app="a"}: the labels of each line that is left, as "{...}", sorted.
  Texts labels(const std::string& stages) {
    Texts out = ask.logs("{app=\"a\"} " + stages);
    for (std::string& one : out)
      if (one.starts_with('{')) one = one.substr(0, one.find('}') + 1);
    return out;
  }
  Texts lines(const std::string& stages) { return ask.lines("{app=\"a\"} " + stages); }

  TemporaryStore data;
  Ask ask{data};
  std::int64_t second = 0;
};

TEST_F(StagesTest, selectors_need_something_that_is_there) {
  const std::string refused = "parse error : queries require at least one regexp or equality matcher";
  for (const char* query : {"{}", R"({app=""})", R"({app=~".*"})", R"({app!="b"})", R"({app=~"a|"})"})
    EXPECT_THAT(ask.logs(query)[0], StartsWith(refused)) << query;
  push({"x"});
  EXPECT_EQ(ask.lines(R"({app!=""})"), Texts{"x"});
  EXPECT_EQ(ask.lines(R"({app=~".+", env=""})"), Texts{"x"});
  EXPECT_EQ(ask.lines(R"({app=~"A"})"), Texts{});
  EXPECT_EQ(ask.lines(R"({app=~"(?i)A"})"), Texts{"x"});
  EXPECT_EQ(ask.lines(R"({app=~"[a-c]", app!~"b|c"})"), Texts{"x"});
}

TEST_F(StagesTest, lines_are_filtered_by_text_expressions_and_alternatives) {
  push({"error: disk full", "warning: disk slow", "Error again", "a\nb"});
  EXPECT_EQ(lines(R"(|= "disk" != "slow")"), Texts{"error: disk full"});
  EXPECT_EQ(lines(R"(|~ "(?i)error")"), (Texts{"error: disk full", "Error again"}));
  EXPECT_EQ(lines(R"(|~ `^\w+: disk`)"), (Texts{"error: disk full", "warning: disk slow"}));
  EXPECT_EQ(lines(R"(|= "full" or "slow" or "none")"), (Texts{"error: disk full", "warning: disk slow"}));
  EXPECT_EQ(lines(R"(!= "full" or "slow" or "again")"), Texts{"a\nb"});
  EXPECT_EQ(lines(R"(|~ "^e" or "^w" !~ "slow$" or "none")"), Texts{"error: disk full"});
  EXPECT_EQ(lines(R"(|= "")").size(), 4u);
  EXPECT_EQ(lines(R"(!= "")").size(), 0u);
  // A dot is any character, a line's end too.
  EXPECT_EQ(lines(R"(|~ "a.b")"), Texts{"a\nb"});
}

TEST_F(StagesTest, patterns_filter_to_the_end_of_the_line) {
  push({"ts=1 level=info msg=x", "ts=2 level=info", "level=info msg=y", "foo bar baz"});
  EXPECT_EQ(lines("|> `<_> level=info <_>`"), Texts{"ts=1 level=info msg=x"});
  EXPECT_EQ(lines("|> `<_> level=info`"), Texts{"ts=2 level=info"});
  EXPECT_EQ(lines("|> `level=info <_>`"), (Texts{"ts=1 level=info msg=x", "level=info msg=y"}));
  EXPECT_EQ(lines("|> `<_> bar`"), Texts{});
  EXPECT_EQ(lines("|> `<_> baz` or `<_>msg=y`"), (Texts{"level=info msg=y", "foo bar baz"}));
  EXPECT_EQ(lines("!> `<_>level=<_>`"), (Texts{"level=info msg=y", "foo bar baz"}));
  EXPECT_THAT(lines("|> `<x> bar`")[0], ::testing::HasSubstr("named captures are not allowed: found '<x>'"));
}

TEST_F(StagesTest, addresses_are_found_in_lines_and_labels) {
  push({"from 3.180.71.3 x", "from 93.180.71.3 x", "from 192.168.4.7:80", "2001:db8::5 is there", "none"});
  EXPECT_EQ(lines(R"(|= ip("3.180.71.3"))"), Texts{"from 3.180.71.3 x"});
  EXPECT_EQ(lines(R"(|= ip("192.168.4.5-192.168.4.20"))"), Texts{"from 192.168.4.7:80"});
  EXPECT_EQ(lines(R"(|= ip("192.168.4.5/16"))"), Texts{"from 192.168.4.7:80"});
  EXPECT_EQ(lines(R"(|= ip("2001:db8::/32"))"), Texts{"2001:db8::5 is there"});
  EXPECT_EQ(lines(R"(!= ip("0.0.0.0/0") != ip("::/0"))"), Texts{"none"});
  EXPECT_EQ(lines(R"(|= ip("3.180.71.3") or ip("2001:db8::5") or "none")").size(), 3u);
  const std::string parsed = "| pattern `from <addr> x` ";
  EXPECT_EQ(labels(parsed + R"(| addr = ip("3.0.0.0/8"))"), Texts{"{addr=3.180.71.3,app=a}"});
  EXPECT_EQ(labels(parsed + R"(| addr != ip("3.0.0.0/8") | addr=~"9.+")"), Texts{"{addr=93.180.71.3,app=a}"});
  // The word is a name where no parenthesis follows it.
  EXPECT_EQ(labels(R"(| pattern `from <ip> x` | ip = ip("93.180.71.3") | ip != "")"),
            Texts{"{app=a,ip=93.180.71.3}"});
}

TEST_F(StagesTest, conditions_convert_what_labels_hold) {
  push({"d=1500ms b=2KiB n=10 s=x", "d=3m b=1kB n=-2.5 s=y", "d=1d b=many n=ten s=z", "other=1"});
  const auto kept = [&](const std::string& condition) {
    Texts out = lines("| logfmt | " + condition + " | __error__=\"\" | line_format \"{{.s}}\"");
    std::string joined;
    for (const std::string& one : out) joined += one.empty() ? "-" : one;
    return joined;
  };
  EXPECT_EQ(kept("d > 1s"), "xy");
  EXPECT_EQ(kept("d = 1.5s"), "x");
  EXPECT_EQ(kept("d == 1s500ms"), "x");
  EXPECT_EQ(kept("d != 3m0s"), "x");
  EXPECT_EQ(kept("b >= 2KB"), "x");
  EXPECT_EQ(kept("b == 1000B"), "y");
  EXPECT_EQ(kept("n < 0"), "y");
  EXPECT_EQ(kept("n = +10"), "x");
  EXPECT_EQ(kept("n > -3 and n < 3"), "y");
  EXPECT_EQ(kept(R"(s=~"x|y" and s!="y")"), "x");
  EXPECT_EQ(kept(R"(s!="x")"), "yz-");
  EXPECT_EQ(kept(R"(none="")"), "xyz-");
  // `and` binds more than `or`; commas and blanks are `and`.
  EXPECT_EQ(kept(R"(s="x" or s="y" and n > 0)"), "x");
  EXPECT_EQ(kept(R"((s="x" or s="y") and n < 0)"), "y");
  EXPECT_EQ(kept(R"(s="x" or s="y", n < 0)"), "xy");
  EXPECT_EQ(kept(R"(s="x" or s="y" n > 0)"), "x");
}

TEST_F(StagesTest, a_value_that_is_none_marks_the_line_and_a_missing_one_drops_it) {
  push({"n=ten", "m=1", "n=3"});
  EXPECT_EQ(
      labels("| logfmt | n > 2"),
      (Texts{R"({__error__=LabelFilterErr,__error_details__=strconv.ParseFloat: parsing "ten": invalid )"
             R"(syntax,app=a,n=ten})",
             "{app=a,n=3}"}));
  EXPECT_EQ(labels("| logfmt | d > 2s or n > 2 | __error__!=\"\"").size(), 1u);
  // Lines with an error are filtered as others are.
  push({"{bad json"});
  EXPECT_EQ(labels(R"(|= "bad" | json | n > 2)"), Texts{});
  EXPECT_EQ(labels(R"(|= "bad" | json | app="a" | __error__="JSONParserErr")").size(), 1u);
  EXPECT_EQ(labels(R"(|= "bad" | json | __error__ > 0)"), Texts{});
  EXPECT_EQ(labels(R"(|= "bad" | json | addr = ip("1.2.3.4"))").size(), 1u);
}

TEST_F(StagesTest, json_flattens_skips_arrays_and_keeps_the_first) {
  push({R"({"a.b": {"c": "d"}, "e": "f", "list": [1], "none": null, "t": true, "n": 1.50, "": 1})"});
  EXPECT_EQ(labels("| json"), Texts{"{a_b_c=d,app=a,e=f,n=1.50,t=true}"});
  push({R"({"app": "in", "x": 1, "x": 2, "o": {"": {"y": "q"}, "2": 3}, "9": 4, "u": "\u00e4\n"})"});
  EXPECT_EQ(labels(R"(|= "\"in\"" | json)"), Texts{"{_9=4,app=a,app_extracted=in,o_2=3,o_y=q,u=ä\n,x=1}"});
}

TEST_F(StagesTest, what_is_no_json_keeps_what_was_found_before) {
  push({R"({"a": "1", "b": )", "plain", R"({"a": "1"} rest)"});
  EXPECT_THAT(labels("| json"),
              ElementsAre("{__error__=JSONParserErr,__error_details__=Malformed JSON error,a=1,app=a}",
                          StartsWith("{__error__=JSONParserErr,__error_details__=Value looks like object"),
                          "{a=1,app=a}"));
  EXPECT_EQ(labels("| json | drop __error__"),
            (Texts{"{__error_details__=Malformed JSON error,a=1,app=a}", "{a=1,app=a}", "{app=a}"}));
  EXPECT_EQ(labels("| json | drop __error__, __error_details__")[0], "{a=1,app=a}");
  EXPECT_EQ(labels(R"(| json | __error__="")"), Texts{"{a=1,app=a}"});
}

TEST_F(StagesTest, json_takes_single_values_by_their_paths) {
  push({R"({"servers": ["129.0.1.1","10.2.1.3"], "request": {"headers": {"User-Agent": "curl", "n": [[1, )"
        R"({"z":)"
        R"( "deep"}]]}}, "app": "b", "nil": null})"});
  EXPECT_EQ(labels(R"(| json first="servers[0]", ua="request.headers[\"User-Agent\"]")"),
            Texts{"{app=a,first=129.0.1.1,ua=curl}"});
  EXPECT_EQ(labels(R"(| json servers)"), Texts{R"({app=a,servers=["129.0.1.1","10.2.1.3"]})"});
  EXPECT_EQ(labels(R"(| json z="request.headers.n[0][1].z", none="servers[2]", nil, app)"),
            Texts{"{app=a,app_extracted=b,nil=,none=,z=deep}"});
  EXPECT_THAT(labels(R"(| json h="request.headers")")[0], StartsWith(R"({app=a,h={"User-Agent": "curl")"));
  EXPECT_THAT(labels(R"(| json x="a..b")")[0], StartsWith("parse error : cannot parse expression [a..b]"));
  // A line that was cut off still gives what stands before the cut.
  push({R"({"cut": {"off": "here"}, "more": "th)"});
  EXPECT_EQ(labels(R"(|= "cut" | json off="cut.off")"), Texts{"{app=a,off=here}"});
  push({"no brace"});
  EXPECT_EQ(labels(R"(|= "brace" | json x="y")"), Texts{"{__error__=JSONParserErr,app=a}"});
}

TEST_F(StagesTest, logfmt_is_lenient_unless_it_is_strict) {
  push({R"(at=info fwd="124.133" empty= flag a.b=1 at=second =no foo=bar=buzz after="x \"y\"" app=b)"});
  EXPECT_EQ(labels("| logfmt"), Texts{R"({a_b=1,after=x "y",app=a,app_extracted=b,at=info,fwd=124.133})"});
  EXPECT_EQ(labels("| logfmt --keep-empty"),
            Texts{R"({a_b=1,after=x "y",app=a,app_extracted=b,at=info,empty=,flag=,fwd=124.133})"});
  EXPECT_EQ(
      labels("| logfmt --strict"),
      Texts{"{__error__=LogfmtParserErr,__error_details__=logfmt syntax error at pos 51 : unexpected '=',"
            "a_b=1,app=a,at=info,fwd=124.133}"});
  EXPECT_EQ(labels(R"(| logfmt host="fwd", flag, none="none", ab="a_b")"),
            Texts{"{ab=1,app=a,flag=,host=124.133,none=}"});
}

TEST_F(StagesTest, regular_expressions_and_patterns_capture) {
  push({"POST /api/push (200) 1.5s", "GET / (404) 2s"});
  EXPECT_EQ(
      labels(R"x(| regexp "(?P<method>\\w+) (?P<path>[\\w|/]+) \\((?P<status>\\d+?)\\) (?P<took>.*)")x"),
      (Texts{"{app=a,method=GET,path=/,status=404,took=2s}",
             "{app=a,method=POST,path=/api/push,status=200,took=1.5s}"}));
  EXPECT_EQ(labels("| regexp `(?P<app>PO)?` | app_extracted=`PO`"), Texts{"{app=a,app_extracted=PO}"});
  EXPECT_EQ(labels("| pattern `<method> <path> (<status>) <_>` | status=`404`"),
            Texts{"{app=a,method=GET,path=/,status=404}"});
  // A capture whose end is missing takes the rest and is the last.
  EXPECT_EQ(labels("| pattern `<a> <b>[<c>` | a=`GET`"), Texts{"{a=GET,app=a,b=/ (404) 2s}"});
  EXPECT_EQ(labels("| pattern `PUT <a>`"), (Texts{"{app=a}", "{app=a}"}));
  EXPECT_THAT(labels("| pattern `<a><b>`")[0],
              StartsWith("parse error : invalid pattern parser: found consecutive capture '<a><b>'"));
  EXPECT_THAT(labels("| pattern `<_> x`")[0],
              StartsWith("parse error : invalid pattern parser: at least one capture is required"));
  EXPECT_THAT(labels("| regexp `x(y)`")[0],
              StartsWith("parse error : invalid regexp parser: at least one named capture must be supplied"));
}

TEST_F(StagesTest, labels_are_formatted_renamed_dropped_and_kept) {
  push({R"({"level": "info", "method": "GET", "path": "/", "status": "200"})",
        R"({"level": "warn", "method": "POST", "path": "/", "status": "500"})"});
  EXPECT_EQ(labels("| json | label_format verb=method | drop level, path, status"),
            (Texts{"{app=a,verb=GET}", "{app=a,verb=POST}"}));
  EXPECT_EQ(labels("| json | drop level, path, method=\"GET\", status=~\"5..\""),
            (Texts{"{app=a,method=POST}", "{app=a,status=200}"}));
  EXPECT_EQ(labels("| json | keep level, method=\"GET\""),
            (Texts{"{level=info,method=GET}", "{level=warn}"}));
  // Templates of one stage see what was before it; a rename is done when its turn comes.
  EXPECT_EQ(
      labels("| json | keep level | label_format a=`{{.level}}!`, b=`{{.a}}{{.level}}`, c=level | a=`info!`"),
      Texts{"{a=info!,b=info,c=info}"});
  EXPECT_EQ(
      labels("| json | keep level | label_format level=`{{.level | upper}}` | label_format new=nothing"),
      (Texts{"{level=INFO}", "{level=WARN}"}));
  EXPECT_THAT(labels("| label_format a=b,a=`c`")[0],
              StartsWith("parse error : multiple label name 'a' not allowed in a single format operation"));
  EXPECT_THAT(labels("| label_format __error__=b")[0],
              StartsWith("parse error : __error__ cannot be formatted"));
}

TEST_F(StagesTest, fields_are_labels_that_nothing_parsed_hides) {
  push({"trace=inner user=u"}, {{"trace", "outer"}, {"app", "field"}});
  EXPECT_EQ(labels("| logfmt"),
            Texts{"{app=a,app_extracted=field,trace=outer,trace_extracted=inner,user=u}"});
  EXPECT_EQ(labels("| logfmt trace, u=\"user\" | keep trace, trace_extracted, u"),
            Texts{"{trace=outer,trace_extracted=inner,u=u}"});
  EXPECT_EQ(labels("| trace=`outer` | logfmt | label_format trace=user | keep trace"), Texts{"{trace=u}"});
}

TEST_F(StagesTest, packed_lines_are_unpacked) {
  push({R"({"container": "myapp", "pod": "p-1", "app": "b", "n": 1, "_entry": "level=info \"x\""})", "[1]",
        R"({"no": "entry"})"});
  EXPECT_EQ(
      ask.logs(R"({app="a"} | unpack)"),
      (Texts{
          R"({__error__=JSONParserErr,__error_details__=expecting json object(6), but it is not,app=a} [1])",
          R"({app=a} {"no": "entry"})",
          R"({app=a,app_extracted=b,container=myapp,pod=p-1} level=info "x")"}));
  EXPECT_EQ(labels("| unpack | logfmt | level=`info` | keep level"), Texts{"{level=info}"});
}

TEST_F(StagesTest, a_level_is_told_by_a_property_or_a_bounded_word) {
  push({R"({"message": "error seen", "log": {"level": "Information"}})", "msg=\"an error\" lvl=WRN x",
        "time=1 nothing of level", "[ERROR] x", "debug: y", "misc:error terror",
        R"({"level": "odd"} fatal)"});
  EXPECT_EQ(lines("| line_format `{{.detected_level}}` | detected_level!=`none`"),
            (Texts{"info", "warn", "unknown", "error", "debug", "unknown", "fatal"}));
  push({"plain"}, {{"severity_number", "17"}});
  push({"plain"}, {{"severity_text", "odd"}});
  EXPECT_EQ(lines("|= `plain` | line_format `{{.detected_level}}`"), (Texts{"error", "odd"}));
}

TEST_F(StagesTest, an_interval_is_one_between_all_entries_of_the_answer) {
  data.push(Labels({{"app", "a"}}), {{10, "a1"}, {12, "a2"}, {20, "a3"}});
  data.push(Labels({{"app", "b"}}), {{11, "b1"}, {16, "b2"}, {26, "b3"}});
  QueryRequest request{.query = R"({app=~"a|b"})",
                       .end_ns = 1'000'000'000'000,
                       .interval = std::chrono::seconds(6),
                       .direction = Direction::forward};
  EXPECT_EQ(ask.logs(request), (Texts{"{app=a} a1", "{app=b} b2", "{app=b} b3"}));
  request.limit = 2;
  EXPECT_EQ(ask.logs(request), (Texts{"{app=a} a1", "{app=b} b2"}));
  request.direction = Direction::backward;
  EXPECT_EQ(ask.logs(request), (Texts{"{app=a} a3", "{app=b} b3"}));
}

}  // namespace
}  // namespace aloft::telemetry::logs::logql
