// One rule at work: from the vector of its expression to series and alerts. The parts that ask the storage
// touch no state of the rule, so they run on any thread; the others run on the alerts' loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/alerts/rules/alerting_state.h"
#include "telemetry/alerts/rules/anomaly_model.h"
#include "telemetry/alerts/rules/rule_file.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/core/pipeline.h"

namespace aloft::telemetry::alerts {

// Evaluates an expression at a time; a scalar comes as one sample without labels. Blocks.
using RuleQuery = std::function<Result<std::vector<promql::Sample>>(const promql::Expr& expr,
                                                                    std::string_view text, Millis at)>;
// Writes recorded series. Blocks.
using RuleWriter = std::function<Result<WriteReport>(MetricBatch batch)>;

struct RuleSurroundings {
  RuleQuery query;
  std::string external_url;
  LabelMap external_labels;
};

// What asking the storage gave.
struct RuleFindings {
  WallTime asked;  // when the query began
  std::vector<promql::Sample> vector;
  std::vector<EvaluatedAlert> alerts;
};

// Any thread. Error: what the query gave, or two alerts with the same labels.
Result<RuleFindings> find_for_rule(const RuleConfig& rule, const RuleSurroundings& around, WallTime at,
                                   Duration query_offset);

// Lives on one loop.
class Rule {
 public:
  explicit Rule(std::shared_ptr<const RuleConfig> config, Duration interval);
  const RuleConfig& config() const { return *config_; }
  const std::shared_ptr<const RuleConfig>& shared_config() const { return config_; }

  // Takes the findings in and gives the batch to write: what the rule says now, and stale markers for the
  // series that it no longer gives. Error: beyond the limit, or two series with the same labels.
  Result<MetricBatch> take(RuleFindings findings, const RuleSurroundings& around, WallTime at,
                           Duration query_offset, std::int64_t limit);
  // The batch was written: its series are those that may become stale. `series` comes from take().
  void written() { previous_ = std::move(pending_); }
  // Stale markers for everything that it gave; for a rule that goes.
  MetricBatch retire(WallTime at);

  // Null for recording rules.
  AlertingState* alerting() { return alerting_ ? &*alerting_ : nullptr; }
  const AlertingState* alerting() const { return alerting_ ? &*alerting_ : nullptr; }

  // Takes over alerts, models and series of an earlier form of the rule.
  void take_from(Rule& earlier);
  // Two forms of one rule: the same name and labels.
  std::string identity() const { return config_->name + labels_text(config_->labels); }

  // The anomaly models, for the disk.
  std::string save_models() const;
  void load_models(std::string_view bytes);

  struct Health {
    bool evaluated = false;
    std::string error;  // empty: good
    Duration took{};
    WallTime at;
  };
  Health health;

 private:
  struct Series {
    AnomalyModel model;
    WallTime seen;
  };
  Result<std::vector<RuleSample>> record(std::vector<promql::Sample> vector, Millis time,
                                         std::int64_t limit) const;
  Result<std::vector<RuleSample>> judge(const RuleFindings& findings, const RuleSurroundings& around,
                                        WallTime at, Millis time, std::int64_t limit);

  std::shared_ptr<const RuleConfig> config_;
  Duration interval_;
  std::optional<AlertingState> alerting_;
  std::map<std::string, Series> models_;         // by encoded labels
  std::set<std::string, std::less<>> previous_;  // encoded labels of the series of the last evaluation
  std::set<std::string, std::less<>> pending_;
};

}  // namespace aloft::telemetry::alerts
