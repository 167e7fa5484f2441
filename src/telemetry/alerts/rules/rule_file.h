// Prometheus rule files: groups of recording and alerting rules, and our anomaly rules beside them. Read
// strictly; every mistake names group, rule and line as promtool does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/alerts/rules/alert_template.h"
#include "telemetry/alerts/rules/rule_language.h"
#include "telemetry/promql/ast.h"

namespace aloft::telemetry::alerts {

enum class AnomalyMethod { mad, zscore, seasonal };
enum class AnomalyDirection { both, above, below };

// What an `anomaly:` rule says beside its expression. It answers with the series anomaly_score, yhat,
// yhat_lower and yhat_upper, and alerts while the score is above 1.
struct AnomalySettings {
  AnomalyMethod method = AnomalyMethod::mad;
  AnomalyDirection direction = AnomalyDirection::both;
  double sensitivity = 0.5;           // 0: only gross deviations, 1: slight ones too
  double min_deviation = 0;           // in units of the value
  double min_deviation_relative = 0;  // in parts of the expected value
  Duration period = 24h;              // of seasonal models
  Duration window = 6h;               // how much of the past counts
  std::int64_t warmup = 30;           // values before the first judgement
};

struct RuleConfig {
  enum class Kind { recording, alerting, anomaly };
  Kind kind = Kind::recording;
  std::string name;
  std::string expr;                              // as written
  std::shared_ptr<const promql::Expr> parsed;    // null in another language
  std::shared_ptr<const RuleLanguage> language;  // null: PromQL
  std::string canonical;                         // as the language prints it
  Duration hold{};                               // for
  Duration keep_firing_for{};
  LabelMap labels;  // the group's in them
  LabelMap annotations;
  // Parsed templates, in the order of labels and annotations.
  std::vector<std::pair<std::string, AlertTemplate>> label_templates;
  std::vector<std::pair<std::string, AlertTemplate>> annotation_templates;
  AnomalySettings anomaly;
  bool alerts() const { return kind != Kind::recording; }
};

struct RuleGroupConfig {
  std::string file;
  std::string name;
  std::optional<Duration> interval;
  std::optional<Duration> query_offset;
  std::int64_t limit = 0;
  std::vector<RuleConfig> rules;
};

struct RuleFileOptions {
  bool ignore_unknown_fields = false;
  std::shared_ptr<const RuleLanguage> language;  // of the expressions; null: PromQL
};

struct RuleFile {
  std::vector<RuleGroupConfig> groups;
  std::vector<std::string> warnings;
};

// Error: invalid; the message has one line for each mistake, each with the file's name in front.
Result<RuleFile> parse_rule_file(const std::string& file, std::string_view text,
                                 const RuleFileOptions& options = {});
// Error: also that of reading the file.
Result<RuleFile> load_rule_file(const std::string& file, const RuleFileOptions& options = {});
// Rules that record the same series from several places, as promtool's lint reports them; empty when none.
std::vector<std::string> duplicate_rules(const std::vector<RuleGroupConfig>& groups);

}  // namespace aloft::telemetry::alerts
