// What is pushed by other people's protocols, and what becomes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/testing/exchange.h"
#include "io/epoll_loop.h"
#include "telemetry/core/durations.h"
#include "telemetry/metrics/testing/memory_store.h"
#include "telemetry/scrape/push/graphite_lines.h"
#include "telemetry/scrape/push/influx_handler.h"
#include "telemetry/scrape/push/influx_lines.h"
#include "telemetry/scrape/push/line_sinks.h"
#include "telemetry/scrape/push/push_gateway.h"
#include "telemetry/scrape/push/statsd_state.h"

namespace aloft::telemetry::scrape {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// "series value@time".
std::vector<std::string> lines_of(const MetricBatch& batch) {
  std::vector<std::string> out;
  for (const SampleRef& sample : batch.samples)
    out.push_back(fmt::format("{} {}@{}", LabelsView(sample.labels).to_string(),
                              is_stale(sample.value) ? "stale" : format_float(sample.value), sample.time));
  return out;
}

std::vector<std::string> influx(std::string_view text, Rejections& rejections, InfluxOptions options = {}) {
  options.now = 7;
  const auto batch = read_influx_lines(text, options, rejections);
  return batch ? lines_of(*batch) : std::vector<std::string>{batch.error().message()};
}

TEST(Influx, each_field_is_a_series_with_the_tags_as_labels) {
  Rejections none;
  EXPECT_THAT(
      influx("cpu,host=a,core=0 usage=1.5,idle=98i,up=true,note=\"not a number\" 1700000000123456789\n"
             "# a remark\n\nmem free=3u\r\nload v=+1e3",
             none),
      ElementsAre("cpu_usage{core=\"0\", host=\"a\"} 1.5@1700000000123",
                  "cpu_idle{core=\"0\", host=\"a\"} 98@1700000000123",
                  "cpu_up{core=\"0\", host=\"a\"} 1@1700000000123", "mem_free 3@7", "load_v 1000@7"));
  EXPECT_EQ(none.count, 0u) << none.first;
}

TEST(Influx, escapes_are_undone_and_quoted_texts_may_hold_anything) {
  Rejections none;
  EXPECT_THAT(influx("my\\ cpu,t\\,ag=a\\=b f\\ 1=1,s=\"x, \\\" y=2\n# z\",g=2 5\nnext v=3", none),
              ElementsAre("{\"my cpu_f 1\", \"t,ag\"=\"a=b\"} 1@0", "{\"my cpu_g\", \"t,ag\"=\"a=b\"} 2@0",
                          "next_v 3@7"));
  EXPECT_EQ(none.count, 0u) << none.first;
}

TEST(Influx, times_are_in_the_unit_that_is_told) {
  Rejections none;
  InfluxOptions options;
  options.unit_ns = *influx_precision("s");
  options.labels = {{"db", "d"}};
  EXPECT_THAT(influx("a v=1 12\nb,db=own v=2 13", none, options),
              ElementsAre("a_v{db=\"d\"} 1@12000", "b_v{db=\"own\"} 2@13000"));
  EXPECT_FALSE(influx_precision("year"));
}

TEST(Influx, a_damaged_line_is_left_out_and_told) {
  for (const char* damaged : {"cpu", "cpu v", "cpu v=", "cpu v=x", ",a=b v=1", "cpu,=b v=1", "cpu,a v=1",
                              "cpu v=1 soon", "cpu v=1 2 3", "cpu v=1 99999999999999999999"}) {
    Rejections rejections;
    EXPECT_THAT(influx(fmt::format("{}\nok v=1", damaged), rejections), ElementsAre("ok_v 1@7")) << damaged;
    EXPECT_EQ(rejections.count, 1u) << damaged;
    EXPECT_THAT(rejections.first, HasSubstr("line \""));
  }
}

TEST(Influx, what_is_no_utf_8_is_refused) {
  Rejections rejections;
  EXPECT_THAT(influx("cpu,host=\xff v=1\nok v=1", rejections), ElementsAre("ok_v 1@7"));
  EXPECT_EQ(rejections.count, 1u);
}

TEST(Graphite, a_path_with_tags_a_value_and_a_time) {
  Rejections rejections;
  EXPECT_THAT(
      lines_of(read_graphite_lines("a.b.c 1.5 1700000000\nup;host=x;dc=y 2\nz 3 -1\r\n  \nt 4 0.25", 7,
                                   rejections)),
      ElementsAre("{\"a.b.c\"} 1.5@1700000000000", "up{dc=\"y\", host=\"x\"} 2@7", "z 3@7", "t 4@250"));
  EXPECT_EQ(rejections.count, 0u);
  EXPECT_THAT(lines_of(read_graphite_lines("a\na b\n;x=y 1\na;x 1\na 1 2 3\na 1 1e99\nok 1", 7, rejections)),
              ElementsAre("ok 1@7"));
  EXPECT_EQ(rejections.count, 6u);
}

class StatsdTest : public ::testing::Test {
 protected:
  void add(std::string_view text, WallTime now = WallTime{1s}) {
    read_statsd_lines(
        text,
        [&](const StatsdEvent& event) {
          if (!state_.add(event, now)) ++refused_;
        },
        rejections_);
  }
  std::vector<std::string> flush(WallTime now = WallTime{10s}) { return lines_of(state_.flush(now)); }

