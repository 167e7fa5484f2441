// The Alertmanager at exact instants of a simulated clock: grouping, repeats, inhibition, silences, restarts.
#include "telemetry/alerts/manager/manager.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "io/sim_loop.h"
#include "telemetry/alerts/manager/matcher_syntax.h"

namespace aloft::telemetry::alerts {
namespace {

struct Sent {
  std::int64_t at_ms;
  std::string receiver;
  std::string group_key;
  std::vector<std::string> alerts;  // "name:firing"
  NotifyReason reason;
  std::map<std::uint64_t, bool> states;
  Notes notes;
};

struct Receivers {
  std::vector<Sent> sent;
  int failures = 0;  // the next so many fail
  bool retry = true;
};

class FakeNotifier final : public Notifier {
 public:
  FakeNotifier(io::Loop& loop, Receivers& all) : loop_(loop), all_(all) {}
  io::Task<Delivery> send(std::shared_ptr<const Notification> message) override {
    if (all_.failures > 0) {
      --all_.failures;
      co_return Delivery::failed(all_.retry, "refused");
    }
    Sent sent;
    sent.at_ms = loop_.now().since_origin / 1ms;
    sent.receiver = message->receiver;
    sent.group_key = message->group_key;
    sent.reason = message->reason;
    for (const AlertPtr& alert : message->alerts) {
      const bool resolved = alert->resolved(message->now);
      sent.alerts.push_back(std::string(alert->name()) + (resolved ? ":resolved" : ":firing"));
      sent.states[alert->fingerprint] = !resolved;
    }
    sent.notes = message->notes;
    all_.sent.push_back(std::move(sent));
    Delivery done = Delivery::done();
    done.notes = {{"n", std::to_string(all_.sent.size())}};
    co_return done;
  }

 private:
  io::Loop& loop_;
  Receivers& all_;
};

std::shared_ptr<const ManagerConfig> config_of(std::string_view text) {
  auto parsed = parse_manager_config(text);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message());
  return std::make_shared<const ManagerConfig>(std::move(*parsed));
}

class ManagerTest : public testing::Test {
 protected:
  void start(std::string_view config, std::string folder = "") {
    manager_.reset();
    manager_ = std::make_unique<Manager>(ManagerParts{
        loop_, loop_, random_, metrics_, writer_, std::move(folder),
        [this](const ReceiverConfig&, const IntegrationConfig&) -> Result<std::unique_ptr<Notifier>> {
          return std::make_unique<FakeNotifier>(loop_, receivers_);
        }});
    ASSERT_TRUE(manager_->open());
    ASSERT_TRUE(manager_->apply(config_of(config)));
  }
  Alert alert(LabelMap labels, Duration lasts = 1h) const {
    Alert out;
    out.labels = std::move(labels);
    out.starts_at = loop_.wall();
    out.ends_at = loop_.wall() + lasts;
    return out;
  }
  void fire(LabelMap labels) { manager_->put({alert(std::move(labels))}); }
  void resolve(LabelMap labels) {
    Alert ended = alert(std::move(labels), Duration::zero());
    ended.starts_at = loop_.wall() - 1s;
    manager_->put({ended});
  }
  std::string take() {
    std::string out;
    for (const Sent& sent : receivers_.sent) {
      if (!out.empty()) out += " | ";
      out += std::to_string(sent.at_ms) + " " + sent.receiver;
      for (const std::string& name : sent.alerts) out += " " + name;
    }
    receivers_.sent.clear();
    return out;
  }

