// The life of a group: wait for its slot, evaluate, write, tell the manager.
#include "telemetry/alerts/rules/rule_group.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/alerts/log.h"
#include "telemetry/core/template/escape.h"

namespace aloft::telemetry::alerts {
namespace {

// How far back ALERTS_FOR_STATE is looked for after a restart.
constexpr Duration outage_tolerance = 1h;
constexpr Duration busy_pause = 20ms;

aloft::Labels group_label(const RuleGroupConfig& config) {
  return {{"rule_group", config.file + ";" + config.name}};
}

}  // namespace

RuleGroup::RuleGroup(RuleGroupConfig config, Duration default_interval, RuleEnvironment& environment)
    : config_(std::move(config)),
      interval_(config_.interval.value_or(default_interval)),
      environment_(environment),
      created_(environment.clock.wall()),
      evaluations_(environment.metrics.counter("prometheus_rule_evaluations_total", "Rule evaluations.",
                                               group_label(config_))),
      failures_(environment.metrics.counter("prometheus_rule_evaluation_failures_total",
                                            "Rule evaluations that failed.", group_label(config_))),
      missed_(environment.metrics.counter(
          "prometheus_rule_group_iterations_missed_total",
          "Evaluations of groups that were left out because the one before took too long.",
          group_label(config_))),
      pending_changed_(environment.loop),
      scope_(environment.loop) {
  for (const RuleConfig& described : config_.rules) {
    auto rule = std::make_unique<Rule>(std::make_shared<const RuleConfig>(described), interval_);
    observe(*rule);
    rules_.push_back(std::move(rule));
    generator_urls_.push_back(fmt::format("{}/graph?g0.expr={}&g0.tab=1", environment.around.external_url,
                                          templates::escape_query(described.canonical)));
    const bool alerting = described.kind == RuleConfig::Kind::alerting && described.parsed != nullptr &&
                          query_offset() == Duration::zero() && config_.limit == 0;
    thresholds_.push_back(alerting ? Threshold::recognise(*described.parsed) : std::nullopt);
  }
  busy_.resize(rules_.size());
}

RuleGroup::~RuleGroup() = default;

void RuleGroup::observe(Rule& rule) {
  if (rule.alerting() == nullptr) return;
  rule.alerting()->set_observer([this](const ActiveAlert& alert, AlertState from, AlertState to) {
    ++changes_;
    HistoryEvent event;
    event.time = environment_.clock.wall();
    event.kind = HistoryEvent::Kind::rule;
    event.from = std::string(to_string(from));
    event.to = std::string(to_string(to));
    event.labels = std::make_shared<const LabelMap>(alert.labels);
    event.detail = key();
    event.value = alert.value;
    environment_.history.add(std::move(event));
  });
}

void RuleGroup::start() {
  scope_.spawn(run());
  if (std::any_of(thresholds_.begin(), thresholds_.end(),
                  [](const auto& threshold) { return threshold.has_value(); }))
    scope_.spawn(watch_pending());
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (thresholds_[i] && rules_[i]->alerting()->has_remembered()) scope_.spawn(confirm(i));
  }
}

// Pending alerts of threshold rules may fire before the group's first turn, so what became of them while the
// process was away is looked up at once.
io::Task<> RuleGroup::confirm(std::size_t index) {
  Rule& rule = *rules_[index];
  auto find = [config = rule.shared_config(), around = environment_.around, at = environment_.clock.wall()] {
    return find_for_rule(*config, around, at, Duration::zero());
  };
  io::Task<Result<RuleFindings>> finding = environment_.worker.run(std::move(find));
  const Result<RuleFindings> findings = co_await std::move(finding);
  if (findings) rule.alerting()->confirm(findings->alerts);
}

WallTime RuleGroup::slot_before(WallTime now) const {
  const std::int64_t step = interval_.count();
  const auto offset = static_cast<std::int64_t>(stable_hash(key()) % static_cast<std::uint64_t>(step));
  const std::int64_t shifted = now.since_epoch.count() - offset;
  return WallTime{Duration(shifted - shifted % step + offset)};
}

io::Task<> RuleGroup::run() {
  WallTime at = slot_before(environment_.clock.wall()) + interval_;
  bool first = true;
  for (;;) {
    const Duration wait = at - environment_.clock.wall();
    co_await environment_.loop.sleep(wait);
    co_await evaluate(at);
    if (std::exchange(first, false) && fresh_) co_await restore_from_storage();
    const std::int64_t passed = std::max<std::int64_t>((environment_.clock.wall() - at) / interval_, 0);
    if (passed > 0) missed_.add(static_cast<std::uint64_t>(passed));
    at = at + (passed + 1) * interval_;
  }
}