  StatsdState state_;
  Rejections rejections_;
  int refused_ = 0;
};

TEST_F(StatsdTest, counters_grow_and_sampling_is_undone) {
  add("page.views:1|c\npage.views:2|c|@0.1\npage.views:3:4|c|#env:prod,canary\n");
  EXPECT_THAT(flush(), UnorderedElementsAre("page_views 21@10000",
                                            "page_views{canary=\"true\", env=\"prod\"} 7@10000"));
  add("page.views:1|c");
  EXPECT_THAT(flush(WallTime{20s}), Contains("page_views 22@20000"));
}

TEST_F(StatsdTest, gauges_are_set_and_moved) {
  add("temp,room=a:20|g\ntemp,room=a:+2|g\ntemp,room=a:-5|g\n");
  EXPECT_THAT(flush(), ElementsAre("temp{room=\"a\"} 17@10000"));
}

TEST_F(StatsdTest, timers_become_summaries_in_seconds) {
  add("took:100:200:300:400|ms");
  EXPECT_THAT(flush(),
              ElementsAre("took{quantile=\"0.5\"} 0.2@10000", "took{quantile=\"0.9\"} 0.4@10000",
                          "took{quantile=\"0.99\"} 0.4@10000", "took_sum 1@10000", "took_count 4@10000"));
  EXPECT_THAT(flush(WallTime{20s}), Contains("took{quantile=\"0.5\"} NaN@20000"));
}

TEST_F(StatsdTest, a_set_counts_its_members_anew_each_time) {
  add("users:ann|s\nusers:bob|s\nusers:ann|s");
  EXPECT_THAT(flush(), ElementsAre("users 2@10000"));
  EXPECT_THAT(flush(WallTime{20s}), ElementsAre("users 0@20000"));
}

TEST_F(StatsdTest, what_falls_silent_ends) {
  add("a:1|c");
  flush();
  EXPECT_THAT(flush(WallTime{1000s}), ElementsAre("a stale@1000000"));
  EXPECT_EQ(state_.size(), 0u);
}

TEST_F(StatsdTest, many_values_are_thinned_and_still_counted) {
  for (int i = 0; i < 20'000; ++i) add(fmt::format("d:{}|h", i));
  const auto lines = flush();
  EXPECT_THAT(lines, Contains("d_count 20000@10000"));
  double median = 0;
  for (const std::string& line : lines) {
    if (line.starts_with("d{quantile=\"0.5\"}")) median = std::stod(line.substr(line.find('}') + 2));
  }
  EXPECT_NEAR(median, 10'000, 100);
}

TEST_F(StatsdTest, damaged_lines_are_counted) {
  add("a\na:1\na:1|x\n:1|c\na:x|c\na:1|c|@0\n_e{1,1}:a|b\n_sc|x|0\n\n");
  EXPECT_EQ(rejections_.count, 6u);
  add("same:1|c\nsame:1|g");
  EXPECT_EQ(refused_, 1) << "another kind";
}

class PushTest : public ::testing::Test {
 protected:
  PushTest() {
    pipeline.add(store);
    influx_handler.add_routes(router);
    gateway.add_routes(router);
  }
  int ask(std::string method, std::string target, std::string body = {}) {
    http::RequestHead head = http::testing::request(std::move(method), std::move(target));
    auto response = loop.run_until_done(client->send(std::move(head), std::move(body)));
    if (!response) return 0;
    answer = *loop.run_until_done((*response)->read_whole_body());
    return (*response)->head().status;
  }
  // The newest value of each series, without push_time_seconds.
  std::vector<std::string> newest() {
    std::vector<std::string> out;
    const std::vector<Matcher> all = {*Matcher::make(MatchType::regex, "__name__", ".+")};
    const auto selection = store.select(0, INT64_MAX / 4, all, {});
    metrics::Column column;
    for (std::size_t i = 0; i < (*selection)->size(); ++i) {
      EXPECT_TRUE((*selection)->read(i, 0, INT64_MAX / 4, column));
      const std::string name = (*selection)->labels(i).to_string();
      if (name.starts_with("push_time")) continue;
      out.push_back(fmt::format(
          "{} {}", name, is_stale(column.values.back()) ? "stale" : format_float(column.values.back())));
    }
    return out;
  }

  io::EpollLoop loop;
  io::Pool pool{2};
  Metrics metrics;
  SystemClock clock;
  Pipeline pipeline{pool, PipelineLimits(), metrics};
  metrics::MemoryStore store;
  Router router;
  InfluxHandler influx_handler{loop, pipeline, clock};
  PushGateway gateway{loop, pipeline, clock};
  http::testing::InMemoryServer server{loop, router};
  std::unique_ptr<http::Client> client = server.client();
  std::string answer;
};

TEST_F(PushTest, lines_of_influx_are_taken_at_all_its_paths) {
  EXPECT_EQ(ask("POST", "/write?db=d&precision=s", "a v=1 12\n"), 204);
  EXPECT_EQ(ask("POST", "/api/v2/write?org=o&bucket=b", "b v=1"), 204);
  EXPECT_EQ(ask("POST", "/influx/write", "c v=1\nbroken\n"), 400);
  EXPECT_THAT(answer, HasSubstr("1 of 2 not taken: line \"broken\""));
  EXPECT_EQ(ask("POST", "/write?precision=year", "a v=1"), 400);
  EXPECT_THAT(newest(), ElementsAre("a_v{db=\"d\"} 1", "b_v 1", "c_v 1"));
}

TEST_F(PushTest, groups_are_replaced_in_part_or_as_a_whole_and_end) {
  EXPECT_EQ(ask("PUT", "/metrics/job/backup/disk/sda", "# TYPE done counter\ndone 1\nsize{job=\"x\"} 5\n"),
            200);
  EXPECT_THAT(newest(),
              ElementsAre("done{disk=\"sda\", job=\"backup\"} 1", "size{disk=\"sda\", job=\"backup\"} 5"));
  EXPECT_EQ(ask("POST", "/metrics/job/backup/disk/sda", "done 2\n"), 200);
  EXPECT_EQ(ask("POST", "/metrics/job/backup/path@base64/L3Zhci90bXA", "done 3\n"), 200);
  EXPECT_EQ(ask("DELETE", "/metrics/job/backup/disk/sda"), 202);
  EXPECT_THAT(newest(), ElementsAre("done{disk=\"sda\", job=\"backup\"} stale",
                                    "done{job=\"backup\", path=\"/var/tmp\"} 3",
                                    "size{disk=\"sda\", job=\"backup\"} stale"));
}

TEST_F(PushTest, what_no_group_can_hold_is_refused) {
  EXPECT_EQ(ask("PUT", "/metrics/instance/a", "x 1\n"), 400);
  EXPECT_EQ(ask("PUT", "/metrics/job/a/b", "x 1\n"), 400);
  EXPECT_EQ(ask("PUT", "/metrics/job/a", "x 1 1234\n"), 400);
  EXPECT_EQ(ask("PUT", "/metrics/job/a", "x one\n"), 400);
  EXPECT_THAT(newest(), IsEmpty());
}

TEST_F(PushTest, graphite_comes_over_tcp) {
  GraphiteServer graphite({loop, pipeline, clock, metrics});
  const auto address = graphite.listen(io::Address("127.0.0.1", 0));
  ASSERT_TRUE(address) << address.error().message();
  auto connected = loop.run_until_done(io::connect(loop, *address));
  ASSERT_TRUE(connected);
  const std::string text = "a.b 1 1700000000\nunfinished 2";
  ASSERT_TRUE(loop.run_until_done((*connected)->write(std::as_bytes(std::span(text)))));
  (*connected)->shutdown_write();
  const auto arrived = [&]() -> io::Task<> {
    while (newest().size() < 2) co_await loop.sleep(1ms);
  };
  loop.run_until_done(arrived());
  EXPECT_THAT(newest(), UnorderedElementsAre("{\"a.b\"} 1", "unfinished 2"));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
