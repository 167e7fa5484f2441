// Sending on: whole, in order, patient with servers in trouble, bounded.
#include "telemetry/scrape/remote/remote_out.h"

#include <gtest/gtest.h>

#include "io/sim_loop.h"
#include "telemetry/core/compression.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {
namespace {

// Answers with the statuses given, then 200; keeps "series value" of what it took.
class WriteServer final : public Fetcher {
 public:
  struct Log {
    std::vector<int> statuses;
    std::string retry_after;
    std::vector<std::string> lines;
    std::vector<std::string> families;
    std::size_t requests = 0;
    http::Headers headers;
  };
  WriteServer(io::Loop& loop, Log& log) : loop_(loop), log_(log) {}
  io::Task<Result<FetchedPage>> fetch(FetchRequest request) override {
    ++log_.requests;
    log_.headers = request.headers;
    co_await loop_.sleep(10ms);
    FetchedPage page;
    page.status = 200;
    if (!log_.statuses.empty()) {
      page.status = log_.statuses.front();
      log_.statuses.erase(log_.statuses.begin());
    }
    if (!log_.retry_after.empty()) page.headers.add("Retry-After", log_.retry_after);
    if (page.status == 0) co_return fail(Code::unavailable, "connection refused");
    if (page.status == 200) keep(request);
    co_return page;
  }

 private:
  void keep(const FetchRequest& request) {
    auto message = snappy_decompress(request.body, 1 << 20);
    ASSERT_TRUE(message);
    Rejections rejections;
    const bool second = request.headers.get("x-prometheus-remote-write-version") == "2.0.0";
    const auto batch = second ? decode_write_request_v2(std::move(*message), rejections)
                              : decode_write_request(std::move(*message), rejections);
    ASSERT_TRUE(batch);
    for (const SampleRef& s : batch->samples)
      log_.lines.push_back(fmt::format("{} {}", LabelsView(s.labels).to_string(), s.value));
    for (const MetricMetadata& m : batch->metadata) log_.families.push_back(m.family);
  }
  io::Loop& loop_;
  Log& log_;
};

class RemoteOutTest : public testing::Test {
 protected:
  void start() {
    config.url = "http://remote:9090/api/v1/write";
    auto made = RemoteWriter::make(environment, config, external, std::make_unique<WriteServer>(loop, log));
    ASSERT_TRUE(made) << made.error().message();
    writer = std::move(*made);
  }
  Result<WriteReport> send(std::string_view name, double value, Millis time = 0) {
    MetricBatch batch;
    const auto labels = batch.own(std::string(Labels({{"__name__", name}}).encoded()));
    batch.samples.push_back({labels, time, value});
    MetricMetadata about;
    about.family = name;
    about.type = MetricType::gauge;
    batch.metadata.push_back(about);
    return writer->write(batch);
  }
  using Lines = std::vector<std::string>;

  io::SimLoop loop;
  Metrics metrics;
  RemoteOutEnvironment environment{loop, nullptr, loop, metrics};
  RemoteWriteConfig config;
  Labels external;
  WriteServer::Log log;
  std::unique_ptr<RemoteWriter> writer;
};

TEST_F(RemoteOutTest, gathers_samples_until_the_deadline_and_keeps_their_order) {
  start();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send("x", i));
  loop.run_for(4s);
  EXPECT_TRUE(log.lines.empty());
  loop.run_for(2s);
  EXPECT_EQ(log.lines, (Lines{"x 0", "x 1", "x 2", "x 3", "x 4"}));
  EXPECT_EQ(log.requests, 1u);
  EXPECT_EQ(writer->pending(), 0u);
  EXPECT_EQ(log.headers.get("content-type"), "application/x-protobuf");
}

TEST_F(RemoteOutTest, a_full_request_goes_at_once) {
  config.max_samples_per_send = 2;
  start();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send("x", i));
  loop.run_for(100ms);
  EXPECT_EQ(log.lines, (Lines{"x 0", "x 1", "x 2", "x 3"}));
}

