// Recording, alerting and anomaly rules over the vector of their expression.
#include "telemetry/alerts/rules/rule.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "telemetry/promql/parser.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t series_modelled = 10'000;

Labels with_rule_labels(LabelsView labels, const RuleConfig& rule, std::string_view name) {
  LabelsBuilder builder(labels);
  builder.set(metric_name_label, name);
  for (const auto& [label, value] : rule.labels) builder.set(label, value);
  return builder.build();
}

void add_sample(MetricBatch& batch, std::string_view encoded, Millis time, double value) {
  SampleRef sample;
  sample.labels = batch.own(std::string(encoded));
  sample.time = time;
  sample.value = value;
  batch.samples.push_back(sample);
}

}  // namespace

Result<RuleFindings> find_for_rule(const RuleConfig& rule, const RuleSurroundings& around, WallTime at,
                                   Duration query_offset) {
  RuleFindings out;
  const Millis time = (at - query_offset).since_epoch / 1ms;
  auto vector = rule.language != nullptr ? rule.language->evaluate(rule.expr, time)
                                         : around.query(*rule.parsed, rule.expr, time);
  if (!vector) return fail(vector.error());
  out.vector = std::move(*vector);
  if (rule.kind != RuleConfig::Kind::alerting) return out;
  TemplateQuery query = [&around, at](std::string_view text) -> Result<std::vector<promql::Sample>> {
    TRY(expr, promql::parse(text));
    return around.query(*expr, text, at.since_epoch / 1ms);
  };
  const TemplateContext context(std::move(query), at, around.external_url, around.external_labels);
  TRY(alerts, expand_alerts(rule, out.vector, context));
  out.alerts = std::move(alerts);
  return out;
}

Rule::Rule(std::shared_ptr<const RuleConfig> config, Duration interval)
    : config_(std::move(config)), interval_(interval) {
  if (config_->alerts()) alerting_.emplace(*config_);
}

Result<MetricBatch> Rule::take(RuleFindings findings, const RuleSurroundings& around, WallTime at,
                               Duration query_offset, std::int64_t limit) {
  const WallTime data_time = at - query_offset;
  const Millis time = data_time.since_epoch / 1ms;
  std::vector<RuleSample> samples;
  if (config_->kind == RuleConfig::Kind::recording) {
    TRY(recorded, record(std::move(findings.vector), time, limit));
    samples = std::move(recorded);
  } else if (config_->kind == RuleConfig::Kind::anomaly) {
    TRY(judged, judge(findings, around, at, time, limit));
    samples = std::move(judged);
  } else {
    TRY_DO(alerting_->update(findings.alerts, at, findings.asked, limit));
  }
  if (alerting_) {
    for (RuleSample& sample : alerting_->samples(data_time)) samples.push_back(std::move(sample));
  }
  MetricBatch batch;
  pending_.clear();
  for (const RuleSample& sample : samples) {
    if (sample.histogram != nullptr) {
      HistogramRef histogram;
      histogram.labels = batch.own(std::string(sample.labels.encoded()));
      histogram.time = sample.time;
      histogram.histogram = sample.histogram;
      batch.histograms.push_back(std::move(histogram));
    } else {
      add_sample(batch, sample.labels.encoded(), sample.time, sample.value);
    }
    pending_.emplace(sample.labels.encoded());
  }
  for (const std::string& encoded : previous_) {
    if (!pending_.contains(encoded)) add_sample(batch, encoded, time, stale_nan());
  }
  return batch;
}

MetricBatch Rule::retire(WallTime at) {
  MetricBatch batch;
  for (const std::string& encoded : std::exchange(previous_, {}))
    add_sample(batch, encoded, at.since_epoch / 1ms, stale_nan());
  return batch;
}

Result<std::vector<RuleSample>> Rule::record(std::vector<promql::Sample> vector, Millis time,
                                             std::int64_t limit) const {
  std::vector<RuleSample> out;
  out.reserve(vector.size());
  std::set<std::string_view> seen;
  for (promql::Sample& sample : vector)
    out.push_back({with_rule_labels(sample.labels, *config_, config_->name), time, sample.value,
                   std::move(sample.histogram)});
  for (const RuleSample& sample : out) {
    if (!seen.insert(sample.labels.encoded()).second)
      return fail(Code::invalid, "vector contains metrics with the same labelset after applying rule labels");
  }
  if (limit > 0 && out.size() > static_cast<std::size_t>(limit))
    return fail(Code::invalid, fmt::format("exceeded limit of {} with {} series", limit, out.size()));
  return out;
}

