// Queries over a small store: what stages do to lines and labels, and what aggregations make of them.
#include "telemetry/logs/logql/engine.h"

#include <gtest/gtest.h>

#include "telemetry/core/durations.h"
#include "telemetry/logs/testing/temporary_store.h"

namespace aloft::telemetry::logs::logql {
namespace {

class EngineTest : public ::testing::Test {
 protected:
  static std::string pairs(const Pairs& labels) {
    std::string out;
    for (const auto& [name, value] : labels)
      out += fmt::format("{}{}={}", out.empty() ? "" : ",", name, value);
    return out;
  }
  // "{labels} line" for each entry, in the order of the answer.
  std::vector<std::string> logs(std::string query, std::size_t limit = 100,
                                Direction direction = Direction::forward) {
    auto result = Engine(data.store(), pool, limits)
                      .execute({.tenant = "",
                                .query = std::move(query),
                                .start_ns = 0,
                                .end_ns = 1'000'000'000'000,
                                .direction = direction,
                                .limit = limit});
    if (!result) return {result.error().message()};
    std::vector<std::string> out;
    for (const auto& stream : result->streams)
      for (const auto& entry : stream.entries)
        out.push_back(fmt::format("{{{}}} {}", pairs(stream.labels), entry.line));
    return out;
  }
  // "{labels} value@seconds ..." for each series.
  std::vector<std::string> metric(std::string query, std::int64_t start, std::int64_t end,
                                  std::int64_t step) {
    auto result = Engine(data.store(), pool, limits)
                      .execute({.tenant = "",
                                .query = std::move(query),
                                .instant = step == 0,
                                .start_ns = start * 1'000'000'000,
                                .end_ns = end * 1'000'000'000,
                                .step = std::chrono::seconds(step)});
    if (!result) return {result.error().message()};
    std::vector<std::string> out;
    for (const auto& series : result->series) {
      std::string text = series.labels.to_string();
      for (const auto& point : series.points)
        text += fmt::format(" {}@{}", format_float(point.value), point.time_ns / 1'000'000'000);
      out.push_back(text);
    }
    return out;
  }
  std::vector<std::string> at(std::string query, std::int64_t time) {
    return metric(std::move(query), time, time, 0);
  }
  using Texts = std::vector<std::string>;

  TemporaryStore data;
  io::Pool pool{3};
  QueryLimits limits;
};

TEST_F(EngineTest, entries_come_in_order_and_up_to_the_limit) {
  data.push(Labels({{"app", "a"}}), {{1, "one"}, {3, "three"}, {5, "five"}});
  data.push(Labels({{"app", "b"}}), {{2, "two"}, {4, "four"}});
  EXPECT_EQ(logs(R"({app=~"a|b"})", 3), (Texts{"{app=a} one", "{app=a} three", "{app=b} two"}));
  EXPECT_EQ(logs(R"({app=~"a|b"})", 3, Direction::backward),
            (Texts{"{app=a} five", "{app=a} three", "{app=b} four"}));
  ASSERT_TRUE(data.store().flush());
  EXPECT_EQ(logs(R"({app=~"a|b"})", 3, Direction::backward),
            (Texts{"{app=a} five", "{app=a} three", "{app=b} four"}));
  EXPECT_EQ(logs(R"({app="a"} |= "e" != "on")"), (Texts{"{app=a} three", "{app=a} five"}));
  EXPECT_EQ(logs(R"({app="a"} |= "one" or "five")"), (Texts{"{app=a} one", "{app=a} five"}));
  EXPECT_EQ(logs(R"({app="a"} |~ "t.*e$")"), (Texts{"{app=a} three"}));
}

TEST_F(EngineTest, json_becomes_labels) {
  data.push(
      Labels({{"app", "a"}}),
      {{1, R"({"status": 200, "app": "inner", "req": {"path": "/x", "2nd": true}, "list": [1], "none": )"
           R"(null, "e": "ä\n"})"},
       {2, "no json"}});
  EXPECT_EQ(
      logs(R"({app="a"} | json | __error__="" | drop e)"),
      (Texts{R"({app=a,app_extracted=inner,req_2nd=true,req_path=/x,status=200} {"status": 200, "app": )"
             R"("inner", "req": {"path": "/x", "2nd": true}, "list": [1], "none": null, "e": "ä\n"})"}));
  EXPECT_EQ(logs(R"({app="a"} | json | __error__!="" | line_format "{{.__error__}}: {{.__error_details__}}")"
                 R"( | drop __error__, __error_details__)"),
            (Texts{"{app=a} JSONParserErr: Value looks like object, but can't find closing '}' symbol"}));
  EXPECT_EQ(logs(R"({app="a"} | json p="req.path", l="list[0]", m="missing" | p!="" | line_format "{{.p}} {)"
                 R"({.l}}{{.m}}" | keep app)"),
            (Texts{"{app=a} /x 1"}));
  EXPECT_EQ(
      logs(R"({app="a"} | json | status >= 200 and status < 300 | line_format "{{.status}}" | keep app)"),
      (Texts{"{app=a} 200"}));
}

TEST_F(EngineTest, what_a_parser_found_stays_for_the_parsers_behind_it) {
  data.push(Labels({{"app", "a"}}), {{1, R"({"x": "json", "m": "x=logfmt y=1"})"}});
  EXPECT_EQ(logs(R"({app="a"} | json | line_format "{{.m}}" | logfmt | drop m)"),
            (Texts{"{app=a,x=json,y=1} x=logfmt y=1"}));
}

TEST_F(EngineTest, escapes_of_logfmt_values_are_those_of_json) {
  data.push(Labels({{"app", "a"}}), {{1, R"(m="\u00e9 \ud83d\ude00 \'q\'")"}, {2, R"(m="\u12zz" n=1)"}});
  EXPECT_EQ(logs(R"({app="a"} | logfmt --strict | __error__="" | line_format "{{.m}}" | drop m)"),
            (Texts{"{app=a} é \U0001f600 'q'"}));
  EXPECT_EQ(logs(R"({app="a"} | logfmt --strict | __error__!="" | line_format "{{.__error__}}" | keep app)"
                 R"( | drop __error__, __error_details__)"),
            (Texts{"{app=a} LogfmtParserErr"}));
}

TEST_F(EngineTest, logfmt_regexp_and_pattern_become_labels) {
  data.push(Labels({{"app", "a"}}),
            {{1, R"(level=info msg="hello \"you\"" took=15ms size=2KB empty= flag)"}});
  EXPECT_EQ(logs(R"({app="a"} | logfmt | took > 10ms and size <= 2kB | line_format "{{.level}} {{.msg}}" | )"
                 R"(keep app, level)"),
            (Texts{R"({app=a,level=info} info hello "you")"}));
  EXPECT_EQ(logs(R"({app="a"} | logfmt --keep-empty l="level", empty | line_format "x" )"),
            (Texts{"{app=a,empty=,l=info} x"}));
  EXPECT_EQ(logs(R"({app="a"} | regexp "took=(?P<took>\\d+)ms" | line_format "{{.took}}")"),
            (Texts{"{app=a,took=15} 15"}));
  EXPECT_EQ(
      logs(R"({app="a"} | pattern "level=<l> <_> took=<t> <_>" | line_format "{{.l}}/{{.t}}" | drop l, t)"),
      (Texts{"{app=a} info/15ms"}));
  EXPECT_EQ(logs(R"({app="a"} |> "level=<_> msg=<_> flag" | line_format "y")"), (Texts{"{app=a} y"}));
  EXPECT_EQ(logs(R"({app="a"} !> "level=<_> msg=<_> flag")"), (Texts{}));
}

TEST_F(EngineTest, templates_see_line_time_and_functions) {
  data.push(Labels({{"app", "Web"}}), {{90, "GET /x?y=1"}});
  EXPECT_EQ(logs(R"({app="Web"} | line_format "{{lower .app}} {{__line__ | trunc 3}} {{__timestamp__ | unix)"
                 R"(Epoch}} {{.nope}}")"),
            (Texts{"{app=Web} web GET 90 "}));
  EXPECT_EQ(logs(R"({app="Web"} | label_format up="{{ .app | upper | replace \"W\" \"w\" }}", moved=app | l)"
                 R"(ine_format "{{add 1 2}} {{regexReplaceAll \"[a-z]+\" __line__ \"_\"}}")"),
            (Texts{"{moved=Web,up=wEB} 3 GET /_?_=1"}));
  EXPECT_EQ(logs(R"({app="Web"} | line_format "{{ alignLeft 5 .app }}|{{ default \"d\" .x }}|{{ date \"15:0)"
                 R"(4:05\" __timestamp__ }}")"),
            (Texts{"{app=Web} Web  |d|00:01:30"}));
}

TEST_F(EngineTest, fields_are_labels_that_parsers_do_not_hide) {
  data.push(Labels({{"app", "a"}}), {{1, "trace=inner"}}, {{"app", "field"}, {"trace", "abc"}});
  EXPECT_EQ(logs(R"({app="a"} | trace="abc")"), (Texts{"{app=a,app_extracted=field,trace=abc} trace="
                                                       "inner"}));
  ASSERT_TRUE(data.store().flush());
  EXPECT_EQ(logs(R"({app="a"} | trace="abc")"), (Texts{"{app=a,app_extracted=field,trace=abc} trace="
                                                       "inner"}));
  EXPECT_EQ(logs(R"({app="a"} | trace="abd")"), (Texts{}));
  EXPECT_EQ(logs(R"({app="a"} | logfmt | keep trace)"), (Texts{"{trace=abc} trace=inner"}));
}

TEST_F(EngineTest, unpack_decolorize_and_addresses) {
  data.push(Labels({{"app", "a"}}),
            {{1, R"({"pod": "p1", "_entry": "from 10.1.2.3:80"})"}, {2, "\x1b[31mred\x1b[0m ::1"}});
  EXPECT_EQ(logs(R"({app="a"} | unpack | pod="p1")"), (Texts{"{app=a,pod=p1} from 10.1.2.3:80"}));
  EXPECT_EQ(logs(R"({app="a"} |= "red" | decolorize)"), (Texts{"{app=a} red ::1"}));
  EXPECT_EQ(logs(R"({app="a"} |= ip("10.0.0.0/8") | unpack | drop pod)").size(), 1u);
  EXPECT_EQ(logs(R"({app="a"} |= ip("::/64") | decolorize)"), (Texts{"{app=a} red ::1"}));
  EXPECT_EQ(logs(R"({app="a"} != ip("10.1.2.1-10.1.2.9") | decolorize)"), (Texts{"{app=a} red ::1"}));
}

TEST_F(EngineTest, counts_and_rates_over_windows_open_on_the_left) {
  data.push(Labels({{"app", "a"}}), {{10, "xx"}, {20, "yyy"}, {30, "z"}});
  data.push(Labels({{"app", "b"}}), {{30, "z"}});
  EXPECT_EQ(metric(R"(count_over_time({app="a"}[20s]))", 10, 50, 10),
            (Texts{R"({app="a"} 1@10 2@20 2@30 1@40)"}));
  ASSERT_TRUE(data.store().flush());
  EXPECT_EQ(metric(R"(count_over_time({app="a"}[20s]))", 10, 50, 10),
            (Texts{R"({app="a"} 1@10 2@20 2@30 1@40)"}));
  EXPECT_EQ(at(R"(rate({app="a"}[30s]))", 30), (Texts{R"({app="a"} 0.1@30)"}));
  EXPECT_EQ(at(R"(bytes_over_time({app="a"}[20s]))", 30), (Texts{R"({app="a"} 4@30)"}));
  EXPECT_EQ(at(R"(bytes_rate({app="a"}[20s]))", 30), (Texts{R"({app="a"} 0.2@30)"}));
  EXPECT_EQ(at(R"(count_over_time({app="a"}[20s] offset 10s))", 40), (Texts{R"({app="a"} 2@40)"}));
  EXPECT_EQ(at(R"(sum(count_over_time({app=~".+"}[1m])))", 30), (Texts{"{} 4@30"}));
  EXPECT_EQ(at(R"(absent_over_time({app="c",x!="y"}[1m]))", 30), (Texts{R"({app="c"} 1@30)"}));
  EXPECT_EQ(at(R"(absent_over_time({app="a"}[1m]))", 30), (Texts{}));
}

TEST_F(EngineTest, unwrapped_values_are_aggregated) {
  data.push(Labels({{"app", "a"}}), {{10, "ms=10 d=1s size=1KB h=x"},
                                     {20, "ms=30 d=2s size=2KB h=x"},
                                     {30, "ms=20 d=3s size=1KiB h=y"},
                                     {31, "nothing"}});
  const auto over = [&](std::string op, std::string unwrap = "ms") {
    return at(op + R"(({app="a"} | logfmt | unwrap )" + unwrap + " | __error__=\"\" [1m]) by (app)", 60);
  };
  EXPECT_EQ(over("avg_over_time"), (Texts{R"({app="a"} 20@60)"}));
  EXPECT_EQ(over("max_over_time"), (Texts{R"({app="a"} 30@60)"}));
  EXPECT_EQ(over("min_over_time"), (Texts{R"({app="a"} 10@60)"}));
  EXPECT_EQ(over("first_over_time"), (Texts{R"({app="a"} 10@60)"}));
  EXPECT_EQ(over("last_over_time"), (Texts{R"({app="a"} 20@60)"}));
  EXPECT_EQ(over("stdvar_over_time", "duration(d)"), (Texts{R"({app="a"} 0.6666666666666666@60)"}));
  EXPECT_EQ(over("max_over_time", "bytes(size)"), (Texts{R"({app="a"} 2000@60)"}));
  EXPECT_EQ(at(R"(quantile_over_time(0.5, {app="a"} | logfmt | unwrap ms [1m]) by ())", 60),
            (Texts{"{} 20@60"}));
  EXPECT_EQ(at(R"(sum_over_time({app="a"} | logfmt | keep app, h, ms | unwrap ms [1m]))", 60),
            (Texts{R"({app="a", h="x"} 40@60)", R"({app="a", h="y"} 20@60)"}));
  EXPECT_EQ(at(R"(sum by (app) (rate({app="a"} | logfmt | unwrap ms [1m])))", 60),
            (Texts{R"({app="a"} 1@60)"}));
  EXPECT_EQ(at(R"(sum_over_time({app="a"} | logfmt | unwrap h [1m]))", 60)[0].substr(0, 37),
            "pipeline error: 'SampleExtractionErr'");
}

TEST_F(EngineTest, parse_errors_fail_metric_queries_only_where_labels_matter) {
  data.push(Labels({{"app", "a"}}), {{1, "no json"}, {2, R"({"x":"1"})"}});
  EXPECT_EQ(at(R"(sum(count_over_time({app="a"} | json [1m])))", 10), (Texts{"{} 2@10"}));
  EXPECT_EQ(at(R"(sum by (x) (count_over_time({app="a"} | json [1m])))", 10)[0].substr(0, 32),
            "pipeline error: 'JSONParserErr' ");
  EXPECT_EQ(at(R"(sum by (x) (count_over_time({app="a"} | json | __error__="" [1m])))", 10),
            (Texts{R"({x="1"} 1@10)"}));
}

TEST_F(EngineTest, vectors_are_aggregated_and_combined) {
  data.push(Labels({{"app", "a"}, {"env", "p"}}), {{1, "x"}, {2, "x"}, {3, "x"}});
  data.push(Labels({{"app", "b"}, {"env", "p"}}), {{1, "x"}});
  data.push(Labels({{"app", "c"}, {"env", "q"}}), {{1, "x"}, {2, "x"}});
  const std::string all = R"(count_over_time({app=~".+"}[1m]))";
  EXPECT_EQ(at("sum by (env) (" + all + ")", 10), (Texts{R"({env="p"} 4@10)", R"({env="q"} 2@10)"}));
  EXPECT_EQ(at("avg without (app) (" + all + ")", 10), (Texts{R"({env="p"} 2@10)", R"({env="q"} 2@10)"}));
  EXPECT_EQ(at("topk(1, " + all + ")", 10), (Texts{R"({app="a", env="p"} 3@10)"}));
  EXPECT_EQ(at("bottomk by (env) (1, " + all + ")", 10),
            (Texts{R"({app="b", env="p"} 1@10)", R"({app="c", env="q"} 2@10)"}));
  EXPECT_EQ(at("sort_desc(sum by (app) (" + all + "))", 10),
            (Texts{R"({app="a"} 3@10)", R"({app="c"} 2@10)", R"({app="b"} 1@10)"}));
  EXPECT_EQ(at("count(" + all + ")", 10), (Texts{"{} 3@10"}));
  EXPECT_EQ(at(all + " > 1", 10), (Texts{R"({app="a", env="p"} 3@10)", R"({app="c", env="q"} 2@10)"}));
  EXPECT_EQ(at("2 > bool sum(" + all + ")", 10), (Texts{"{} 0@10"}));
  EXPECT_EQ(at("sum by (app) (" + all + ") / ignoring (app) group_left sum(" + all + ")", 10)[0],
            R"({app="a"} 0.5@10)");
  EXPECT_EQ(at("sum by (app) (" + all + R"() unless sum by (app) (count_over_time({app="a"}[1m])))", 10),
            (Texts{R"({app="b"} 1@10)", R"({app="c"} 2@10)"}));
  EXPECT_EQ(at(R"(sum(count_over_time({app="none"}[1m])) or vector(0))", 10), (Texts{"{} 0@10"}));
  EXPECT_EQ(at(all + " / on (env) " + all, 10)[0].substr(0, 22), "found duplicate series");
  EXPECT_EQ(at(R"(label_replace(sum by (app) ()" + all + R"x(), "n", "x-$1", "app", "(a|b)"))x", 10),
            (Texts{R"({app="a", n="x-a"} 3@10)", R"({app="b", n="x-b"} 1@10)", R"({app="c"} 2@10)"}));
  EXPECT_EQ(at("1 / 0", 10), (Texts{"{} NaN@10"}));
}

TEST_F(EngineTest, limits_name_themselves) {
  data.push(Labels({{"app", "a"}}), {{1, "n=1"}, {2, "n=2"}, {3, "n=3"}});
  limits.series = 2;
  EXPECT_EQ(at(R"(count_over_time({app="a"} | logfmt [1m]))", 10)[0].substr(0, 47),
            "maximum number of series (2) reached for a sing");
  limits.points = 10;
  EXPECT_EQ(metric(R"(count_over_time({app="a"}[1m]))", 0, 100, 1)[0].substr(0, 36),
            "exceeded maximum resolution of 10 po");
  limits.scanned_bytes = 1;
  EXPECT_EQ(logs(R"({app="a"} |= "zz")").size(), 0u);
  EXPECT_EQ(logs(R"({app="a"})", 6000)[0].substr(0, 20), "max entries limit pe");
}

TEST_F(EngineTest, a_level_is_found_when_it_is_asked_for) {
  data.push(Labels({{"app", "a"}}), {{1, "level=warn x"}, {2, "plain"}, {3, R"({"severity":"ERROR"})"}});
  EXPECT_EQ(logs(R"({app="a"} | detected_level="warn" | drop detected_level)"),
            (Texts{"{app=a} level=warn x"}));
  EXPECT_EQ(at(R"(sum by (detected_level) (count_over_time({app="a"}[1m])))", 10),
            (Texts{R"({detected_level="error"} 1@10)", R"({detected_level="unknown"} 1@10)",
                   R"({detected_level="warn"} 1@10)"}));
}

}  // namespace
}  // namespace aloft::telemetry::logs::logql
