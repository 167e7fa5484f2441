// What clients read about the server, in Prometheus' form.
#include "telemetry/scrape/status/status_api.h"

#include <gtest/gtest.h>

#include "http/testing/exchange.h"
#include "io/epoll_loop.h"
#include "telemetry/metrics/testing/memory_store.h"

namespace aloft::telemetry::scrape {
namespace {

// The real interface over a store in memory; what administration does is noted.
class NotingStore final : public metrics::Store {
 public:
  Result<WriteReport> write(const MetricBatch& batch) override { return memory.write(batch); }
  Result<std::unique_ptr<metrics::Selection>> select(Millis from, Millis to,
                                                     std::span<const Matcher> matchers,
                                                     const metrics::SelectHints& hints) const override {
    return memory.select(from, to, matchers, hints);
  }
  Result<std::vector<std::string>> label_names(Millis from, Millis to, std::span<const Matcher> matchers,
                                               std::size_t limit) const override {
    return memory.label_names(from, to, matchers, limit);
  }
  Result<std::vector<std::string>> label_values(std::string_view name, Millis from, Millis to,
                                                std::span<const Matcher> matchers,
                                                std::size_t limit) const override {
    return memory.label_values(name, from, to, matchers, limit);
  }
  Result<std::vector<metrics::ExemplarSeries>> exemplars(
      Millis from, Millis to, std::span<const std::vector<Matcher>> sets) const override {
    return memory.exemplars(from, to, sets);
  }
  std::unique_ptr<metrics::Observation> observe(std::vector<Matcher>, metrics::IngestObserver&) override {
    return nullptr;
  }
  Result<> maintain() override { return {}; }
  Result<> flush() override { return {}; }
  Result<> compact() override { return {}; }
  Result<> delete_series(Millis from, Millis to, const std::vector<std::vector<Matcher>>& sets) override {
    notes.push_back(fmt::format("delete {} {} {}", from, to, sets.at(0).at(0).to_string()));
    return {};
  }
  Result<> clean_tombstones() override {
    notes.emplace_back("clean");
    return {};
  }
  Result<std::string> snapshot() override { return std::string("20260101T000000Z-1"); }
  std::vector<MetricMetadata> metadata(std::string_view family, std::size_t) const override {
    std::vector<MetricMetadata> out;
    for (const char* name : {"a", "b"}) {
      MetricMetadata m;
      m.family = name;
      m.type = MetricType::counter;
      m.help = "Help.";
      if (family.empty() || family == name) out.push_back(std::move(m));
    }
    return out;
  }
  metrics::CardinalityReport cardinality(std::size_t) const override {
    metrics::CardinalityReport report;
    report.series = 5;
    report.series_by_metric = {{"up", 3}};
    return report;
  }
  metrics::StoreStatus status() const override { return {}; }

  mutable metrics::MemoryStore memory;
  std::vector<std::string> notes;
};

class StatusApiTest : public testing::Test {
 protected:
  void start(bool admin) {
    StatusSources sources;
    sources.build.version = "3.14.0";
    sources.flags = {{"web.listen-address", "0.0.0.0:9090"}};
    sources.config = [] { return std::string("global: {}\n"); };
    sources.admin = admin;
    sources.ready = [this] { return ready; };
    sources.features = {{"api", {{"admin", true}}}};
    api = std::make_unique<StatusApi>(loop, pool, clock, store, parse, std::move(sources));
    api->add_routes(router);
  }
  static Result<std::vector<Matcher>> parse(std::string_view text) {
    if (text == "{") return fail(Code::bad_request, "parse error");
    return std::vector<Matcher>{Matcher::equal("__name__", std::string(text))};
  }
  std::pair<int, std::string> ask(std::string method, std::string target) {
    auto response =
        loop.run_until_done(client->send(http::testing::request(std::move(method), std::move(target))));
    if (!response) return {0, response.error().message()};
    return {(*response)->head().status, *loop.run_until_done((*response)->read_whole_body())};
  }
  std::string data(std::string target) { return ask("GET", std::move(target)).second; }