io::Task<> RuleGroup::evaluate(WallTime at) {
  const Time begun = environment_.loop.now();
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    while (busy_[i]) co_await environment_.loop.sleep(busy_pause);
    co_await evaluate_rule(i, at);
  }
  took_ = environment_.loop.now() - begun;
  last_evaluation_ = at;
  report(at);
}

void RuleGroup::report(WallTime at) {
  const auto set = [this](std::string_view name, std::string_view help, double value) {
    environment_.metrics.gauge(name, help, group_label(config_)).set(value);
  };
  const auto seconds = [](Duration duration) { return std::chrono::duration<double>(duration).count(); };
  environment_.metrics
      .counter("prometheus_rule_group_iterations_total", "Evaluations of groups.", group_label(config_))
      .add();
  set("prometheus_rule_group_interval_seconds", "The interval of a group.", seconds(interval_));
  set("prometheus_rule_group_last_duration_seconds", "How long the last evaluation took.", seconds(took_));
  set("prometheus_rule_group_last_evaluation_timestamp_seconds", "When a group was evaluated last.",
      seconds(at.since_epoch));
  set("prometheus_rule_group_rules", "Rules of a group.", static_cast<double>(rules_.size()));
}

io::Task<> RuleGroup::evaluate_rule(std::size_t index, WallTime at) {
  Rule& rule = *rules_[index];
  busy_[index] = true;
  evaluations_.add();
  const Time begun = environment_.loop.now();
  const Duration offset = query_offset();
  const WallTime asked = environment_.clock.wall();
  auto find = [config = rule.shared_config(), around = environment_.around, at, offset] {
    return find_for_rule(*config, around, at, offset);
  };
  io::Task<Result<RuleFindings>> finding = environment_.worker.run(std::move(find));
  Result<RuleFindings> findings = co_await std::move(finding);
  busy_[index] = false;
  if (!findings) {
    finish(rule, at, begun, findings.error().message());
    co_return;
  }
  findings->asked = asked;
  Result<MetricBatch> batch = rule.take(std::move(*findings), environment_.around, at, offset, config_.limit);
  if (!batch) {
    finish(rule, at, begun, batch.error().message());
    co_return;
  }
  if (rule.alerting() != nullptr) {
    std::vector<Alert> alerts =
        rule.alerting()->to_send(at, environment_.resend_delay, interval_, generator_urls_[index]);
    if (!alerts.empty()) environment_.send(std::move(alerts));
    pending_changed_.notify_all();
  }
  if (batch->empty()) {
    rule.written();
    finish(rule, at, begun, "");
    co_return;
  }
  // The batch moves through a shared pointer, for closures must be copyable on their way to a thread.
  auto shared = std::make_shared<MetricBatch>(std::move(*batch));
  auto write = [writer = environment_.write, shared] { return writer(std::move(*shared)); };
  io::Task<Result<WriteReport>> writing = environment_.worker.run(std::move(write));
  const Result<WriteReport> report = co_await std::move(writing);
  if (report) rule.written();
  std::string error = report ? "" : report.error().message();
  if (report && report->rejected > 0) error = report->first_rejection;
  finish(rule, at, begun, std::move(error));
}

void RuleGroup::finish(Rule& rule, WallTime at, Time begun, std::string error) {
  if (!error.empty()) {
    failures_.add();
    if (rule.health.error != error) log.warning("rule {} of group {}: {}", rule.config().name, key(), error);
  }
  rule.health.evaluated = true;
  rule.health.error = std::move(error);
  rule.health.took = environment_.loop.now() - begun;
  rule.health.at = at;
}

bool RuleGroup::tell(std::size_t index, const Crossing& crossing, const TemplateContext& context) {
  Rule& rule = *rules_[index];
  const RuleConfig& config = rule.config();
  for (const auto* list : {&config.label_templates, &config.annotation_templates}) {
    for (const auto& [name, text] : *list) {
      if (text.queries()) return false;
    }
  }
  const EvaluatedAlert alert = expand_alert(config, crossing.labels, crossing.value, context);
  const WallTime at{std::chrono::milliseconds(crossing.time)};
  rule.alerting()->tell(alert, crossing.holds, at, environment_.clock.wall());
  return true;
}

void RuleGroup::send(std::size_t index) {
  std::vector<Alert> alerts = rules_[index]->alerting()->to_send(
      environment_.clock.wall(), environment_.resend_delay, interval_, generator_urls_[index]);
  if (!alerts.empty()) environment_.send(std::move(alerts));
  pending_changed_.notify_all();
}

void RuleGroup::evaluate_soon(std::size_t index) { scope_.spawn(evaluate_out_of_turn(index)); }

io::Task<> RuleGroup::evaluate_out_of_turn(std::size_t index) {
  while (busy_[index]) co_await environment_.loop.sleep(busy_pause);
  co_await evaluate_rule(index, environment_.clock.wall());
}

