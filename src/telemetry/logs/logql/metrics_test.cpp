// Metric queries: what errors do to them, windows, ranks and matches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/logs/testing/ask.h"

namespace aloft::telemetry::logs::logql {
namespace {

using ::testing::StartsWith;

class MetricsTest : public ::testing::Test {
 protected:
  using Texts = Ask::Texts;
  TemporaryStore data;
  Ask ask{data};
};

TEST_F(MetricsTest, errors_are_refused_unless_they_are_asked_for) {
  data.push(Labels({{"app", "a"}}), {{1, "no json"}, {2, R"({"x":"1"})"}, {3, R"({"x":"y"})"}});
  const std::string refused =
      "pipeline error: 'JSONParserErr' for series: '{__error__=\"JSONParserErr\", "
      "__error_details__=";
  EXPECT_THAT(ask.at(R"(count_over_time({app="a"} | json [1m]))", 10)[0], StartsWith(refused));
  EXPECT_THAT(ask.at(R"(count_over_time({app="a"} | json | __error__!="" [1m]))", 10)[0],
              StartsWith(refused));
  EXPECT_EQ(ask.at(R"(sum(count_over_time({app="a"} | json | __error__!="" [1m])))", 10), Texts{"{} 1@10"});
  EXPECT_EQ(ask.at(R"(sum by (__error__) (count_over_time({app="a"} | json [1m])))", 10),
            (Texts{"{} 2@10", R"({__error__="JSONParserErr"} 1@10)"}));
  EXPECT_EQ(ask.at(R"(sum by (x) (count_over_time({app="a"} | json | __error__="" [1m])))", 10),
            (Texts{R"({x="1"} 1@10)", R"({x="y"} 1@10)"}));
  EXPECT_THAT(
      ask.at(R"(sum by (app) (sum_over_time({app="a"} | json | __error__="" | unwrap x [1m])))", 10)[0],
      StartsWith("pipeline error: 'SampleExtractionErr'"));
  EXPECT_EQ(ask.at(R"(sum by (app) (sum_over_time({app="a"} | json | unwrap x | __error__="" [1m])))", 10),
            Texts{R"({app="a"} 1@10)"});
  // What lies in no window is not looked at.
  EXPECT_EQ(ask.metric(R"(sum by (x) (count_over_time({app="a"} | json [1s])))", 2, 2, 1),
            Texts{R"({x="1"} 1@2)"});
}

TEST_F(MetricsTest, counters_and_single_samples) {
  data.push(Labels({{"app", "a"}}), {{10, "v=10"}, {20, "v=20"}, {30, "v=5"}, {40, "v=15"}});
  const auto over = [&](const std::string& op, const std::string& range) {
    return ask.at(op + R"(({app="a"} | logfmt | unwrap v )" + range + ")", 45)[0];
  };
  // 10 to 15 with a reset behind 20: 25 in 30 s, which the window's borders make 37.5 in 45 s.
  EXPECT_EQ(over("rate_counter", "[45s]"), R"({app="a"} 0.8333333333333334@45)");
  EXPECT_EQ(over("rate_counter", "[10s]"), R"({app="a"} 0@45)");
  EXPECT_EQ(over("rate", "[40s]"), R"({app="a"} 1.25@45)");
  EXPECT_EQ(over("first_over_time", "[30s]"), R"({app="a"} 20@45)");
  EXPECT_EQ(over("last_over_time", "[30s]"), R"({app="a"} 15@45)");
  EXPECT_EQ(over("avg_over_time", "[1m]"), R"({app="a"} 12.5@45)");
  EXPECT_EQ(over("stddev_over_time", "[1m]"), R"({app="a"} 5.5901699437494745@45)");
  EXPECT_EQ(over("quantile_over_time(0.99, {app=\"none\"}[1s]) or sum_over_time", "[1m]").substr(0, 11),
            "parse error");
}

TEST_F(MetricsTest, ranges_stand_anywhere_behind_the_selector) {
  data.push(Labels({{"app", "a"}}), {{10, "v=1 x"}, {20, "v=2 y"}});
  for (const char* query :
       {R"(sum(count_over_time({app="a"}[1m] |= "x")))", R"(sum(count_over_time({app="a"} |= "x" [1m])))",
        R"(sum(count_over_time(({app="a"} |= "x")[1m])))", R"(sum(count_over_time(({app="a"} |= "x" [1m]))))",
        R"(sum(count_over_time({app="a"} |= "x" # comment
           [1m]
           # another
           )))"})
    EXPECT_EQ(ask.at(query, 30), Texts{"{} 1@30"}) << query;
  EXPECT_EQ(ask.at(R"(sum(count_over_time({app="a"}[10s] offset 10s)))", 30), Texts{"{} 1@30"});
  EXPECT_EQ(ask.at(R"(sum(count_over_time({app="a"}[10s] offset -10s)))", 10), Texts{"{} 1@10"});
  EXPECT_EQ(ask.at(R"(SUM(COUNT_OVER_TIME({app="a"}[1h30m])) BY (app))", 30), Texts{R"({app="a"} 2@30)"});
  EXPECT_EQ(ask.at(R"(sum(rate({app="a"} | logfmt | unwrap v [20s])) without (app))", 20),
            Texts{"{} 0.15@20"});
}

// Seconds and values of lines, and what each window is worth by looking at every line.
using Lines = std::vector<std::pair<int, int>>;
std::string by_looking(const Lines& lines, int start, int end, int step, int range, int offset, bool sum) {
  std::string out;
  for (int t = start; t <= end; t += step) {
    int count = 0, total = 0;
    for (const auto& [second, value] : lines) {
      if (second > t - offset - range && second <= t - offset) {
        ++count;
        total += value;
      }
    }
    if (count != 0) out += fmt::format(" {}@{}", sum ? total : count, t);
  }
  return out;
}

TEST_F(MetricsTest, windows_hold_what_lies_behind_their_beginning_up_to_their_end) {
  Lines lines;
  std::vector<TemporaryStore::Line> stored;
  for (int i = 0; i < 40; ++i) {
    lines.emplace_back(i * i % 97 + 1, i);
    stored.emplace_back(lines.back().first, fmt::format("v={}", i));
  }
  data.push(Labels({{"app", "a"}}), stored);
  EXPECT_TRUE(rc::check([&] {
    const int start = *rc::gen::inRange(0, 120), step = *rc::gen::inRange(1, 40);
    const int end = start + *rc::gen::inRange(0, 120);
    const int range = *rc::gen::inRange(1, 60), offset = *rc::gen::inRange(-30, 30);
    const std::string window = fmt::format("[{}s] offset {}s", range, offset);
    for (const bool sum : {false, true}) {
      const std::string query = sum ? "sum_over_time({app=\"a\"} | logfmt | unwrap v " + window + ")"
                                    : "count_over_time({app=\"a\"}" + window + ")";
      const std::string expected = by_looking(lines, start, end, step, range, offset, sum);
      const Texts found = ask.metric(query, start, end, step);
      RC_ASSERT(found == (expected.empty() ? Texts{} : Texts{R"({app="a"})" + expected}));
    }
  }));
}

TEST_F(MetricsTest, absence_is_told_with_the_labels_that_are_certain) {
  data.push(Labels({{"app", "a"}}), {{10, "v=1"}});
  EXPECT_EQ(ask.at(R"(absent_over_time({app="b", env="p", x=~"y", app!="c"}[1m]))", 30),
            Texts{R"({env="p"} 1@30)"});
  EXPECT_EQ(ask.at(R"(absent_over_time({app="a"} | logfmt | unwrap v [1m]))", 30), Texts{});
  EXPECT_EQ(ask.at(R"(absent_over_time({app="a"} | logfmt | unwrap w [1m]))", 30),
            Texts{R"({app="a"} 1@30)"});
  EXPECT_EQ(ask.metric(R"(absent_over_time({app="a"}[5s]))", 5, 20, 5), Texts{R"({app="a"} 1@5 1@15 1@20)"});
}

TEST_F(MetricsTest, order_matching_and_approximation) {
  for (const auto& [app, count] : std::vector<std::pair<std::string, int>>{{"a", 3}, {"b", 1}, {"c", 2}}) {
    std::vector<TemporaryStore::Line> lines;
    for (int i = 1; i <= count; ++i) lines.emplace_back(i, "x");
    data.push(Labels({{"app", app}, {"env", app == "c" ? "q" : "p"}}), lines);
  }
  const std::string all = R"(sum by (app, env) (count_over_time({app=~".+"}[1m])))";
  EXPECT_EQ(
      ask.at("sort_desc(" + all + ") * 2", 10),
      (Texts{R"({app="a", env="p"} 6@10)", R"({app="c", env="q"} 4@10)", R"({app="b", env="p"} 2@10)"}));
  EXPECT_EQ(ask.at("sort(" + all + ") > 1", 10),
            (Texts{R"({app="c", env="q"} 2@10)", R"({app="a", env="p"} 3@10)"}));
  EXPECT_EQ(ask.at("topk(1, " + all + ") by (env)", 10),
            (Texts{R"({app="a", env="p"} 3@10)", R"({app="c", env="q"} 2@10)"}));
  EXPECT_EQ(ask.at("approx_topk(1, " + all + ")", 10), Texts{R"({app="a", env="p"} 3@10)"});
  EXPECT_EQ(ask.metric("approx_topk(1, " + all + ")", 0, 10, 5)[0],
            "approx_topk is only supported for instant queries");
  // The right side is looked at even where nothing stands on the left.
  EXPECT_THAT(ask.at("vector(1) / on (none) " + all, 10)[0],
              StartsWith("found duplicate series on the right hand-side"));
  EXPECT_EQ(ask.at(all + " / on (env) group_left sum by (env) (" + all + ")", 10),
            (Texts{R"({app="a", env="p"} 0.75@10)", R"({app="b", env="p"} 0.25@10)",
                   R"({app="c", env="q"} 1@10)"}));
  EXPECT_EQ(ask.at(all + " and on (app) (" + all + " > 1)", 10).size(), 2u);
  EXPECT_EQ(ask.at(all + " == bool 2", 10), (Texts{R"({app="a", env="p"} 0@10)", R"({app="b", env="p"} 0@10)",
                                                   R"({app="c", env="q"} 1@10)"}));
  EXPECT_EQ(ask.at("2 ^ 3 ^ 2", 10), Texts{"{} 512@10"});
  EXPECT_EQ(ask.at("1 + 2 * 3 % 4 - 7", 10), Texts{"{} -4@10"});
  EXPECT_EQ(ask.at("vector(5) > 4 or vector(1)", 10), Texts{"{} 5@10"});
  EXPECT_EQ(ask.metric("vector(2)", 0, 2, 1), Texts{"{} 2@0 2@1 2@2"});
  // What Grafana asks to see whether anybody is there.
  EXPECT_EQ(ask.at("vector(1)+vector(1)", 4'000'000'000), Texts{"{} 2@4000000000"});
  EXPECT_EQ(ask.at(all, 4'000'000'000), Texts{});
  EXPECT_EQ(ask.metric(R"(count_over_time({app="a"}[100y] offset -30y))", -2'000'000'000, 5'900'000'000,
                       3'950'000'000)
                .size(),
            1u);
  EXPECT_EQ(ask.metric("vector(1)", 0, 20'000, 1)[0].substr(0, 43),
            "exceeded maximum resolution of 11,000 point");
}

}  // namespace
}  // namespace aloft::telemetry::logs::logql