  io::EpollLoop loop;
  io::Pool pool{2};
  SystemClock clock;
  NotingStore store;
  bool ready = true;
  Router router;
  std::unique_ptr<StatusApi> api;
  http::testing::InMemoryServer server{loop, router};
  std::unique_ptr<http::Client> client = server.client();
};

TEST_F(StatusApiTest, tells_configuration_flags_and_build) {
  start(false);
  EXPECT_EQ(data("/api/v1/status/config"), R"({"status":"success","data":{"yaml":"global: {}\n"}})");
  EXPECT_EQ(data("/api/v1/status/flags"),
            R"({"status":"success","data":{"web.listen-address":"0.0.0.0:9090"}})");
  EXPECT_NE(data("/api/v1/status/buildinfo").find(R"("version":"3.14.0")"), std::string::npos);
  EXPECT_NE(data("/api/v1/status/runtimeinfo").find(R"("reloadConfigSuccess":true)"), std::string::npos);
  EXPECT_EQ(data("/api/v1/features"), R"({"status":"success","data":{"api":{"admin":true}}})");
}

TEST_F(StatusApiTest, tells_cardinality_and_metadata) {
  start(false);
  EXPECT_NE(data("/api/v1/status/tsdb").find(R"("headStats":{"numSeries":5,)"), std::string::npos);
  EXPECT_NE(data("/api/v1/status/tsdb").find(R"("seriesCountByMetricName":[{"name":"up","value":3}])"),
            std::string::npos);
  for (const char* limit : {"0", "-1", "x"})
    EXPECT_NE(data(std::string("/api/v1/status/tsdb?limit=") + limit).find("limit must be a positive number"),
              std::string::npos);
  EXPECT_NE(data("/api/v1/status/tsdb?limit=10001").find("limit must not exceed 10000"), std::string::npos);
  EXPECT_EQ(data("/api/v1/metadata?limit=0"), R"({"status":"success","data":{}})");
  EXPECT_EQ(data("/api/v1/metadata?limit=-2"), data("/api/v1/metadata"));
  EXPECT_EQ(data("/api/v1/metadata?limit=1"),
            R"({"status":"success","data":{"a":[{"type":"counter","help":"Help.","unit":""}]}})");
  EXPECT_EQ(data("/api/v1/metadata?metric=b"),
            R"({"status":"success","data":{"b":[{"type":"counter","help":"Help.","unit":""}]}})");
  EXPECT_EQ(ask("GET", "/api/v1/metadata?limit=x").first, 400);
}

TEST_F(StatusApiTest, is_healthy_always_and_ready_when_it_is) {
  start(false);
  EXPECT_EQ(ask("GET", "/-/healthy").first, 200);
  EXPECT_EQ(ask("GET", "/-/ready").first, 200);
  ready = false;
  EXPECT_EQ(ask("GET", "/-/ready").first, 503);
  EXPECT_EQ(ask("POST", "/-/reload").first, 403);
}

TEST_F(StatusApiTest, administration_must_be_enabled) {
  start(false);
  EXPECT_EQ(ask("POST", "/api/v1/admin/tsdb/snapshot").first, 503);
  EXPECT_TRUE(store.notes.empty());
}

TEST_F(StatusApiTest, administration_reaches_the_store) {
  start(true);
  EXPECT_EQ(ask("POST", "/api/v1/admin/tsdb/snapshot").second,
            R"({"status":"success","data":{"name":"20260101T000000Z-1"}})");
  EXPECT_EQ(ask("POST", "/api/v1/admin/tsdb/delete_series?match[]=up&start=1&end=2").first, 204);
  EXPECT_EQ(ask("POST", "/api/v1/admin/tsdb/delete_series").first, 400);
  EXPECT_EQ(ask("POST", "/api/v1/admin/tsdb/delete_series?match[]=%7B").first, 400);
  EXPECT_EQ(ask("PUT", "/api/v1/admin/tsdb/clean_tombstones").first, 204);
  EXPECT_EQ(store.notes, (std::vector<std::string>{"delete 1000 2000 __name__=\"up\"", "clean"}));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