  io::SimLoop loop_{WallTime{1'700'000'000s}};
  SeededRandom random_{1};
  Metrics metrics_;
  StateWriter writer_{StateWriter::Runs::at_once};
  Receivers receivers_;
  std::unique_ptr<Manager> manager_;
};

constexpr std::string_view simple = R"(
route: {receiver: r, group_by: [alertname], group_wait: 10s, group_interval: 60s, repeat_interval: 1h}
receivers: [{name: r, webhook_configs: [{url: 'http://x/'}]}]
)";

TEST_F(ManagerTest, a_group_waits_then_tells_of_news_at_its_interval) {
  start(simple);
  fire({{"alertname", "a"}, {"i", "1"}});
  loop_.run_for(5s);
  fire({{"alertname", "a"}, {"i", "2"}});
  fire({{"alertname", "b"}});
  loop_.run_for(20s);
  EXPECT_EQ(take(), "10000 r a:firing a:firing | 15000 r b:firing");
  fire({{"alertname", "a"}, {"i", "3"}});
  loop_.run_for(60s);
  EXPECT_EQ(take(), "70000 r a:firing a:firing a:firing");
  resolve({{"alertname", "a"}, {"i", "3"}});
  loop_.run_for(60s);
  EXPECT_EQ(take(), "130000 r a:firing a:firing a:resolved");
}

TEST_F(ManagerTest, a_quiet_group_takes_news_after_group_wait) {
  start(simple);
  fire({{"alertname", "a"}});
  loop_.run_for(200s);
  EXPECT_EQ(take(), "10000 r a:firing");
  resolve({{"alertname", "a"}});
  loop_.run_for(60s);
  EXPECT_EQ(take(), "210000 r a:resolved");
  loop_.run_for(10min);
  EXPECT_EQ(take(), "");
  EXPECT_EQ(manager_->dispatcher().group_count(), 0U);
}

TEST_F(ManagerTest, what_a_receiver_notes_comes_back_until_the_group_has_ended) {
  const std::string folder = testing::TempDir() + "/manager_notes";
  std::filesystem::remove_all(folder);
  start(simple, folder);
  fire({{"alertname", "a"}, {"i", "1"}});
  loop_.run_for(20s);
  start(simple, folder);
  fire({{"alertname", "a"}, {"i", "1"}});
  fire({{"alertname", "a"}, {"i", "2"}});
  loop_.run_for(70s);
  resolve({{"alertname", "a"}, {"i", "1"}});
  resolve({{"alertname", "a"}, {"i", "2"}});
  loop_.run_for(70s);
  fire({{"alertname", "a"}, {"i", "1"}});
  loop_.run_for(70s);
  std::string notes;
  for (const Sent& sent : receivers_.sent) notes += sent.notes.empty() ? "-" : sent.notes.at("n");
  EXPECT_EQ(notes, "-12-");
  manager_.reset();
  std::filesystem::remove_all(folder);
}

TEST_F(ManagerTest, nothing_is_repeated_before_its_interval) {
  start(simple);
  fire({{"alertname", "a"}});
  for (int i = 0; i < 70; ++i) {
    loop_.run_for(1min);
    fire({{"alertname", "a"}});
  }
  EXPECT_EQ(take(), "10000 r a:firing | 3670000 r a:firing");
}

TEST_F(ManagerTest, an_alert_that_is_not_heard_of_again_ends_by_its_end_time) {
  start(simple);
  Alert posted;
  posted.labels = {{"alertname", "a"}};
  ASSERT_TRUE(manager_->post({posted}));
  loop_.run_for(6min);
  EXPECT_EQ(take(), "10000 r a:firing | 310000 r a:resolved");
}

TEST_F(ManagerTest, alerts_without_labels_are_refused_and_the_others_count) {
  start(simple);
  Alert good;
  good.labels = {{"alertname", "a"}, {"empty", ""}};
  const auto outcome = manager_->post({Alert(), good});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message(), "at least one label pair required");
  ASSERT_EQ(manager_->alerts().size(), 1U);
  EXPECT_EQ(manager_->alerts().front()->labels.size(), 1U);
}

TEST_F(ManagerTest, a_failed_send_is_tried_again_until_the_interval_is_over) {
  start(simple);
  receivers_.failures = 3;
  fire({{"alertname", "a"}});
  loop_.run_for(15s);
  ASSERT_EQ(receivers_.sent.size(), 1U);
  EXPECT_GT(receivers_.sent[0].at_ms, 10'500);
  receivers_.sent.clear();
  receivers_.failures = 1;
  receivers_.retry = false;
  fire({{"alertname", "b"}});
  loop_.run_for(30s);
  EXPECT_EQ(take(), "");
  loop_.run_for(60s);
  EXPECT_EQ(take(), "85000 r b:firing");
}

constexpr std::string_view inhibiting = R"(
route: {receiver: r, group_by: ['...'], group_wait: 0s, group_interval: 10s, repeat_interval: 1h}
receivers: [{name: r, webhook_configs: [{url: 'http://x/'}]}]
inhibit_rules:
- {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [cluster]}
- {source_match: {kind: both}, target_match: {kind: both}, equal: [pair]}
)";

TEST_F(ManagerTest, a_firing_source_mutes_targets_with_equal_labels) {
  start(inhibiting);
  manager_->put({alert({{"alertname", "w1"}, {"severity", "warning"}, {"cluster", "a"}}),
                 alert({{"alertname", "w2"}, {"severity", "warning"}, {"cluster", "b"}}),
                 alert({{"alertname", "c"}, {"severity", "critical"}, {"cluster", "a"}})});
  loop_.run_for(5s);
  EXPECT_EQ(take(), "0 r w2:firing | 0 r c:firing");
  const auto status = manager_->status_of({{"alertname", "w1"}, {"severity", "warning"}, {"cluster", "a"}});
  ASSERT_EQ(status.inhibited_by.size(), 1U);
  resolve({{"alertname", "c"}, {"severity", "critical"}, {"cluster", "a"}});
  loop_.run_for(30s);
  EXPECT_EQ(take(), "10000 r w1:firing | 10000 r c:resolved");
}

TEST_F(ManagerTest, alerts_that_are_source_and_target_do_not_mute_each_other) {
  start(inhibiting);
  manager_->put({alert({{"alertname", "x"}, {"kind", "both"}, {"pair", "1"}}),
                 alert({{"alertname", "y"}, {"kind", "both"}, {"pair", "1"}})});
  loop_.run_for(1s);
  EXPECT_EQ(take(), "0 r x:firing | 0 r y:firing");
}

TEST_F(ManagerTest, a_silence_mutes_until_it_expires) {
  start(simple);
  Silence silence;
  silence.matchers = *parse_matchers("alertname=~\"a|b\"");
  silence.starts_at = loop_.wall();
  silence.ends_at = loop_.wall() + 1h;
  silence.created_by = "me";
  const auto id = loop_.run_until_done(manager_->set_silence(silence));
  ASSERT_TRUE(id) << id.error().message();
  fire({{"alertname", "a"}});
  loop_.run_for(5min);
  EXPECT_EQ(take(), "");
  EXPECT_EQ(manager_->status_of({{"alertname", "a"}}).silenced_by, std::vector<std::string>{*id});
  ASSERT_TRUE(loop_.run_until_done(manager_->expire_silence(*id)));
  EXPECT_TRUE(loop_.run_until_done(manager_->expire_silence(*id))) << "what has ended stays so";
  loop_.run_for(1min);
  EXPECT_EQ(take(), "310000 r a:firing");
}

TEST_F(ManagerTest, routes_continue_and_mute_by_time) {
  start(R"(
route:
  receiver: r
  group_wait: 0s
  routes:
  - {matchers: [team="x"], receiver: x, continue: true}
  - {matchers: [team="x"], receiver: y, mute_time_intervals: [always]}
  - {matchers: [team="z"], receiver: y, active_time_intervals: [never]}
receivers:
- {name: r, webhook_configs: [{url: 'http://x/'}]}
- {name: x, webhook_configs: [{url: 'http://x/'}]}
- {name: y, webhook_configs: [{url: 'http://x/'}]}
time_intervals:
- {name: always, time_intervals: [{years: ['2000:2999']}]}
- {name: never, time_intervals: [{years: ['1990']}]}
)");
  EXPECT_EQ(manager_->dispatcher().receivers_of({{"team", "x"}}), (std::vector<std::string>{"x", "y"}));
  fire({{"alertname", "a"}, {"team", "x"}});
  fire({{"alertname", "b"}, {"team", "z"}});
  fire({{"alertname", "c"}});
  loop_.run_for(1s);
  EXPECT_EQ(take(), "0 x a:firing | 0 r c:firing");
}

TEST_F(ManagerTest, a_restart_neither_repeats_nor_forgets) {
  const std::string folder = testing::TempDir() + "/alerts_restart";
  std::filesystem::remove_all(folder);
  start(simple, folder);
  fire({{"alertname", "a"}});
  Silence silence;
  silence.matchers = *parse_matchers("x=y");
  silence.starts_at = loop_.wall();
  silence.ends_at = loop_.wall() + 1h;
  ASSERT_TRUE(loop_.run_until_done(manager_->set_silence(silence)));
  loop_.run_for(30s);
  EXPECT_EQ(take(), "10000 r a:firing");
  start(simple, folder);
  EXPECT_EQ(manager_->silences().all().size(), 1U);
  EXPECT_GE(manager_->history().size(), 3U);
  fire({{"alertname", "a"}});
  loop_.run_for(3min);
  EXPECT_EQ(take(), "");
  resolve({{"alertname", "a"}});
  loop_.run_for(3min);
  EXPECT_EQ(take().substr(7), "r a:resolved");
  std::filesystem::remove_all(folder);
}

TEST_F(ManagerTest, a_flapping_alert_is_held_until_it_is_calm) {
  start(R"(
route: {receiver: r, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 24h}
receivers: [{name: r, webhook_configs: [{url: 'http://x/'}]}]
storm_protection: {flap_changes: 6, flap_window: 10m, hold_down: 2m}
)");
  for (int i = 0; i < 60; ++i) {
    i % 2 == 0 ? fire({{"alertname", "a"}}) : resolve({{"alertname", "a"}});
    loop_.run_for(2s);
  }
  EXPECT_LE(receivers_.sent.size(), 6U);
  receivers_.sent.clear();
  loop_.run_for(5min);
  ASSERT_EQ(receivers_.sent.size(), 1U);
  EXPECT_EQ(receivers_.sent[0].alerts, std::vector<std::string>{"a:resolved"});
}

TEST_F(ManagerTest, beyond_its_limit_a_receiver_gets_one_summary) {
  start(R"(
route: {receiver: r, group_by: ['...'], group_wait: 0s, group_interval: 1h, repeat_interval: 24h}
receivers: [{name: r, webhook_configs: [{url: 'http://x/'}]}]
storm_protection: {receiver_limit: 10, receiver_window: 1m}
)");
  std::vector<Alert> many;
  for (int i = 0; i < 100; ++i) many.push_back(alert({{"alertname", "a"}, {"i", std::to_string(i)}}, 10h));
  manager_->put(std::move(many));
  loop_.run_for(2min);
  ASSERT_EQ(receivers_.sent.size(), 11U);
  EXPECT_EQ(receivers_.sent.back().alerts, std::vector<std::string>{"NotificationsHeldBack:firing"});
}

TEST_F(ManagerTest, five_thousand_alerts_at_once_are_one_notification) {
  start(simple);
  std::vector<Alert> many;
  for (int i = 0; i < 5000; ++i) many.push_back(alert({{"alertname", "a"}, {"i", std::to_string(i)}}));
  manager_->put(std::move(many));
  loop_.run_for(5min);
  ASSERT_EQ(receivers_.sent.size(), 1U);
  EXPECT_EQ(receivers_.sent[0].alerts.size(), 5000U);
}

TEST(DispatcherProperty, nothing_is_sent_twice_within_the_repeat_interval_unless_something_changed) {
  EXPECT_TRUE(rc::check([] {
    io::SimLoop loop(WallTime{1'700'000'000s});
    SeededRandom random(7);
    Metrics metrics;
    StateWriter writer(StateWriter::Runs::at_once);
    Receivers receivers;
    Manager manager(ManagerParts{
        loop, loop, random, metrics, writer, "",
        [&](const ReceiverConfig&, const IntegrationConfig&) -> Result<std::unique_ptr<Notifier>> {
          return std::make_unique<FakeNotifier>(loop, receivers);
        }});
    RC_ASSERT(manager.apply(config_of(simple)).has_value());
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 6), rc::gen::inRange(0, 90)));
    for (const auto& [what, seconds] : steps) {
      Alert alert;
      alert.labels = {{"alertname", what % 2 == 0 ? "a" : "b"}, {"i", std::to_string(what / 2)}};
      alert.starts_at = loop.wall();
      alert.ends_at = loop.wall() + (seconds % 3 == 0 ? 0s : 600s);
      manager.put({alert});
      loop.run_for(std::chrono::seconds(seconds));
    }
    loop.run_for(30min);
    std::map<std::string, const Sent*> last;
    for (const Sent& sent : receivers.sent) {
      const Sent*& before = last[sent.group_key];
      if (before != nullptr) {
        RC_ASSERT(before->states != sent.states || sent.at_ms - before->at_ms >= 3'600'000);
        RC_ASSERT(sent.at_ms - before->at_ms >= 10'000);
      }
      before = &sent;
    }
    for (const auto& [key, sent] : last) {
      for (const auto& [fingerprint, firing] : sent->states) RC_ASSERT(!firing);
    }
  }));
}

}  // namespace
}  // namespace aloft::telemetry::alerts
