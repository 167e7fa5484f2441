// Rules at work on a simulated clock: states, thresholds on ingest, recorded series, restarts, anomalies.
#include "telemetry/alerts/rules/rule_manager.h"

#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include "io/sim_loop.h"
#include "telemetry/alerts/rules/rule_tests.h"
#include "telemetry/metrics/testing/memory_store.h"
#include "telemetry/promql/engine.h"

namespace aloft::telemetry::alerts {
namespace {

// Hands every sample to the watches whose matchers it fits, as the store does.
class FakeObservable final : public metrics::Observable {
 public:
  struct Entry {
    std::vector<Matcher> matchers;
    metrics::IngestObserver* observer;
  };
  class Handle final : public metrics::Observation {
   public:
    Handle(FakeObservable& owner, int id) : owner_(owner), id_(id) {}
    ~Handle() override { owner_.entries.erase(id_); }

   private:
    FakeObservable& owner_;
    int id_;
  };
  std::unique_ptr<metrics::Observation> observe(std::vector<Matcher> matchers,
                                                metrics::IngestObserver& observer) override {
    entries.emplace(++last_, Entry{std::move(matchers), &observer});
    return std::make_unique<Handle>(*this, last_);
  }
  std::map<int, Entry> entries;

 private:
  int last_ = 0;
};

struct World {
  explicit World(std::string_view rules, std::string state_folder = "") : folder(std::move(state_folder)) {
    start(rules);
  }
  // The process ends, after writing its state (unless it is killed), and comes back after a while.
  void restart(std::string_view rules, Duration down, bool killed) {
    if (!killed) manager->save();
    manager.reset();
    loop.run_for(down);
    start(rules);
  }
  AlertState state() const { return manager->groups()[0]->rules()[0]->alerting()->state(); }
  void start(std::string_view rules) {
    manager.reset();
    environment = std::make_unique<RuleEnvironment>(
        RuleEnvironment{loop, loop, Worker(loop, nullptr), RuleSurroundings(),
                        [this](MetricBatch batch) { return store.write(batch); },
                        [this](std::vector<Alert> alerts) {
                          for (Alert& alert : alerts) sent.emplace_back(now_ms(), std::move(alert));
                        },
                        history, metrics, &store});
    environment->around.query = make_rule_query(engine, store);
    environment->around.external_url = "http://aloft";
    manager = std::make_unique<RuleManager>(*environment, writer, &observable);
    manager->open(folder);
    apply(rules);
  }
  void apply(std::string_view rules) {
    auto file = parse_rule_file("f", rules);
    ASSERT_TRUE(file) << file.error().message();
    RuleManagerSettings settings;
    settings.folder = folder;
    manager->apply(std::move(file->groups), std::move(settings));
  }
  std::int64_t now_ms() const { return loop.now().since_origin / 1ms; }
  void sample(const Labels& labels, double value) {
    const Millis time = loop.wall().since_epoch / 1ms;
    store.add(labels, time, value);
    for (const auto& [id, entry] : observable.entries) {
      if (!matches_all(entry.matchers, labels)) continue;
      entry.observer->on_sample(labels, hash_labels(labels), time, value);
      if (batch_ends) entry.observer->on_batch_end();
    }
  }
  bool batch_ends = true;  // with each sample
  // "5 firing x, ..." of what was sent since the last call.
  std::string take() {
    std::string out;
    for (const auto& [at, alert] : sent) {
      if (!out.empty()) out += " | ";
      const bool resolved = alert.ends_at <= loop.wall() && alert.ends_at.since_epoch / 1ms <= at + start_ms;
      out += std::to_string(at) + (resolved ? " resolved " : " firing ") +
             std::string(label_of(alert.labels, "id"));
    }
    sent.clear();
    return out;
  }
  double last(std::string_view selector) {
    const auto expr = promql::parse(selector);
    const auto vector = environment->around.query(**expr, selector, loop.wall().since_epoch / 1ms);
    return vector && vector->size() == 1 ? vector->front().value : std::nan("");
  }

