// The alerts of one alerting rule: pending until the expression has held for long enough, then firing, and
// kept for a while after they have ended. Knows no storage and no clock; times are handed in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/alerts/rules/rule_file.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/promql/value.h"

namespace aloft::telemetry::alerts {

enum class AlertState { inactive, pending, firing };
std::string_view to_string(AlertState state);

// An alert as one evaluation sees it, labels and annotations expanded.
struct EvaluatedAlert {
  LabelMap labels;
  LabelMap annotations;
  double value = 0;
};

// Expands the templates of a rule over the samples of its expression. Error: invalid when two samples give
// the same labels.
Result<std::vector<EvaluatedAlert>> expand_alerts(const RuleConfig& rule,
                                                  const std::vector<promql::Sample>& vector,
                                                  const TemplateContext& context);
EvaluatedAlert expand_alert(const RuleConfig& rule, LabelsView labels, double value,
                            const TemplateContext& context);

struct ActiveAlert {
  LabelMap labels;
  LabelMap annotations;
  AlertState state = AlertState::pending;
  double value = 0;
  WallTime active_at;
  WallTime fired_at;
  WallTime resolved_at;
  WallTime keep_firing_since;
  WallTime last_sent_at;
  WallTime valid_until;
  // Taken over from before a restart: it is not resolved by the first evaluation that does not see it.
  bool restored = false;
  bool remembered = false;  // by the state file, which knows more than series do
  // What a sample said on its way in: the sample's time, and when it was said. Evaluations that could not
  // have seen it do not overrule it.
  WallTime told_at;
  WallTime told_when;
  bool told_holds = false;
};

// A series to be written for a rule: ALERTS, ALERTS_FOR_STATE, or what a recording rule records.
struct RuleSample {
  Labels labels;
  Millis time = 0;
  double value = 0;
  HistogramPtr histogram;
};

// Lives on one loop.
class AlertingState {
 public:
  using Changed = std::function<void(const ActiveAlert& alert, AlertState from, AlertState to)>;
  explicit AlertingState(const RuleConfig& rule) : rule_(&rule) {}
  void set_observer(Changed changed) { changed_ = std::move(changed); }
  // The rule may have been read anew; the alerts stay.
  void adopt(const RuleConfig& rule) { rule_ = &rule; }

  // What an evaluation at `at`, which began to ask at `asked`, found. Error: invalid beyond the group's
  // limit; the rule then has no alerts.
  Result<> update(const std::vector<EvaluatedAlert>& found, WallTime at, WallTime asked, std::int64_t limit);
  // What a sample of time `at` said, before any evaluation. True when the state of the alert changed.
  bool tell(const EvaluatedAlert& alert, bool holds, WallTime at, WallTime now);
  // The series that go with the state, for an evaluation at `at` over data of `data_time`.
  std::vector<RuleSample> samples(WallTime data_time) const;
  // What the manager must hear now. `at_once`: only what changed.
  std::vector<Alert> to_send(WallTime at, Duration resend_delay, Duration interval,
                             const std::string& generator_url);
  // When the first pending alert becomes due; nothing when none is pending.
  std::optional<WallTime> next_due() const;

  AlertState state() const;
  const std::map<std::uint64_t, ActiveAlert>& alerts() const { return alerts_; }
  // Puts an alert back as it was before a restart that took from `down_at` to `up_at`. Pending time does not
  // count while nobody looked.
  void restore(ActiveAlert alert, WallTime down_at, WallTime up_at);
  // A pending alert has been active since then, unless the state file has said so already.
  void resume(std::uint64_t fingerprint, WallTime active_at);
  // Drops what the state file says is pending and `found` does not show: nobody knows since when it is over.
  void confirm(const std::vector<EvaluatedAlert>& found);
  // True when no sample has said anything since then about some alert that is pending or fires.
  bool has_untold(WallTime since) const;
  bool has_remembered() const;  // that are pending
  void take_from(AlertingState& other) { alerts_ = std::move(other.alerts_); }

 private:
  void change(ActiveAlert& alert, AlertState to);
  void absent(std::map<std::uint64_t, ActiveAlert>::iterator& item, WallTime at, std::size_t& active);
  void begin(ActiveAlert& alert, WallTime at);
  void advance(ActiveAlert& alert, WallTime at);

  const RuleConfig* rule_;
  std::map<std::uint64_t, ActiveAlert> alerts_;
  Changed changed_;
};

}  // namespace aloft::telemetry::alerts
