// Alerts on their way to other Alertmanagers: who gets them, in which form, and what is given up.
#include "telemetry/alerts/outside/outside_managers.h"

#include <gtest/gtest.h>

#include "io/sim_loop.h"
#include "model/json.h"

namespace aloft::telemetry::alerts {
namespace {

struct Heard {
  struct Request {
    std::string url;
    std::size_t alerts = 0;
    std::string body;
    std::string content_type;
  };
  std::vector<Request> requests;
  std::vector<int> statuses;  // of the next answers; then 200. 0: no connection
  Duration takes = 10ms;
  std::size_t alerts() const {
    std::size_t out = 0;
    for (const Request& request : requests) out += request.alerts;
    return out;
  }
};

class FakeServer final : public scrape::Fetcher {
 public:
  FakeServer(io::Loop& loop, Heard& heard) : loop_(loop), heard_(heard) {}
  io::Task<Result<scrape::FetchedPage>> fetch(scrape::FetchRequest request) override {
    Heard::Request got;
    got.url = request.method + " " + request.scheme + "://" + request.address + request.path;
    got.body = request.body;
    got.content_type = request.headers.get("Content-Type");
    const auto parsed = model::parse_json(request.body);
    got.alerts = parsed && parsed->if_array() != nullptr ? parsed->if_array()->size() : 0;
    heard_.requests.push_back(std::move(got));
    co_await loop_.sleep(heard_.takes);
    scrape::FetchedPage page;
    page.status = 200;
    if (!heard_.statuses.empty()) {
      page.status = heard_.statuses.front();
      heard_.statuses.erase(heard_.statuses.begin());
    }
    if (page.status == 0) co_return fail(Code::unavailable, "connection refused");
    co_return page;
  }

 private:
  io::Loop& loop_;
  Heard& heard_;
};

// Hands out what a test gives it.
class FakeProvider final : public scrape::TargetProvider {
 public:
  explicit FakeProvider(Update& update) : update_(update) {}
  void start(Update update) override { update_ = std::move(update); }