  static constexpr std::int64_t start_ms = 1'700'000'000'000;
  io::SimLoop loop{WallTime{1'700'000'000s}};
  std::string folder;
  metrics::MemoryStore store;
  FakeObservable observable;
  promql::SerialFor serial;
  promql::Engine engine{promql::EngineOptions(), serial};
  Metrics metrics;
  StateWriter writer{StateWriter::Runs::at_once};
  History history;
  std::unique_ptr<RuleEnvironment> environment;
  std::vector<std::pair<std::int64_t, Alert>> sent;
  std::unique_ptr<RuleManager> manager;
};

const Labels probe{{"__name__", "probe"}, {"id", "a"}};

TEST(RuleManager, a_threshold_alert_leaves_within_milliseconds_of_its_sample) {
  World world(
      "groups: [{name: g, interval: 1h, rules: [{alert: High, expr: probe > 5, annotations: {v: '{{ $value "
      "}}'}}]}]");
  world.loop.run_for(1s);
  world.sample(probe, 9);
  world.loop.run_for(1s);
  ASSERT_EQ(world.sent.size(), 1U);
  EXPECT_LE(world.sent[0].first - 1000, 10);
  EXPECT_EQ(world.sent[0].second.annotations.at("v"), "9");
  EXPECT_EQ(world.sent[0].second.generator_url, "http://aloft/graph?g0.expr=probe+%3E+5&g0.tab=1");
  world.sent.clear();
  world.sample(probe, 1);
  world.loop.run_for(1s);
  EXPECT_EQ(world.take(), "2004 resolved a");
}

TEST(RuleManager, a_threshold_with_for_fires_when_its_time_has_come_and_not_before) {
  World world("groups: [{name: g, interval: 1h, rules: [{alert: High, expr: probe > 5, for: 30s}]}]");
  for (int i = 0; i < 4; ++i) {
    world.sample(probe, 9);
    world.loop.run_for(10s);
  }
  EXPECT_EQ(world.take(), "30000 firing a");
  World dipping("groups: [{name: g, interval: 1h, rules: [{alert: High, expr: probe > 5, for: 30s}]}]");
  for (const double value : {9.0, 9.0, 1.0, 9.0, 9.0}) {
    dipping.sample(probe, value);
    dipping.loop.run_for(10s);
  }
  EXPECT_EQ(dipping.take(), "");
}

TEST(RuleManager, five_thousand_crossings_leave_together) {
  World world("groups: [{name: g, interval: 1h, rules: [{alert: High, expr: probe > 5}]}]");
  std::set<std::int64_t> times;
  for (int i = 0; i < 5000; ++i) world.sample(Labels{{"__name__", "probe"}, {"id", std::to_string(i)}}, 9);
  world.loop.run_for(2s);
  for (const auto& [at, alert] : world.sent) times.insert(at);
  EXPECT_EQ(world.sent.size(), 5000U);
  EXPECT_EQ(times.size(), 1U);
}

TEST(RuleManager, a_batch_is_told_of_whole_however_long_it_takes) {
  World world("groups: [{name: g, interval: 1h, rules: [{alert: High, expr: probe > 5}]}]");
  world.batch_ends = false;
  for (int i = 0; i < 3; ++i) {
    world.sample(Labels{{"__name__", "probe"}, {"id", std::to_string(i)}}, 9);
    world.loop.run_for(50ms);
  }
  EXPECT_EQ(world.take(), "");
  world.batch_ends = true;
  world.sample(probe, 9);
  world.loop.run_for(1s);
  EXPECT_EQ(world.sent.size(), 4U);
  EXPECT_EQ(world.sent.front().first, world.sent.back().first);
}

TEST(RuleManager, evaluations_are_the_truth_for_what_falls_silent) {
  World world("groups: [{name: g, interval: 1m, rules: [{alert: High, expr: probe > 5}]}]");
  world.sample(probe, 9);
  world.loop.run_for(1s);
  EXPECT_EQ(world.take().substr(1), " firing a");
  world.loop.run_for(10min);
  std::string last = world.take();
  EXPECT_NE(last.find("resolved a"), std::string::npos) << last;
}

TEST(RuleManager, recorded_series_become_stale_when_they_vanish_and_when_their_rule_goes) {
  World world("groups: [{name: g, interval: 1m, rules: [{record: twice, expr: probe * 2, labels: {x: y}}]}]");
  world.sample(probe, 4);
  world.loop.run_for(2min);
  EXPECT_EQ(world.last("twice{x=\"y\",id=\"a\"}"), 8);
  world.apply("groups: [{name: g, interval: 1m, rules: [{record: thrice, expr: probe * 3}]}]");
  world.loop.run_for(1s);
  EXPECT_TRUE(std::isnan(world.last("twice")));
  world.loop.run_for(2min);
  EXPECT_EQ(world.last("thrice"), 12);
  world.loop.run_for(6min);
  EXPECT_TRUE(std::isnan(world.last("thrice")));
}

TEST(RuleManager, alerts_and_their_series_follow_the_state) {
  World world(
      "groups: [{name: g, interval: 1m, rules: [{alert: Down, expr: 'probe == 0', for: 2m, keep_firing_for: "
      "3m, labels: {severity: '{{ $labels.id }}'}}]}]");
  const auto run = [&](double value, int minutes) {
    for (int i = 0; i < minutes * 4; ++i) {
      world.sample(probe, value);
      world.loop.run_for(15s);
    }
  };
  run(0, 1);
  EXPECT_EQ(world.last("ALERTS{alertname=\"Down\",alertstate=\"pending\",severity=\"a\"}"), 1);
  run(0, 1);
  EXPECT_EQ(world.last("ALERTS{alertname=\"Down\",alertstate=\"firing\"}"), 1);
  EXPECT_TRUE(std::isnan(world.last("ALERTS{alertstate=\"pending\"}")));
  EXPECT_GE(world.last("ALERTS_FOR_STATE"), 1.7e9);
  run(1, 2);
  EXPECT_EQ(world.last("ALERTS{alertstate=\"firing\"}"), 1);
  run(1, 3);
  EXPECT_TRUE(std::isnan(world.last("ALERTS")));
}

TEST(RuleManager, state_survives_a_restart) {
  const std::string folder = testing::TempDir() + "/rules_restart";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::string_view rules =
      "groups: [{name: g, interval: 1m, rules: [{alert: Down, expr: 'probe == 0', for: 10m}]}]";
  World world(rules, folder);
  const auto run = [&](int minutes) {
    for (int i = 0; i < minutes; ++i) {
      world.sample(probe, 0);
      world.loop.run_for(1min);
    }
  };
  run(7);
  world.manager->save();
  world.start(rules);
  run(2);
  EXPECT_EQ(world.take(), "");
  run(4);
  const std::string fired = world.take();
  EXPECT_NE(fired.find("firing a"), std::string::npos) << "pending time from before the restart counts";
  world.manager->save();
  world.start(rules);
  run(3);
  EXPECT_EQ(world.manager->groups()[0]->rules()[0]->alerting()->state(), AlertState::firing);
  std::filesystem::remove_all(folder);
}

TEST(RuleManager, a_limit_refuses_too_many_alerts_and_says_so) {
  World world("groups: [{name: g, interval: 1m, limit: 1, rules: [{alert: A, expr: probe > 0}]}]");
  world.sample(probe, 1);
  world.sample(Labels{{"__name__", "probe"}, {"id", "b"}}, 1);
  world.loop.run_for(2min);
  EXPECT_EQ(world.manager->groups()[0]->rules()[0]->health.error, "exceeded limit of 1 with 2 alerts");
}

TEST(RuleManager, an_anomaly_rule_gives_score_and_bounds_and_alerts) {
  World world(
      "groups: [{name: g, interval: 1m, rules: [{anomaly: Odd, expr: probe, model: mad, warmup: 10, window: "
      "1h, sensitivity: 0.7}]}]");
  const auto run = [&](double value) {
    world.sample(probe, value);
    world.loop.run_for(1min);
  };
  for (int i = 0; i < 40; ++i) run(100 + i % 5);
  EXPECT_EQ(world.take(), "");
  EXPECT_LE(world.last("anomaly_score{anomaly=\"Odd\"}"), 1);
  EXPECT_NEAR(world.last("yhat"), 102, 1);
  EXPECT_LT(world.last("yhat_lower"), 100);
  EXPECT_GT(world.last("yhat_upper"), 104);
  run(200);
  run(200);
  EXPECT_GT(world.last("anomaly_score"), 1);
  EXPECT_NE(world.take().find("firing a"), std::string::npos);
}

TEST(AnomalyModel, each_method_finds_the_odd_value_and_keeps_its_state) {
  for (const auto method : {AnomalyMethod::mad, AnomalyMethod::zscore, AnomalyMethod::seasonal}) {
    AnomalySettings settings;
    settings.method = method;
    settings.period = 1h;
    settings.window = 2h;
    settings.warmup = 60;
    AnomalyModel model(settings, 1min);
    WallTime at{1'700'000'000s};
    for (int i = 0; i < 600; ++i, at = at + 1min) {
      const double wave = method == AnomalyMethod::seasonal ? 50 * std::sin(2 * M_PI * (i % 60) / 60) : 0;
      const Judgement judgement = model.observe(100 + wave + i % 3, at);
      if (i > 300) {
        EXPECT_LE(judgement.score, 1) << static_cast<int>(method) << " " << i;
      }
    }
    AnomalyModel copy(settings, 1min);
    ASSERT_TRUE(copy.load(model.save()));
    EXPECT_GT(copy.observe(400, at).score, 1);
    EXPECT_GT(model.observe(400, at).score, 1);
  }
  EXPECT_NEAR(tolerated_deviations(0), 10, 1e-9);
  EXPECT_NEAR(tolerated_deviations(1), 1.5, 1e-9);
}

TEST(Threshold, plain_comparisons_are_recognised_and_others_are_not) {
  const auto read = [](std::string_view text) { return Threshold::recognise(**promql::parse(text)); };
  for (const char* text : {"up == 0", "(up) > 1e3", "5 < up", "abs(up{a=~\"b\"}) >= 2", "-up < -3",
                           "up * 100 / 3 + 1 > 7", "{__name__=\"up\"} != 1"})
    EXPECT_TRUE(read(text)) << text;
  for (const char* text : {"up", "up > bool 1", "up offset 5m > 1", "up @ 3 > 1", "rate(up[5m]) > 1",
                           "up > down", "{job=\"x\"} > 1", "up > 1 and up < 3", "sum(up) > 1"})
    EXPECT_FALSE(read(text)) << text;
  EXPECT_EQ(read("5 < up")->judge(6), 6);
  EXPECT_FALSE(read("5 < up")->judge(5));
  EXPECT_EQ(read("100 - up * 2 <= 10")->judge(50), 0);
  EXPECT_FALSE(read("up > 0")->judge(std::nan("")));
}

TEST(AlertingProperty, an_alert_fires_only_when_its_expression_held_for_the_whole_for) {
  EXPECT_TRUE(rc::check([] {
    RuleConfig rule;
    rule.kind = RuleConfig::Kind::alerting;
    rule.name = "A";
    rule.hold = std::chrono::seconds(*rc::gen::inRange(0, 50));
    AlertingState state(rule);
    EvaluatedAlert alert;
    alert.labels = {{"alertname", "A"}};
    WallTime now{1'700'000'000s};
    std::optional<WallTime> held_since;
    const auto steps = *rc::gen::container<std::vector<std::tuple<bool, bool, int>>>(
        rc::gen::tuple(rc::gen::arbitrary<bool>(), rc::gen::arbitrary<bool>(), rc::gen::inRange(1, 20)));
    for (const auto& [holds, by_sample, seconds] : steps) {
      if (!holds) held_since.reset();
      if (holds && !held_since) held_since = now;
      if (by_sample) {
        state.tell(alert, holds, now, now);
      } else {
        std::vector<EvaluatedAlert> found;
        if (holds) found.push_back(alert);
        RC_ASSERT(state.update(found, now, now, 0).has_value());
      }
      const bool firing = state.state() == AlertState::firing;
      RC_ASSERT(firing == (held_since.has_value() && now - *held_since >= rule.hold));
      now = now + std::chrono::seconds(seconds);
    }
  }));
}

// The same of everything together: samples that come, fail to come or say the opposite, evaluations at their
// turn and out of it, stops and kills. Seconds while the process is away do not count.
class HeldTime {
 public:
  void sample(double value, std::int64_t now) {
    value_ = value;
    at_ = now;
    if (!(value > 5)) held_ = 0;
  }
  void second(std::int64_t now) { held_ = holds(now) ? held_ + 1 : 0; }
  // Told by nobody while the process was away: what was high then is believed to have stayed so.
  void away(std::int64_t now) {
    if (!holds(now)) held_ = 0;
  }
  bool holds(std::int64_t now) const { return value_ > 5 && now - at_ < 300; }
  std::int64_t held() const { return held_; }

 private:
  double value_ = 0;
  std::int64_t at_ = 0;
  std::int64_t held_ = 0;  // seconds without interruption
};

TEST(AlertingProperty, no_restart_and_no_gap_makes_an_alert_fire_early_or_never) {
  // In memory where that can be had, for every restart writes and syncs a file.
  const std::string base = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : testing::TempDir();
  const std::string folder = fmt::format("{}/alerting_property_{}", base, ::getpid());
  EXPECT_TRUE(rc::check([&folder] {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    const int hold = *rc::gen::inRange(1, 120);
    const int interval = *rc::gen::element(5, 60, 3600);
    const std::string rules = fmt::format(
        "groups: [{{name: g, interval: {}s, rules: [{{alert: High, expr: probe > 5, for: {}s}}]}}]", interval,
        hold);
    World world(rules, folder);
    HeldTime model;
    std::int64_t now = 0;
    AlertState before = AlertState::inactive;
    std::int64_t settled = 0;  // seconds since the last restart
    using Step = std::tuple<int, int>;
    const auto steps = *rc::gen::container<std::vector<Step>>(
        rc::gen::tuple(rc::gen::inRange(0, 8), rc::gen::inRange(1, 90)));
    for (const auto& [kind, length] : steps) {
      if (kind <= 3) {
        world.sample(probe, 9);
        model.sample(9, now);
      } else if (kind == 4) {
        world.sample(probe, 1);
        model.sample(1, now);
      } else if (kind >= 6) {
        world.restart(rules, std::chrono::seconds(length), kind == 7);
        now += length;
        settled = 0;
        model.away(now);
        before = world.state();
      }
      for (int second = 0; second < (kind == 5 ? length * 6 : length % 20); ++second) {
        world.loop.run_for(1s);
        model.second(++now);
        ++settled;
        const AlertState state = world.state();
        if (before != AlertState::firing && state == AlertState::firing) RC_ASSERT(model.held() >= hold);
        // A kill may cost what was not written yet, and an evaluation takes its turn.
        if (model.held() >= hold + interval + 20 && settled > interval + 20)
          RC_ASSERT(state == AlertState::firing);
        before = state;
      }
    }
  }));
  std::filesystem::remove_all(folder);
}

TEST(RuleManager, pending_time_comes_back_from_series_after_a_grace_period) {
  const std::string_view rules =
      "groups: [{name: g, interval: 1m, rules: [{alert: Slow, expr: 'probe == 0', for: 30m}, {alert: Quick, "
      "expr: 'probe == 0', for: 5m}]}]";
  World world(rules);
  const auto run = [&](int minutes) {
    for (int i = 0; i < minutes; ++i) {
      world.sample(probe, 0);
      world.loop.run_for(1min);
    }
  };
  run(26);
  world.take();
  world.manager.reset();
  world.loop.run_for(2min);
  world.start(rules);
  run(4);
  EXPECT_EQ(world.state(), AlertState::pending);
  EXPECT_EQ(world.take(), "") << "a rule that asks for less than the grace period begins anew";
  run(4);
  EXPECT_NE(world.take().find("firing"), std::string::npos) << "Quick";
  EXPECT_EQ(world.state(), AlertState::pending);
  run(5);
  EXPECT_EQ(world.state(), AlertState::firing) << "ten minutes after the restart, not four";
}

}  // namespace
}  // namespace aloft::telemetry::alerts
