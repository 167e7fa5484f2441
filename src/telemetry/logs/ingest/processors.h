// Steps that change or thin log entries before they are stored, configured as a list:
//   - step: drop          # keep, drop, redact, sample, rate_limit, parse, labels, multiline, metric,
//   template
//     when: '{app="web"} |= "healthz"'
// `when` is a log query that says which entries a step is about; without it the step is about all.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/time.h"
#include "model/value.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/logs/logql/pipeline.h"

namespace aloft::telemetry::logs {

// Which entries a step is about. Any thread.
class EntryCondition {
 public:
  // Error: bad_request, as of the query language.
  static Result<EntryCondition> compile(std::string_view query);
  bool covers(LabelsView stream, const LogEntry& entry) const;
  // False when no entry of the stream can be covered.
  bool covers_stream(LabelsView stream) const;

 private:
  std::vector<Matcher> matchers_;
  std::shared_ptr<const logql::Pipeline> pipeline_;
};

// One step. Called from any thread, several at once.
class LogStep {
 public:
  virtual ~LogStep() = default;
  // May change the stream's labels only by adding to `streams`.
  virtual void process(LogBatch& batch) = 0;
};

// All steps of a configuration, in order.
class LogProcessors final : public Processor<LogBatch> {
 public:
  // `config`: a list as above, from YAML or JSON. Error: invalid, naming the step and what is wrong with it.
  static Result<std::unique_ptr<LogProcessors>> make(const model::Value& config, const Clock& clock,
                                                     Metrics& metrics);
  static Result<std::unique_ptr<LogProcessors>> parse(std::string_view yaml, const Clock& clock,
                                                      Metrics& metrics);
  std::string_view name() const override { return "log steps"; }
  void process(LogBatch& batch) override;

 private:
  std::vector<std::unique_ptr<LogStep>> steps_;
};

// The parts of a step's configuration, and the steps by name.
struct StepConfig {
  const model::Value& value;
  std::optional<EntryCondition> when;
  const Clock& clock;
  Metrics& metrics;
  bool covers(LabelsView stream, const LogEntry& entry) const { return !when || when->covers(stream, entry); }
  std::string text(std::string_view key) const { return std::string(value.text_at(key)); }
  std::vector<std::string> list(std::string_view key) const;
  double number(std::string_view key, double otherwise) const;
};
Result<std::unique_ptr<LogStep>> make_filter_step(std::string_view name, StepConfig config);
Result<std::unique_ptr<LogStep>> make_rewrite_step(std::string_view name, StepConfig config);

}  // namespace aloft::telemetry::logs