Result<std::vector<RuleSample>> Rule::judge(const RuleFindings& findings, const RuleSurroundings& around,
                                            WallTime at, Millis time, std::int64_t limit) {
  const std::vector<promql::Sample>& vector = findings.vector;
  if (vector.size() > series_modelled)
    return fail(Code::invalid,
                fmt::format("an anomaly rule models {} series at most, the expression gives {}",
                            series_modelled, vector.size()));
  const auto forget = std::max<Duration>(config_->anomaly.window, config_->anomaly.period);
  std::erase_if(models_, [&](const auto& item) { return item.second.seen + forget < at; });
  const TemplateContext context({}, at, around.external_url, around.external_labels);
  std::vector<RuleSample> out;
  std::vector<EvaluatedAlert> alerts;
  for (const promql::Sample& sample : vector) {
    if (sample.histogram != nullptr) continue;
    const auto found = models_
                           .try_emplace(std::string(sample.labels.encoded()),
                                        Series{AnomalyModel(config_->anomaly, interval_), at})
                           .first;
    found->second.seen = at;
    const Judgement judgement = found->second.model.observe(sample.value, at);
    LabelsBuilder named(with_rule_labels(sample.labels, *config_, "anomaly_score"));
    named.set("anomaly", config_->name);
    const auto add = [&](std::string_view name, double value) {
      named.set(metric_name_label, name);
      out.push_back({named.build(), time, value, nullptr});
    };
    add("anomaly_score", judgement.score);
    if (!judgement.known) continue;
    add("yhat", judgement.expected);
    add("yhat_lower", judgement.lower);
    add("yhat_upper", judgement.upper);
    if (judgement.score > 1) alerts.push_back(expand_alert(*config_, sample.labels, sample.value, context));
  }
  TRY_DO(alerting_->update(alerts, at, findings.asked, limit));
  return out;
}

void Rule::take_from(Rule& earlier) {
  if (alerting_ && earlier.alerting_) alerting_->take_from(*earlier.alerting_);
  previous_ = std::move(earlier.previous_);
  earlier.previous_.clear();
  health = earlier.health;
  if (config_->kind != RuleConfig::Kind::anomaly || earlier.config_->kind != RuleConfig::Kind::anomaly)
    return;
  for (auto& [labels, series] : earlier.models_) {
    AnomalyModel model(config_->anomaly, interval_);
    if (model.load(series.model.save()))
      models_.insert_or_assign(labels, Series{std::move(model), series.seen});
  }
}

std::string Rule::save_models() const {
  std::string out;
  const auto put = [&out](const void* bytes, std::size_t size) {
    out.append(static_cast<const char*>(bytes), size);
  };
  const auto put_count = [&put](std::uint64_t count) { put(&count, sizeof(count)); };
  for (const auto& [labels, series] : models_) {
    const std::vector<double> numbers = series.model.save();
    put_count(labels.size());
    out += labels;
    const std::int64_t seen = series.seen.since_epoch.count();
    put(&seen, sizeof(seen));
    put_count(numbers.size());
    put(numbers.data(), numbers.size() * sizeof(double));
  }
  return out;
}

void Rule::load_models(std::string_view bytes) {
  const auto take = [&bytes](void* out, std::size_t size) {
    if (bytes.size() < size) return false;
    std::memcpy(out, bytes.data(), size);
    bytes.remove_prefix(size);
    return true;
  };
  while (!bytes.empty() && models_.size() < series_modelled) {
    std::uint64_t size = 0;
    std::int64_t seen = 0;
    std::uint64_t count = 0;
    if (!take(&size, sizeof(size)) || size > bytes.size()) return;
    std::string labels(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (!take(&seen, sizeof(seen)) || !take(&count, sizeof(count)) || count > bytes.size() / sizeof(double))
      return;
    std::vector<double> numbers(count);
    if (!take(numbers.data(), count * sizeof(double))) return;
    AnomalyModel model(config_->anomaly, interval_);
    if (model.load(numbers))
      models_.insert_or_assign(std::move(labels), Series{std::move(model), WallTime{Duration(seen)}});
  }
}

}  // namespace aloft::telemetry::alerts
