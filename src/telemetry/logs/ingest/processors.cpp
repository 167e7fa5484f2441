// Reading the configuration, and running the steps.
#include "telemetry/logs/ingest/processors.h"

#include <algorithm>

#include "model/yaml.h"
#include "telemetry/logs/logql/parser.h"

namespace aloft::telemetry::logs {

Result<EntryCondition> EntryCondition::compile(std::string_view query) {
  TRY(parsed, logql::parse_log_query(query));
  EntryCondition out;
  out.matchers_ = std::move(parsed.matchers);
  if (!parsed.stages.empty()) {
    TRY(pipeline, logql::Pipeline::compile(parsed.stages));
    out.pipeline_ = std::move(pipeline);
  }
  return out;
}

bool EntryCondition::covers_stream(LabelsView stream) const { return matches_all(matchers_, stream); }

bool EntryCondition::covers(LabelsView stream, const LogEntry& entry) const {
  if (!covers_stream(stream)) return false;
  if (pipeline_ == nullptr) return true;
  logql::PipelineRun run(pipeline_, nullptr, false);
  std::string packed;
  pack_fields(packed, entry.fields);
  std::string_view line = entry.line;
  return run.process(stream, entry.time_ns, line, PackedFields(packed));
}

std::vector<std::string> StepConfig::list(std::string_view key) const {
  std::vector<std::string> out;
  const model::Value* found = value.at(key);
  if (found == nullptr) return out;
  if (const std::string* one = found->if_string()) out.push_back(*one);
  if (const model::Array* items = found->if_array())
    for (const model::Value& item : *items)
      if (const std::string* one = item.if_string()) out.push_back(*one);
  return out;
}

double StepConfig::number(std::string_view key, double otherwise) const {
  const model::Value* found = value.at(key);
  return found != nullptr && found->is_number() ? found->as_double() : otherwise;
}

Result<std::unique_ptr<LogProcessors>> LogProcessors::make(const model::Value& config, const Clock& clock,
                                                           Metrics& metrics) {
  if (!config.is_array()) return fail(Code::invalid, "log steps: a list is expected");
  auto out = std::make_unique<LogProcessors>();
  std::size_t number = 0;
  for (const model::Value& item : config.as_array()) {
    const std::string name(item.text_at("step"));
    const std::string place = fmt::format("log steps[{}] ({})", number++, name);
    StepConfig step{.value = item, .when = {}, .clock = clock, .metrics = metrics};
    if (const std::string when = step.text("when"); !when.empty()) {
      auto condition = EntryCondition::compile(when);
      if (!condition)
        return fail(Code::invalid, fmt::format("{}: when: {}", place, condition.error().message()));
      step.when = std::move(*condition);
    }
    static constexpr std::array<std::string_view, 5> filters = {"keep", "drop", "sample", "rate_limit",
                                                                "multiline"};
    const bool filter = std::find(filters.begin(), filters.end(), name) != filters.end();
    auto made = filter ? make_filter_step(name, std::move(step)) : make_rewrite_step(name, std::move(step));
    if (!made) return fail(Code::invalid, fmt::format("{}: {}", place, made.error().message()));
    out->steps_.push_back(std::move(*made));
  }
  return out;
}

Result<std::unique_ptr<LogProcessors>> LogProcessors::parse(std::string_view yaml, const Clock& clock,
                                                            Metrics& metrics) {
  TRY(config, model::parse_yaml(yaml));
  return make(config, clock, metrics);
}

void LogProcessors::process(LogBatch& batch) {
  for (const auto& step : steps_) step->process(batch);
  std::erase_if(batch.streams, [](const LogStream& stream) { return stream.entries.empty(); });
}

}  // namespace aloft::telemetry::logs
