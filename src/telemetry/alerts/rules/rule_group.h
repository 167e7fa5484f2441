// A group of rules, evaluated one after another at its interval.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "io/event.h"
#include "io/pool.h"
#include "io/scope.h"
#include "telemetry/alerts/manager/history.h"
#include "telemetry/alerts/rules/rule.h"
#include "telemetry/alerts/rules/threshold_watch.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::alerts {

// Runs what blocks: on a pool, or at once where there is none (tests).
class Worker {
 public:
  Worker(io::Loop& loop, io::Pool* pool) : loop_(loop), pool_(pool) {}
  template <class F>
  auto run(F f) -> io::Task<std::invoke_result_t<F&>> {
    if (pool_ == nullptr) co_return f();
    io::Task<std::invoke_result_t<F&>> task = pool_->run(loop_, std::move(f));
    co_return co_await std::move(task);
  }

 private:
  io::Loop& loop_;
  io::Pool* pool_;
};

// What groups share. Outlives them.
struct RuleEnvironment {
  io::Loop& loop;
  const Clock& clock;
  Worker worker;
  RuleSurroundings around;
  RuleWriter write;
  std::function<void(std::vector<Alert>)> send;  // to the manager
  History& history;
  Metrics& metrics;
  const metrics::Queryable* storage = nullptr;  // for ALERTS_FOR_STATE after a restart; may be null
  Duration resend_delay = 1min;
  // An alert whose pending time is taken from ALERTS_FOR_STATE does not fire sooner after a restart; rules
  // that ask for less time begin anew.
  Duration for_grace_period = 10min;
};

// Lives on the alerts' loop.
class RuleGroup {
 public:
  RuleGroup(RuleGroupConfig config, Duration default_interval, RuleEnvironment& environment);
  ~RuleGroup();

  // Begins to evaluate, at times that are the same after every start.
  void start();
  // Evaluates all rules in order as of `at`.
  io::Task<> evaluate(WallTime at);
  // A sample crossed a rule's threshold. False when the rule must be evaluated to know what follows.
  bool tell(std::size_t rule, const Crossing& crossing, const TemplateContext& context);
  // Evaluates one rule soon, out of its turn.
  void evaluate_soon(std::size_t rule);
  // Sends what tell() changed in that rule.
  void send(std::size_t rule);

  const RuleGroupConfig& config() const { return config_; }
  Duration interval() const { return interval_; }
  Duration query_offset() const { return config_.query_offset.value_or(Duration::zero()); }
  std::vector<std::unique_ptr<Rule>>& rules() { return rules_; }
  const std::vector<std::unique_ptr<Rule>>& rules() const { return rules_; }
  Duration evaluation_took() const { return took_; }
  WallTime last_evaluation() const { return last_evaluation_; }
  std::string key() const { return config_.file + ";" + config_.name; }
  // The latest evaluation time before `now`.
  WallTime slot_before(WallTime now) const;
  // Takes over the rules' state from an earlier form of the group; what is left there is retired.
  void take_from(RuleGroup& earlier);
  // Thresholds by rule; nothing for rules that are none.
  const std::vector<std::optional<Threshold>>& thresholds() const { return thresholds_; }
  // Bumped by every change of an alert's state.
  std::uint64_t changes() const { return changes_; }

 private:
  io::Task<> run();
  io::Task<> evaluate_rule(std::size_t index, WallTime at);
  io::Task<> evaluate_out_of_turn(std::size_t index);
  io::Task<> watch_pending();
  io::Task<> confirm(std::size_t index);
  io::Task<> restore_from_storage();
  void observe(Rule& rule);
  void resume(Rule& rule, const LabelMap& labels, WallTime active_at, WallTime seen, WallTime now);
  void report(WallTime at);
  void finish(Rule& rule, WallTime at, Time begun, std::string error);

  RuleGroupConfig config_;
  Duration interval_;
  RuleEnvironment& environment_;
  std::vector<std::unique_ptr<Rule>> rules_;
  std::vector<std::string> generator_urls_;
  std::vector<std::optional<Threshold>> thresholds_;
  std::vector<bool> busy_;
  Duration took_{};
  WallTime last_evaluation_;
  std::uint64_t changes_ = 0;
  WallTime created_;
  bool fresh_ = true;  // not taken over from an earlier form
  Counter& evaluations_;
  Counter& failures_;
  Counter& missed_;
  io::WaitList pending_changed_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::alerts