// Pending alerts of threshold rules fire when their time has come, not at the next turn of the group. Whether
// the expression still holds is for the storage to say.
io::Task<> RuleGroup::watch_pending() {
  for (;;) {
    std::optional<WallTime> due;
    std::size_t index = 0;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (!thresholds_[i]) continue;
      const auto next = rules_[i]->alerting()->next_due();
      if (next && (!due || *next < *due)) {
        due = next;
        index = i;
      }
    }
    if (!due) {
      co_await pending_changed_.wait();
      continue;
    }
    const Duration wait = *due - environment_.clock.wall();
    if (wait > Duration::zero()) {
      // Looked at again after any change, for the alert may have gone.
      co_await pending_changed_.wait_until(environment_.loop.now() + wait);
      continue;
    }
    co_await evaluate_out_of_turn(index);
    // When it is pending still, the group's own turn decides.
    const auto again = rules_[index]->alerting()->next_due();
    if (again && *again <= environment_.clock.wall()) co_await environment_.loop.sleep(interval_);
  }
}

// Alerts whose pending time is known only from the series ALERTS_FOR_STATE: those of an earlier process that
// left no state file, or of Prometheus.
io::Task<> RuleGroup::restore_from_storage() {
  if (environment_.storage == nullptr) co_return;
  const WallTime now = environment_.clock.wall();
  for (const auto& rule : rules_) {
    if (rule->alerting() == nullptr || rule->config().hold < environment_.for_grace_period ||
        rule->alerting()->alerts().empty())
      continue;
    struct Last {
      LabelMap labels;
      WallTime active_at;
      WallTime seen;
    };
    auto look = [storage = environment_.storage, name = rule->config().name,
                 before = created_]() -> Result<std::vector<Last>> {
      const Millis to = before.since_epoch / 1ms - 1;
      const Millis from = to - outage_tolerance / 1ms;
      const std::vector<Matcher> matchers = {
          Matcher::equal(std::string(metric_name_label), "ALERTS_FOR_STATE"),
          Matcher::equal("alertname", name)};
      TRY(selection, storage->select(from, to, matchers, metrics::SelectHints()));
      std::vector<Last> out;
      metrics::Column column;
      for (std::size_t i = 0; i < selection->size(); ++i) {
        TRY_DO(selection->read(i, from, to, column));
        const std::size_t last = column.size();
        // What ended in a stale marker was over already. Series may come from anywhere; what is no time says
        // nothing.
        if (last == 0 || is_stale(column.values[last - 1]) || !(std::abs(column.values[last - 1]) < 9e9))
          continue;
        Last item;
        for (const Label& label : selection->labels(i)) {
          if (label.name != metric_name_label)
            item.labels.emplace(std::string(label.name), std::string(label.value));
        }
        item.active_at = WallTime{std::chrono::seconds(static_cast<std::int64_t>(column.values[last - 1]))};
        item.seen = WallTime{std::chrono::milliseconds(column.times[last - 1])};
        out.push_back(std::move(item));
      }
      return out;
    };
    io::Task<Result<std::vector<Last>>> looking = environment_.worker.run(std::move(look));
    const Result<std::vector<Last>> found = co_await std::move(looking);
    if (!found) {
      log.warning("rule {}: its earlier state cannot be read: {}", rule->config().name,
                  found.error().message());
      continue;
    }
    for (const Last& last : *found) resume(*rule, last.labels, last.active_at, last.seen, now);
  }
  pending_changed_.notify_all();
}

// Only what holds again gets its earlier time back. The time nobody looked does not count, and what was about
// to fire waits for the grace period, for the data that speaks against it may be on its way.
void RuleGroup::resume(Rule& rule, const LabelMap& labels, WallTime active_at, WallTime seen, WallTime now) {
  const Duration hold = rule.config().hold;
  const Duration left = hold - (seen - active_at);
  if (left > Duration::zero() && left < environment_.for_grace_period)
    active_at = now + environment_.for_grace_period - hold;
  else if (left > Duration::zero())
    active_at = active_at + (now - seen);
  rule.alerting()->resume(fingerprint_of(labels), active_at);
}

void RuleGroup::take_from(RuleGroup& earlier) {
  fresh_ = false;
  took_ = earlier.took_;
  last_evaluation_ = earlier.last_evaluation_;
  std::vector<bool> taken(earlier.rules_.size());
  for (const auto& rule : rules_) {
    for (std::size_t i = 0; i < earlier.rules_.size(); ++i) {
      if (taken[i] || earlier.rules_[i]->identity() != rule->identity()) continue;
      taken[i] = true;
      rule->take_from(*earlier.rules_[i]);
      break;
    }
  }
}

}  // namespace aloft::telemetry::alerts
