// Scraping on a clock that jumps: pace, staleness, limits, labels.
#include "telemetry/scrape/targets/scrape_pool.h"

#include <gtest/gtest.h>

#include "io/sim_loop.h"
#include "telemetry/core/compression.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr Millis start_ms = 1'700'000'000'000;

// Answers with the page of an address; an address without one never answers.
class Pages final : public Fetcher {
 public:
  Pages(io::Loop& loop, std::map<std::string, FetchedPage>& pages) : loop_(loop), pages_(pages) {}
  io::Task<Result<FetchedPage>> fetch(FetchRequest request) override {
    last = request;
    co_await loop_.sleep(1ms);
    const auto it = pages_.find(request.address);
    if (it == pages_.end()) co_await loop_.sleep(1h);
    FetchedPage page = it->second;
    if (page.body.size() > request.body_limit_bytes)
      co_return fail(Code::too_large, "more bytes than allowed");
    co_return page;
  }
  FetchRequest last;

 private:
  io::Loop& loop_;
  std::map<std::string, FetchedPage>& pages_;
};

// Keeps "series value" by time; decodes at once.
class Kept final : public ScrapeSink {
 public:
  io::Task<Result<WriteReport>> take(std::size_t,
                                     std::move_only_function<Result<MetricBatch>()> decode) override {
    auto batch = decode();
    if (!batch) co_return fail(std::move(batch).error());
    WriteReport report;
    for (const SampleRef& s : batch->samples) {
      const std::string value = is_stale(s.value) ? "stale" : fmt::format("{}", s.value);
      const std::string name = LabelsView(s.labels).to_string();
      if (name.starts_with("scrape_duration")) continue;
      lines[s.time].push_back(name + " " + value);
    }
    for (const MetricMetadata& m : batch->metadata) families.push_back(m.family);
    report.accepted = batch->samples.size();
    co_return report;
  }
  std::map<Millis, std::vector<std::string>> lines;
  std::vector<std::string> families;
};

class Manual final : public TargetProvider {
 public:
  explicit Manual(Update& slot) : slot_(slot) {}
  void start(Update update) override { slot_ = std::move(update); }

 private:
  Update& slot_;
};

FetchedPage text_page(std::string body) {
  FetchedPage page;
  page.status = 200;
  page.headers.add("Content-Type", "text/plain; version=0.0.4");
  page.body = std::move(body);
  return page;
}

TargetGroup group(std::vector<std::string> addresses, Labels labels = {}) {
  TargetGroup out;
  out.source = "test";
  for (const std::string& address : addresses) out.targets.push_back(Labels({{address_label, address}}));
  out.labels = std::move(labels);
  return out;
}

