// What leaves for other systems: in what form, when it is tried again, and what is given up.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "http/server.h"
#include "http/testing/exchange.h"
#include "io/scope.h"
#include "telemetry/core/compression.h"
#include "telemetry/otlp/codec/codec.h"
#include "telemetry/otlp/out/exporters.h"
#include "telemetry/otlp/out/to_otlp.h"
#include "telemetry/otlp/translate/log_translator.h"
#include "telemetry/otlp/translate/metric_translator.h"

namespace aloft::telemetry::otlp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OutTest : public ::testing::Test {
 protected:
  OutTest() {
    auto started = http::Server::start(loop_, {"127.0.0.1", 0}, peer_, http::ServerSettings());
    EXPECT_TRUE(started);
    server_ = std::move(*started);
  }
  std::string url() const { return "http://" + server_->address().to_string(); }
  std::unique_ptr<RemoteQueue> queue(RemoteSettings settings) {
    settings.least_backoff = 1ms;
    auto made = RemoteQueue::make(loop_, pool_, std::move(settings), metrics_);
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  // Sends everything that was offered.
  void drain(RemoteQueue& queue) {
    io::Scope scope(loop_);
    scope.spawn(queue.run());
    loop_.run_until_done(queue.drain(30s));
  }

  io::EpollLoop loop_;
  io::Pool pool_{1};
  Metrics metrics_;
  std::vector<std::string> bodies_;
  std::vector<std::string> targets_;
  std::string authorization_;  // of the last request
  std::vector<int> answers_;   // the next ones first; 200 when there is none
  http::testing::FunctionHandler peer_{
      [this](http::Request& request, http::Responder& responder) -> io::Task<> {
        auto body = co_await request.read_whole_body(1 << 20);
        if (!body) co_return;
        bodies_.push_back(std::move(*body));
        targets_.push_back(request.head().target);
        authorization_ = request.head().headers.get("Authorization");
        int status = 200;
        if (!answers_.empty()) {
          status = answers_.front();
          answers_.erase(answers_.begin());
        }
        (void)co_await responder.send(http::testing::head_with_status(status), std::string("why"));
      }};
  std::unique_ptr<http::Server> server_;
};

LogBatch one_line() {
  LogBatch batch;
  LogStream stream;
  stream.labels = Labels({{"service_name", "shop"}, {"env", "test"}});
  stream.entries.push_back({1'500'000'000, "hello", {{"severity_text", "INFO"}, {"user", "7"}}});
  batch.streams.push_back(std::move(stream));
  return batch;
}

TEST_F(OutTest, logs_go_to_a_collector_as_otlp) {
  const auto remote = queue(OtlpExporter<LogBatch>::settings(url() + "/"));
  OtlpExporter<LogBatch> exporter(*remote);
  const auto report = exporter.write(one_line());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->accepted, 1u);
  drain(*remote);
  EXPECT_THAT(targets_, ElementsAre("/v1/logs"));
  const auto data = decode_logs(*gzip_decompress(bodies_.at(0), 1 << 20));
  ASSERT_TRUE(data);
  EXPECT_EQ(data->resources[0].scopes[0].records[0].severity_text, "INFO");
  const LogBatch again = translate(*data, LogSettings(), WallTime{});
  EXPECT_EQ(again.streams[0].labels.get("service_name"), "shop");
  EXPECT_EQ(again.streams[0].entries[0].line, "hello");
}

TEST_F(OutTest, logs_go_to_loki_as_a_push_request) {
  const auto remote = queue(LokiExporter::settings(url()));
  LokiExporter exporter(*remote);
  ASSERT_TRUE(exporter.write(one_line()));
  drain(*remote);
  EXPECT_THAT(targets_, ElementsAre("/loki/api/v1/push"));
  const auto body = snappy_decompress(bodies_.at(0), 1 << 20);
  ASSERT_TRUE(body);
  EXPECT_THAT(*body, HasSubstr("hello"));
  EXPECT_THAT(*body, HasSubstr(R"(env="test")"));
}

TEST_F(OutTest, what_may_succeed_later_is_tried_again_and_in_order) {
  answers_ = {503, 429, 200, 400};
  const auto remote = queue(LokiExporter::settings(url()));
  ASSERT_TRUE(remote->offer("first"));
  ASSERT_TRUE(remote->offer("refused"));
  ASSERT_TRUE(remote->offer("third"));
  drain(*remote);
  EXPECT_THAT(bodies_, ElementsAre("first", "first", "first", "refused", "third"));
  EXPECT_THAT(metrics_.render(), HasSubstr(R"(telemetry_out_dropped_total{destination="loki"} 1)"));
}

TEST_F(OutTest, a_full_queue_refuses) {
  RemoteSettings settings = LokiExporter::settings(url());
  settings.queue_bytes = 10;
  const auto remote = queue(settings);
  EXPECT_TRUE(remote->offer("12345678"));
  const auto refused = remote->offer("9012");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::too_many_requests);
  drain(*remote);
  EXPECT_TRUE(remote->offer("9012"));
}

TEST_F(OutTest, the_credentials_of_a_url_are_sent_and_not_told) {
  const std::string address = url().substr(std::string("http://").size());
  const auto remote = queue(LokiExporter::settings("http://me:h%40sh@" + address));
  ASSERT_TRUE(remote->offer("body"));
  drain(*remote);
  EXPECT_EQ(authorization_, "Basic " + base64_encode("me:h@sh"));
  EXPECT_EQ(without_credentials("http://me:h%40sh@a/b@c"), "http://a/b@c");
  EXPECT_EQ(without_credentials("a.yml"), "a.yml");
  RemoteSettings wrong;
  wrong.url = "http://me:hush@:1/x";
  const auto made = RemoteQueue::make(loop_, pool_, wrong, metrics_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message(), R"("http://:1/x": expected a host and a port)");
}

TEST_F(OutTest, a_url_that_is_none_is_named) {
  RemoteSettings settings;
  settings.url = "ftp://x";
  const auto made = RemoteQueue::make(loop_, pool_, settings, metrics_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message(), R"("ftp://x": expected http:// or https://)");
}

TEST(ToOtlp, series_come_back_as_the_same_series) {
  MetricBatch batch;
  const auto add = [&](const Labels& labels, double value) {
    batch.samples.push_back({batch.own(std::string(labels.encoded())), 1500, value});
  };
  add(Labels({{"__name__", "requests_total"}, {"job", "eu/shop"}, {"instance", "i"}, {"code", "200"}}), 7);
  add(Labels({{"__name__", "temperature"}, {"job", "eu/shop"}, {"instance", "i"}}), -1.5);
  add(Labels({{"__name__", "temperature"}, {"job", "other"}}), stale_nan());
  MetricTranslator translator{MetricSettings()};
  Refusals refusals;
  const MetricsData data = to_metrics_data(batch);
  const MetricBatch again = translator.translate(data, WallTime{}, refusals);
  std::vector<std::string> lines;
  for (const SampleRef& sample : again.samples) {
    lines.push_back(fmt::format("{} {} {}", LabelsView(sample.labels).to_string(), sample.time,
                                is_stale(sample.value) ? "stale" : std::to_string(sample.value)));
  }
  EXPECT_THAT(lines, ElementsAre(R"(requests_total{code="200", instance="i", job="eu/shop"} 1500 7.000000)",
                                 R"(temperature{instance="i", job="eu/shop"} 1500 -1.500000)",
                                 R"(temperature{job="other"} 1500 stale)"));
}

TEST(FileExporter, writes_lines_and_begins_anew_when_the_file_is_full) {
  const std::string folder = ::testing::TempDir() + "aloft_file_exporter";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  Metrics metrics;
  {
    auto exporter = FileExporter::open({.path = folder + "/out.jsonl", .limit_bytes = 700}, metrics);
    ASSERT_TRUE(exporter);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE((*exporter)->write(one_line()));
  }
  const auto lines = [&](const std::string& name) {
    std::ifstream file(folder + name);
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) out.push_back(line);
    return out;
  };
  ASSERT_FALSE(lines("/out.jsonl").empty());
  ASSERT_FALSE(lines("/out.jsonl.1").empty());
  EXPECT_TRUE(decode_logs_json(lines("/out.jsonl")[0]));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace aloft::telemetry::otlp
