// The HTTP interfaces, asked as clients ask.
#include <gtest/gtest.h>

#include "http/testing/exchange.h"
#include "model/json.h"
#include "telemetry/alerts/api/manager_api.h"
#include "telemetry/alerts/api/rules_api.h"

namespace aloft::telemetry::alerts {
namespace {

class Silent final : public Notifier {
 public:
  io::Task<Delivery> send(std::shared_ptr<const Notification>) override { co_return Delivery::done(); }
};

class ApiTest : public testing::Test {
 protected:
  void SetUp() override {
    auto config = parse_manager_config(
        "route: {receiver: r, group_by: [alertname]}\nreceivers: [{name: r, webhook_configs: [{url: "
        "'http://x/'}]}]\n");
    ASSERT_TRUE(manager_.apply(std::make_shared<const ManagerConfig>(std::move(*config))));
    auto file = parse_rule_file("f.yml", R"(groups:
- name: a
  interval: 30s
  rules: [{alert: Up, expr: vector(1), labels: {team: x}}, {record: r, expr: vector(2)}]
- {name: b, rules: [{record: s, expr: vector(3)}]}
- {name: c, rules: [{alert: Down, expr: absent(up), for: 1h}]}
)");
    ASSERT_TRUE(file) << file.error().message();
    environment_.around.query = [](const promql::Expr&, std::string_view text,
                                   Millis at) -> Result<std::vector<promql::Sample>> {
      promql::Sample sample;
      sample.time = at;
      sample.value = text == "vector(1)" ? 1 : 2;
      return std::vector<promql::Sample>{sample};
    };
    rules_.apply(std::move(file->groups), RuleManagerSettings());
    add_manager_routes(router_, "", Between{loop_, loop_}, manager_);
    add_rules_routes(router_, Between{loop_, loop_}, rules_, manager_.history());
    add_alertmanagers_route(router_, Between{loop_, loop_},
                            [] { return KnownManagers{{"http://am/api/v2/alerts"}, {"http://no/"}}; });
    client_ = server_.client();
    loop_.run_for(2min);
  }
  std::pair<int, std::string> ask(std::string method, std::string target, std::string body = "") {
    http::RequestHead head = http::testing::request(std::move(method), std::move(target));
    if (!body.empty()) head.headers.set("Content-Type", "application/json");
    auto response = loop_.run_until_done(client_->send(std::move(head), std::move(body)));
    EXPECT_TRUE(response);
    auto text = loop_.run_until_done((*response)->read_whole_body());
    return {(*response)->head().status, text ? *text : ""};
  }
  model::Value get(std::string target) {
    const auto [status, text] = ask("GET", std::move(target));
    EXPECT_EQ(status, 200) << text;
    auto parsed = model::parse_json(text);
    return parsed ? *parsed : model::Value();
  }
  std::string groups(std::string query) {
    std::string out;
    const model::Value answer = get("/api/v1/rules" + query);
    for (const model::Value& group : answer.at("data", "groups")->as_array()) {
      out += std::string(group.text_at("name")) + ":";
      for (const model::Value& rule : group.at("rules")->as_array())
        out += std::string(rule.text_at("name")) + ",";
    }
    return out;
  }