TEST_F(RemoteOutTest, tries_again_when_the_server_is_in_trouble_and_loses_nothing) {
  config.batch_send_deadline = 100ms;
  log.statuses = {503, 0, 429, 500};
  start();
  ASSERT_TRUE(send("x", 1));
  loop.run_for(10s);
  EXPECT_EQ(log.lines, Lines{"x 1"});
  EXPECT_EQ(log.requests, 5u);
}

TEST_F(RemoteOutTest, waits_as_long_as_the_server_asks) {
  config.batch_send_deadline = 100ms;
  log.statuses = {429};
  log.retry_after = "30";
  start();
  ASSERT_TRUE(send("x", 1));
  loop.run_for(29s);
  EXPECT_EQ(log.requests, 1u);
  loop.run_for(2s);
  EXPECT_EQ(log.lines, Lines{"x 1"});
}

TEST_F(RemoteOutTest, what_is_refused_for_good_is_dropped) {
  config.batch_send_deadline = 100ms;
  log.statuses = {400};
  start();
  ASSERT_TRUE(send("x", 1));
  loop.run_for(1s);
  ASSERT_TRUE(send("x", 2));
  loop.run_for(1s);
  EXPECT_EQ(log.lines, Lines{"x 2"});
  EXPECT_EQ(writer->pending(), 0u);
}

TEST_F(RemoteOutTest, refuses_more_than_its_queues_hold) {
  config.capacity = 2;
  config.max_shards = 1;
  start();
  EXPECT_TRUE(send("x", 1));
  EXPECT_TRUE(send("x", 2));
  const auto third = send("x", 3);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), Code::too_many_requests);
  loop.run_for(10s);
  EXPECT_TRUE(send("x", 4));
}

TEST_F(RemoteOutTest, adds_external_labels_and_relabels) {
  external = Labels({{"cluster", "c"}});
  RelabelRule drop{.action = RelabelAction::drop, .source_labels = {"__name__"}, .regex = "secret.*"};
  ASSERT_TRUE(prepare_rule(drop));
  config.write_relabel_configs = {drop};
  start();
  ASSERT_TRUE(send("x", 1));
  ASSERT_TRUE(send("secret_x", 1));
  loop.run_for(10s);
  EXPECT_EQ(log.lines, Lines{"x{cluster=\"c\"} 1"});
}

TEST_F(RemoteOutTest, samples_that_are_too_old_are_dropped) {
  config.sample_age_limit = 10s;
  start();
  loop.run_for(1min);
  ASSERT_TRUE(send("x", 1, 49'000));
  ASSERT_TRUE(send("x", 2, 51'000));
  loop.run_for(10s);
  EXPECT_EQ(log.lines, Lines{"x 2"});
}

TEST_F(RemoteOutTest, metadata_goes_along_in_version_2_and_by_itself_in_version_1) {
  start();
  ASSERT_TRUE(send("x", 1));
  loop.run_for(61s);
  EXPECT_EQ(log.families, Lines{"x"});
  log.families.clear();
  config.version_2 = true;
  start();
  ASSERT_TRUE(send("x", 1));
  loop.run_for(10s);
  EXPECT_EQ(log.families, Lines{"x"});
}

TEST_F(RemoteOutTest, uses_more_connections_when_one_does_not_keep_up_and_stays_in_order) {
  config.max_samples_per_send = 1;
  config.max_shards = 8;
  start();
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < 150; ++i) ASSERT_TRUE(send(fmt::format("m{}", i % 10), second * 150 + i));
    loop.run_for(1s);
  }
  EXPECT_GT(writer->shards(), 1u);
  loop.run_for(1min);
  EXPECT_EQ(log.lines.size(), 9000u);
  std::map<std::string, double> last;
  for (const std::string& line : log.lines) {
    const std::size_t space = line.find(' ');
    const double value = std::stod(line.substr(space + 1));
    const auto [it, fresh] = last.try_emplace(line.substr(0, space), value);
    EXPECT_TRUE(fresh || value > it->second) << line;
    it->second = value;
  }
}

}  // namespace
}  // namespace aloft::telemetry::scrape