 private:
  Update& update_;
};

class OutsideTest : public testing::Test {
 protected:
  void apply(std::string_view alerting) {
    auto config = scrape::parse_config(alerting, "");
    ASSERT_TRUE(config) << config.error().message();
    const Result<> applied = managers_.apply(config->alertmanagers);
    ASSERT_TRUE(applied) << applied.error().message();
  }
  OutsideEnvironment environment() {
    OutsideEnvironment out{loop_, metrics_, scrape::ProviderKit{loop_, pool_, {}, {}}, 100};
    out.discovery.fetchers =
        [this](const scrape::HttpClientConfig&) -> Result<std::unique_ptr<scrape::Fetcher>> {
      return std::make_unique<FakeServer>(loop_, heard_);
    };
    out.discovery.factories.kubernetes =
        [this](const model::Value&, const std::string&) -> Result<std::unique_ptr<scrape::TargetProvider>> {
      return std::make_unique<FakeProvider>(update_);
    };
    return out;
  }
  static std::vector<AlertPtr> alerts(int count) {
    std::vector<AlertPtr> out;
    for (int i = 0; i < count; ++i) {
      auto alert = std::make_shared<Alert>();
      alert->labels = {{"alertname", "a"}, {"i", std::to_string(i)}};
      alert->starts_at = WallTime{1'700'000'000s};
      alert->ends_at = WallTime{1'700'000'240s};
      out.push_back(std::move(alert));
    }
    return out;
  }
  double number(std::string_view name) {
    const std::string text = metrics_.render();
    const std::size_t at = text.find("\n" + std::string(name) + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + 2 + name.size()));
  }

  io::SimLoop loop_{WallTime{1'700'000'000s}};
  io::Pool pool_{1};
  Metrics metrics_;
  Heard heard_;
  scrape::TargetProvider::Update update_;
  OutsideManagers managers_{environment()};
};

constexpr std::string_view one =
    "alerting: {alertmanagers: [{path_prefix: /am/, static_configs: [{targets: ['h:9093']}]}]}";

TEST_F(OutsideTest, alerts_go_out_in_the_form_of_the_second_interface) {
  apply(one);
  std::vector<AlertPtr> told = alerts(1);
  auto full = std::make_shared<Alert>(*told[0]);
  full->annotations = {{"summary", "s"}};
  full->generator_url = "http://p/graph";
  managers_.send({full});
  loop_.run_for(1s);
  ASSERT_EQ(heard_.requests.size(), 1U);
  EXPECT_EQ(heard_.requests[0].url, "POST http://h:9093/am/api/v2/alerts");
  EXPECT_EQ(heard_.requests[0].content_type, "application/json");
  EXPECT_EQ(heard_.requests[0].body,
            R"([{"annotations":{"summary":"s"},"endsAt":"2023-11-14T22:17:20.000Z",)"
            R"("startsAt":"2023-11-14T22:13:20.000Z","generatorURL":"http://p/graph",)"
            R"("labels":{"alertname":"a","i":"0"}}])");
  EXPECT_EQ(managers_.active(), std::vector<std::string>{"http://h:9093/am/api/v2/alerts"});
  EXPECT_EQ(number("prometheus_notifications_alertmanagers_discovered"), 2);
}

TEST_F(OutsideTest, batches_hold_64_and_the_oldest_go_when_there_is_no_room) {
  apply(one);
  managers_.send(alerts(150));
  loop_.run_for(5s);
  ASSERT_EQ(heard_.requests.size(), 2U);
  EXPECT_EQ(heard_.requests[0].alerts, 64U);
  EXPECT_EQ(heard_.requests[1].alerts, 36U);
  EXPECT_NE(heard_.requests[0].body.find(R"("i":"50")"), std::string::npos);
  const std::string who = "{alertmanager=\"http://h:9093/am/api/v2/alerts\"}";
  EXPECT_EQ(number("prometheus_notifications_dropped_total" + who), 50);
  EXPECT_EQ(number("prometheus_notifications_sent_total" + who), 100);
  EXPECT_EQ(number("prometheus_notifications_queue_capacity"), 100);
}

TEST_F(OutsideTest, what_is_not_taken_is_counted_and_the_next_batch_goes_on) {
  apply(one);
  heard_.statuses = {500, 0};
  for (int i = 0; i < 3; ++i) {
    managers_.send(alerts(2));
    loop_.run_for(1s);
  }
  const std::string who = "{alertmanager=\"http://h:9093/am/api/v2/alerts\"}";
  EXPECT_EQ(number("prometheus_notifications_errors_total" + who), 4);
  EXPECT_EQ(number("prometheus_notifications_dropped_total" + who), 4);
  EXPECT_EQ(number("prometheus_notifications_sent_total" + who), 2);
}

TEST_F(OutsideTest, one_that_does_not_answer_costs_its_timeout) {
  apply("alerting: {alertmanagers: [{timeout: 3s, static_configs: [{targets: ['h:1']}]}]}");
  heard_.takes = 1h;
  managers_.send(alerts(1));
  loop_.run_for(1s);
  managers_.send(alerts(2));
  loop_.run_for(3s);
  EXPECT_EQ(heard_.requests.size(), 2U);
  EXPECT_EQ(number("prometheus_notifications_errors_total{alertmanager=\"http://h:1/api/v2/alerts\"}"), 1);
}

TEST_F(OutsideTest, relabelling_chooses_targets_and_changes_alerts) {
  apply(R"(alerting:
  alertmanagers:
  - scheme: https
    static_configs: [{targets: ['a:1', 'b:1', 'a:1'], labels: {__alerts_path__: /own}}]
    relabel_configs: [{source_labels: [__address__], regex: 'b:.*', action: drop}]
    alert_relabel_configs: [{source_labels: [i], regex: '1', action: drop}, {target_label: x, replacement: y}]
)");
  EXPECT_EQ(managers_.active(), std::vector<std::string>{"https://a:1/own"});
  EXPECT_EQ(managers_.dropped(), std::vector<std::string>{"https://b:1/own"});
  managers_.send(alerts(3));
  loop_.run_for(1s);
  ASSERT_EQ(heard_.requests.size(), 1U);
  EXPECT_EQ(heard_.requests[0].alerts, 2U);
  EXPECT_NE(heard_.requests[0].body.find(R"("x":"y")"), std::string::npos);
}

TEST_F(OutsideTest, external_labels_do_not_replace_an_alerts_own) {
  const LabelMap external = {{"i", "outer"}, {"cluster", "c"}};
  const std::vector<AlertPtr> out = relabel_alerts(alerts(1), external, {});
  EXPECT_EQ(out[0]->labels, (LabelMap{{"alertname", "a"}, {"cluster", "c"}, {"i", "0"}}));
}

TEST_F(OutsideTest, targets_come_and_go_and_a_reload_keeps_what_did_not_change) {
  const std::string_view found =
      "alerting: {alertmanagers: [{kubernetes_sd_configs: [{role: pod}]}, {static_configs: [{targets: "
      "['s:1']}]}]}";
  apply(found);
  const auto group = [](const char* address) {
    scrape::TargetGroup out;
    out.targets = {Labels{{"__address__", address}}};
    return out;
  };
  update_({group("p:1"), group("p:2")});
  EXPECT_EQ(managers_.active().size(), 3U);
  update_({group("p:2")});
  apply(found);
  EXPECT_EQ(managers_.active(),
            (std::vector<std::string>{"http://p:2/api/v2/alerts", "http://s:1/api/v2/alerts"}));
  apply("alerting: {alertmanagers: [{static_configs: [{targets: ['s:2']}]}]}");
  EXPECT_EQ(managers_.active(), std::vector<std::string>{"http://s:2/api/v2/alerts"});
}

TEST_F(OutsideTest, a_stop_lets_what_waits_go_out_for_a_while) {
  apply(one);
  managers_.send(alerts(100));
  loop_.run_until_done(managers_.drain(1s));
  EXPECT_EQ(heard_.alerts(), 100U);
  heard_.takes = 1h;
  managers_.send(alerts(1));
  const Time before = loop_.now();
  loop_.run_until_done(managers_.drain(1s));
  EXPECT_EQ(loop_.now() - before, Duration(1s));
}

}  // namespace
}  // namespace aloft::telemetry::alerts