  io::SimLoop loop_{WallTime{1'700'000'000s}};
  SeededRandom random_{1};
  Metrics metrics_;
  StateWriter writer_{StateWriter::Runs::at_once};
  Manager manager_{
      ManagerParts{loop_, loop_, random_, metrics_, writer_, "",
                   [](const ReceiverConfig&, const IntegrationConfig&) -> Result<std::unique_ptr<Notifier>> {
                     return std::make_unique<Silent>();
                   }}};
  RuleEnvironment environment_{loop_,
                               loop_,
                               Worker(loop_, nullptr),
                               RuleSurroundings(),
                               [](MetricBatch) -> Result<WriteReport> { return WriteReport(); },
                               [this](std::vector<Alert> alerts) { manager_.put(std::move(alerts)); },
                               manager_.history(),
                               metrics_};
  RuleManager rules_{environment_, writer_, nullptr};
  Router router_;
  http::testing::InMemoryServer server_{loop_, router_};
  std::unique_ptr<http::Client> client_;
};

TEST_F(ApiTest, rules_are_filtered_and_paged) {
  EXPECT_EQ(groups(""), "a:Up,r,b:s,c:Down,");
  EXPECT_EQ(groups("?type=alert"), "a:Up,c:Down,");
  EXPECT_EQ(groups("?rule_name[]=r&rule_name[]=s"), "a:r,b:s,");
  EXPECT_EQ(groups("?rule_group[]=b"), "b:s,");
  EXPECT_EQ(groups("?file[]=other"), "");
  EXPECT_EQ(groups("?match[]=%7Bteam%3D%22x%22%7D"), "a:Up,");
  const model::Value page = get("/api/v1/rules?group_limit=2");
  EXPECT_EQ(page.at("data", "groups")->as_array().size(), 2U);
  const std::string token(page.text_at("data", "groupNextToken"));
  EXPECT_EQ(groups("?group_limit=2&group_next_token=" + token), "c:Down,");
  EXPECT_EQ(ask("GET", "/api/v1/rules?group_limit=2&group_next_token=x").first, 400);
  EXPECT_NE(ask("GET", "/api/v1/rules?group_next_token=x").second.find(R"(parameter \"group_next_token\")"),
            std::string::npos);
  EXPECT_EQ(ask("GET", "/api/v1/rules?group_limit=-1").first, 400);
  const std::string wrong = ask("GET", "/api/v1/rules?type=x").second;
  EXPECT_EQ(wrong, R"({"status":"error","errorType":"bad_data",)"
                   R"("error":"invalid parameter \"type\": not supported value \"x\""})");
}

TEST_F(ApiTest, a_rule_has_the_members_of_prometheus) {
  const model::Value answer = get("/api/v1/rules?rule_name[]=Up");
  const model::Value& rule = answer.at("data", "groups")->as_array()[0].at("rules")->as_array()[0];
  EXPECT_EQ(rule.text_at("state"), "firing");
  EXPECT_EQ(rule.text_at("health"), "ok");
  EXPECT_EQ(rule.text_at("type"), "alerting");
  const model::Value& alert = rule.at("alerts")->as_array()[0];
  EXPECT_EQ(alert.text_at("value"), "1e+00");
  EXPECT_EQ(alert.text_at("labels", "team"), "x");
  EXPECT_EQ(get("/api/v1/alerts").at("data", "alerts")->as_array().size(), 2U);
  EXPECT_EQ(ask("GET", "/api/v1/alertmanagers").second,
            R"({"status":"success","data":{"activeAlertmanagers":[{"url":"http://am/api/v2/alerts"}],)"
            R"("droppedAlertmanagers":[{"url":"http://no/"}]}})");
}

TEST_F(ApiTest, alerts_come_and_are_listed_by_filter) {
  EXPECT_EQ(
      ask("POST", "/api/v2/alerts", R"([{"labels":{"alertname":"x","a":"b"}},{"labels":{"alertname":"y"}}])")
          .first,
      200);
  EXPECT_EQ(get("/api/v2/alerts").as_array().size(), 3U);
  const model::Value one = get("/api/v2/alerts?filter=a%3D%22b%22&receiver=r");
  ASSERT_EQ(one.as_array().size(), 1U);
  EXPECT_EQ(one.as_array()[0].text_at("status", "state"), "active");
  EXPECT_EQ(get("/api/v2/alerts?receiver=other").as_array().size(), 0U);
  EXPECT_EQ(get("/api/v2/alerts/groups").as_array().size(), 3U);
  EXPECT_EQ(ask("POST", "/api/v2/alerts", "{}").first, 400);
  EXPECT_EQ(ask("POST", "/api/v2/alerts", R"([{"annotations":{}}])"),
            std::pair(422, std::string(R"({"code":602,"message":"0.labels in body is required"})")));
  EXPECT_EQ(
      ask("POST", "/api/v2/alerts", R"([{"labels":{"a":1}}])").second,
      R"({"code":400,"message":"parsing alerts body from \"\" failed, because labels.a is no string"})");
  EXPECT_EQ(ask("POST", "/api/v2/alerts", "null").first, 200);
  EXPECT_EQ(ask("POST", "/api/v2/alerts",
                R"([{"labels":{"far":"x"},"startsAt":"2023-01-01T00:00:00Z",)"
                R"("endsAt":"9999-12-31T23:59:59Z"}])")
                .first,
            200);
  EXPECT_EQ(get("/api/v2/alerts?filter=far%3Dx").as_array()[0].text_at("endsAt"), "2260-12-31T23:59:59.000Z");
  EXPECT_EQ(ask("POST", "/api/v2/alerts", R"([{"labels":{}}])").second,
            "\"at least one label pair required\"\n");
  EXPECT_EQ(ask("GET", "/api/v2/alerts?filter=a").first, 400);
}

TEST_F(ApiTest, silences_are_made_changed_and_ended) {
  const std::string body =
      R"({"matchers":[{"name":"alertname","value":"Up","isRegex":false}],"startsAt":"2023-11-14T22:00:00Z",)"
      R"("endsAt":"2023-11-15T22:00:00Z","createdBy":"me","comment":"c"})";
  const auto [status, text] = ask("POST", "/api/v2/silences", body);
  ASSERT_EQ(status, 200) << text;
  const std::string id(model::parse_json(text)->text_at("silenceID"));
  EXPECT_EQ(get("/api/v2/silence/" + id).text_at("status", "state"), "active");
  EXPECT_EQ(get("/api/v2/alerts?silenced=false").as_array().size(), 0U);
  EXPECT_EQ(get("/api/v2/silences?filter=alertname%3D%22Up%22").as_array().size(), 1U);
  EXPECT_EQ(ask("DELETE", "/api/v2/silence/" + id).first, 200);
  EXPECT_EQ(get("/api/v2/silence/" + id).text_at("status", "state"), "expired");
  EXPECT_EQ(ask("DELETE", "/api/v2/silence/" + id).first, 200) << "it has ended already";
  EXPECT_EQ(ask("DELETE", "/api/v2/silence/nope").first, 404);
  EXPECT_EQ(ask("POST", "/api/v2/silences", "{}").first, 422);
  const std::string times = R"("startsAt":"2023-11-14T22:00:00Z","endsAt":"2023-11-15T22:00:00Z",)";
  const std::string end = R"("createdBy":"me","comment":"c"})";
  const auto silence = [&](const std::string& matchers) {
    return ask("POST", "/api/v2/silences", "{\"matchers\":[" + matchers + "]," + times + end);
  };
  EXPECT_EQ(silence("").second, R"({"code":612,"message":"matchers in body should have at least 1 items"})");
  EXPECT_EQ(silence(R"({"name":"a","value":"b"})").second,
            R"({"code":602,"message":"matchers.0.isRegex in body is required"})");
  EXPECT_EQ(silence(R"({"name":"a","value":"","isRegex":false})").first, 400);
  EXPECT_EQ(silence(R"({"name":"a","value":"b","isRegex":false,"isEqual":false})").first, 200);
  EXPECT_EQ(get("/api/v1/alerts/history?kind=silence").at("data", "events")->as_array().size(), 3U);
}

TEST_F(ApiTest, status_and_receivers_are_shown) {
  EXPECT_NE(get("/api/v2/status").text_at("config", "original").find("receiver: r"), std::string_view::npos);
  EXPECT_EQ(get("/api/v2/receivers").as_array()[0].text_at("name"), "r");
}

}  // namespace
}  // namespace aloft::telemetry::alerts