class ScrapePoolTest : public testing::Test {
 protected:
  ScrapePoolTest() {
    config.job_name = "j";
    config.scrape_interval = 10s;
    config.scrape_timeout = 5s;
  }
  void start() {
    auto fetcher = std::make_unique<Pages>(loop, pages);
    fetcher_ = fetcher.get();
    pool = std::make_unique<ScrapePool>(environment, config, std::move(fetcher));
    std::vector<std::unique_ptr<TargetProvider>> providers;
    providers.push_back(std::make_unique<Manual>(update));
    pool->start(std::move(providers));
    update({group({"a:1"})});
  }
  // All samples of the n-th scrape, without the report unless asked for.
  std::vector<std::string> scrape(std::size_t n, bool with_report = false) {
    if (sink.lines.size() <= n) return {"no such scrape"};
    std::vector<std::string> out;
    for (const std::string& line : std::next(sink.lines.begin(), static_cast<std::ptrdiff_t>(n))->second) {
      const bool report = line.starts_with("up{") || line.starts_with("scrape_");
      if (!report || with_report) out.push_back(line);
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  bool up(std::size_t n) {
    const auto all = scrape(n, true);
    return std::find(all.begin(), all.end(), "up{instance=\"a:1\", job=\"j\"} 1") != all.end();
  }
  using Lines = std::vector<std::string>;

  io::SimLoop loop{WallTime{std::chrono::milliseconds(start_ms)}};
  std::map<std::string, FetchedPage> pages;
  Kept sink;
  ScrapeEnvironment environment{loop, loop, sink};
  ScrapeConfig config;
  TargetProvider::Update update;
  Pages* fetcher_ = nullptr;
  std::unique_ptr<ScrapePool> pool;
};

TEST_F(ScrapePoolTest, scrapes_once_an_interval_at_aligned_times_with_a_report) {
  pages["a:1"] = text_page("# TYPE x gauge\nx{l=\"v\"} 1\n");
  start();
  loop.run_for(31s);
  ASSERT_GE(sink.lines.size(), 3u);
  const Millis first = sink.lines.begin()->first;
  EXPECT_LT(first, start_ms + 10'000);
  EXPECT_TRUE(sink.lines.contains(first + 10'000));
  EXPECT_TRUE(sink.lines.contains(first + 20'000));
  EXPECT_EQ(scrape(0, true),
            (Lines{"scrape_samples_post_metric_relabeling{instance=\"a:1\", job=\"j\"} 1",
                   "scrape_samples_scraped{instance=\"a:1\", job=\"j\"} 1",
                   "scrape_series_added{instance=\"a:1\", job=\"j\"} 1", "up{instance=\"a:1\", job=\"j\"} 1",
                   "x{instance=\"a:1\", job=\"j\", l=\"v\"} 1"}));
  EXPECT_NE(scrape(1, true)[2].find("scrape_series_added{instance=\"a:1\", job=\"j\"} 0"), std::string::npos);
  EXPECT_EQ(sink.families, Lines{"x"});
  EXPECT_EQ(pool->active().at(0)->health, TargetHealth::up);
  EXPECT_EQ(fetcher_->last.headers.get("x-prometheus-scrape-timeout-seconds"), "5");
  EXPECT_TRUE(fetcher_->last.headers.get("accept").starts_with(
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"));
}

TEST_F(ScrapePoolTest, a_series_that_vanishes_becomes_stale_once) {
  pages["a:1"] = text_page("x 1\ny 2\n");
  start();
  loop.run_for(10s);
  pages["a:1"] = text_page("x 1\n");
  loop.run_for(20s);
  EXPECT_EQ(scrape(1), (Lines{"x{instance=\"a:1\", job=\"j\"} 1", "y{instance=\"a:1\", job=\"j\"} stale"}));
  EXPECT_EQ(scrape(2), (Lines{"x{instance=\"a:1\", job=\"j\"} 1"}));
}

TEST_F(ScrapePoolTest, a_failed_scrape_makes_everything_stale_and_the_target_down) {
  pages["a:1"] = text_page("x 1\n");
  start();
  loop.run_for(10s);
  pages["a:1"].status = 500;
  loop.run_for(20s);
  EXPECT_EQ(scrape(1), (Lines{"x{instance=\"a:1\", job=\"j\"} stale"}));
  EXPECT_FALSE(up(1));
  EXPECT_EQ(scrape(2), Lines{});
  EXPECT_EQ(pool->active().at(0)->health, TargetHealth::down);
  EXPECT_EQ(pool->active().at(0)->last_error, "server returned HTTP status 500 Internal Server Error");
  pages["a:1"].status = 200;
  loop.run_for(10s);
  EXPECT_TRUE(up(3));
}

TEST_F(ScrapePoolTest, a_page_that_is_damaged_counts_for_nothing) {
  pages["a:1"] = text_page("x 1\n");
  start();
  loop.run_for(10s);
  pages["a:1"] = text_page("x 1\nnew 1\n}{\n");
  loop.run_for(10s);
  EXPECT_EQ(scrape(1), (Lines{"x{instance=\"a:1\", job=\"j\"} stale"}));
  EXPECT_EQ(pool->active().at(0)->last_error, "line 3, column 1: expected a metric name");
}

TEST_F(ScrapePoolTest, a_target_that_does_not_answer_is_given_up_at_its_timeout) {
  start();
  loop.run_for(16s);
  EXPECT_FALSE(up(0));
  EXPECT_EQ(pool->active().at(0)->last_error, "no answer within 5s");
}

TEST_F(ScrapePoolTest, labels_of_the_target_go_before_exposed_ones_unless_honoured) {
  pages["a:1"] = text_page("x{job=\"own\",exported_job=\"e\"} 1\n");
  start();
  loop.run_for(10s);
  EXPECT_EQ(scrape(0),
            (Lines{"x{exported_exported_job=\"own\", exported_job=\"e\", instance=\"a:1\", job=\"j\"} 1"}));
  pool.reset();
  sink.lines.clear();
  config.honor_labels = true;
  start();
  loop.run_for(10s);
  EXPECT_EQ(scrape(0), (Lines{"x{exported_job=\"e\", instance=\"a:1\", job=\"own\"} 1"}));
}

TEST_F(ScrapePoolTest, times_of_the_page_count_when_they_are_honoured) {
  pages["a:1"] = text_page("x 1 1234\n");
  start();
  loop.run_for(10s);
  EXPECT_EQ(sink.lines.at(1234), (Lines{"x{instance=\"a:1\", job=\"j\"} 1"}));
  // Such series are not marked as stale.
  pages["a:1"] = text_page("");
  loop.run_for(10s);
  EXPECT_EQ(scrape(2), Lines{});
  pool.reset();
  sink.lines.clear();
  pages["a:1"] = text_page("x 1 1234\n");
  config.honor_timestamps = false;
  start();
  loop.run_for(10s);
  EXPECT_FALSE(sink.lines.contains(1234));
}

TEST_F(ScrapePoolTest, limits_refuse_the_whole_page) {
  pages["a:1"] = text_page("x{l=\"long\"} 1\ny 1\n");
  const auto error_with = [&](ScrapeLimits limits) {
    pool.reset();
    sink.lines.clear();
    config.limits = limits;
    start();
    loop.run_for(10s);
    EXPECT_EQ(scrape(0), Lines{});
    EXPECT_FALSE(up(0));
    return pool->active().at(0)->last_error;
  };
  EXPECT_EQ(error_with({.samples = 1}), "sample_limit exceeded (2 samples, limit 1)");
  EXPECT_EQ(error_with({.body_size = 10}), "body size limit exceeded");
  EXPECT_EQ(error_with({.labels = 3}), "label_limit exceeded (metric: x, number of labels: 4, limit: 3)");
  EXPECT_EQ(error_with({.label_value_length = 3}).substr(0, 61),
            "label_value_length_limit exceeded (metric: x, label name: l, ");
}

TEST_F(ScrapePoolTest, more_targets_than_allowed_fail_all) {
  pages["a:1"] = text_page("x 1\n");
  config.limits.targets = 1;
  start();
  update({group({"a:1", "b:1"})});
  loop.run_for(10s);
  EXPECT_EQ(pool->active().at(0)->last_error, "target_limit exceeded (number of targets: 2, limit: 1)");
}

TEST_F(ScrapePoolTest, metric_relabelling_drops_and_renames) {
  pages["a:1"] = text_page("go_x 1\ny 2\n");
  RelabelRule drop{.action = RelabelAction::drop, .source_labels = {"__name__"}, .regex = "go_.*"};
  RelabelRule rename{
      .source_labels = {"__name__"}, .regex = "y", .target_label = "__name__", .replacement = "z"};
  ASSERT_TRUE(prepare_rule(drop));
  ASSERT_TRUE(prepare_rule(rename));
  config.metric_relabel_configs = {drop, rename};
  start();
  loop.run_for(20s);
  EXPECT_EQ(scrape(0), (Lines{"z{instance=\"a:1\", job=\"j\"} 2"}));
  EXPECT_EQ(scrape(1), (Lines{"z{instance=\"a:1\", job=\"j\"} 2"}));
}

TEST_F(ScrapePoolTest, a_target_that_vanishes_becomes_stale_unless_it_comes_back) {
  pages["a:1"] = text_page("x 1\n");
  start();
  loop.run_for(10s);
  update({});
  loop.run_for(5s);
  EXPECT_TRUE(pool->active().empty());
  update({group({"a:1"})});
  loop.run_for(20s);
  for (std::size_t i = 0; i < sink.lines.size(); ++i)
    EXPECT_EQ(scrape(i), (Lines{"x{instance=\"a:1\", job=\"j\"} 1"})) << i;
  update({});
  loop.run_for(30s);
  EXPECT_EQ(scrape(sink.lines.size() - 1, true),
            (Lines{"scrape_samples_post_metric_relabeling{instance=\"a:1\", job=\"j\"} stale",
                   "scrape_samples_scraped{instance=\"a:1\", job=\"j\"} stale",
                   "scrape_series_added{instance=\"a:1\", job=\"j\"} stale",
                   "up{instance=\"a:1\", job=\"j\"} stale", "x{instance=\"a:1\", job=\"j\"} stale"}));
}

TEST_F(ScrapePoolTest, a_changed_job_keeps_its_series_and_ends_those_that_change_their_labels) {
  pages["a:1"] = text_page("x 1\ny 1\n");
  start();
  loop.run_for(10s);
  const auto before = std::move(pool);
  RelabelRule rename{
      .source_labels = {"__name__"}, .regex = "y", .target_label = "__name__", .replacement = "z"};
  ASSERT_TRUE(prepare_rule(rename));
  config.metric_relabel_configs = {rename};
  pool = std::make_unique<ScrapePool>(environment, config, std::make_unique<Pages>(loop, pages));
  pool->inherit(*before);
  std::vector<std::unique_ptr<TargetProvider>> providers;
  providers.push_back(std::make_unique<Manual>(update));
  pool->start(std::move(providers));
  update({group({"a:1"})});
  loop.run_for(10s);
  EXPECT_EQ(scrape(1), (Lines{"x{instance=\"a:1\", job=\"j\"} 1", "y{instance=\"a:1\", job=\"j\"} stale",
                              "z{instance=\"a:1\", job=\"j\"} 1"}));
}

TEST_F(ScrapePoolTest, compressed_pages_are_read) {
  pages["a:1"] = text_page(gzip_compress("x 1\n"));
  pages["a:1"].headers.add("Content-Encoding", "gzip");
  start();
  loop.run_for(10s);
  EXPECT_EQ(scrape(0), (Lines{"x{instance=\"a:1\", job=\"j\"} 1"}));
}

TEST_F(ScrapePoolTest, a_page_without_a_known_type_needs_a_fallback) {
  pages["a:1"] = text_page("x 1\n");
  pages["a:1"].headers.clear();
  start();
  loop.run_for(10s);
  EXPECT_FALSE(up(0));
  pool.reset();
  sink.lines.clear();
  config.fallback_scrape_protocol = "PrometheusText0.0.4";
  start();
  loop.run_for(10s);
  EXPECT_TRUE(up(0));
}

TEST(ScrapeTarget, takes_its_address_path_and_times_from_labels) {
  ScrapeConfig config;
  config.job_name = "probe";
  config.scrape_interval = 1min;
  config.scrape_timeout = 10s;
  config.params = {{"module", {"http", "x y"}}};
  RelabelRule rule{.source_labels = {"__address__"}, .target_label = "__param_target"};
  RelabelRule host{.target_label = "__address__", .replacement = "prober:9115"};
  ASSERT_TRUE(prepare_rule(rule));
  ASSERT_TRUE(prepare_rule(host));
  config.relabel_configs = {rule, host};
  const Labels own(
      {{"__address__", "example.com"}, {"__scrape_interval__", "30s"}, {"__meta_x", "y"}, {"a", "b"}});
  const auto target =
      make_target(config, own, Labels({{"a", "group"}, {"c", "d"}, {"__metrics_path__", "/probe"}}));
  ASSERT_TRUE(target && *target);
  EXPECT_EQ((*target)->url(), "http://prober:9115/probe?module=http&module=x%20y&target=example.com");
  EXPECT_EQ((*target)->interval, 30s);
  EXPECT_EQ((*target)->shown.to_string(), "{a=\"b\", c=\"d\", instance=\"prober:9115\", job=\"probe\"}");
  EXPECT_FALSE(make_target(config, Labels({{"__address__", "x"}, {"__scrape_timeout__", "2m"}}), Labels()));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
