// Steps that change entries or learn from them: redact, parse, labels, metric, template.
#include <algorithm>

#include "io/guarded.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/regex.h"
#include "telemetry/logs/ingest/processors.h"
#include "telemetry/logs/ingest/template_miner.h"
#include "telemetry/logs/logql/line_parsers.h"

namespace aloft::telemetry::logs {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

void set_field(Fields& fields, std::string_view name, std::string_view value) {
  const auto at = std::lower_bound(fields.begin(), fields.end(), name,
                                   [](const auto& field, std::string_view n) { return field.first < n; });
  if (at != fields.end() && at->first == name) {
    at->second = value;
  } else {
    fields.emplace(at, name, value);
  }
}

std::string_view field_of(LabelsView stream, const LogEntry& entry, std::string_view name) {
  for (const auto& [key, value] : entry.fields)
    if (key == name) return value;
  return stream.get(name);
}

class Redact final : public LogStep {
 public:
  Redact(StepConfig config, std::shared_ptr<const Regex> regex)
      : when_(std::move(config.when)), regex_(std::move(regex)), with_(config.text("with")) {
    if (config.value.at("with") == nullptr) with_ = "<redacted>";
  }
  void process(LogBatch& batch) override {
    for (LogStream& stream : batch.streams) {
      for (LogEntry& entry : stream.entries) {
        if (when_ && !when_->covers(stream.labels, entry)) continue;
        change(entry.line);
        for (auto& [name, value] : entry.fields) change(value);
      }
    }
  }

 private:
  void change(std::string& text) const {
    if (regex_->matches(text)) text = regex_->replace_all(text, with_);
  }
  std::optional<EntryCondition> when_;
  std::shared_ptr<const Regex> regex_;
  std::string with_;
};

// What a line says in JSON, logfmt or by an expression becomes fields, all or the named ones.
class Parse final : public LogStep {
 public:
  enum class Format : std::uint8_t { json, logfmt, regex, pattern };
  static Result<std::unique_ptr<LogStep>> make(StepConfig config) {
    auto out = std::make_unique<Parse>();
    const std::string format = config.text("format"), expression = config.text("expression");
    if (format == "json") {
      out->format_ = Format::json;
    } else if (format == "logfmt") {
      out->format_ = Format::logfmt;
    } else if (format == "regex") {
      out->format_ = Format::regex;
      TRY_DO(logql::check_regexp_parser(expression));
      TRY(regex, Regex::compile(expression, Regex::Anchor::none));
      out->regex_ = std::move(regex);
    } else if (format == "pattern") {
      out->format_ = Format::pattern;
      TRY(pattern, logql::LinePattern::compile(expression, logql::LinePattern::Use::parser));
      out->pattern_ = std::move(pattern);
    } else {
      return fail(Code::invalid, "`format` must be json, logfmt, regex or pattern");
    }
    out->names_ = config.list("fields");
    out->when_ = std::move(config.when);
    return out;
  }
  void process(LogBatch& batch) override {
    logql::LineLabels labels;
    std::vector<logql::LineLabels::Entry> found;
    std::vector<std::string_view> groups;
    for (LogStream& stream : batch.streams) {
      for (LogEntry& entry : stream.entries) {
        if (when_ && !when_->covers(stream.labels, entry)) continue;
        labels.begin(stream.labels, {});
        switch (format_) {
          case Format::json:
            logql::parse_json_line(entry.line, labels);
            break;
          case Format::logfmt:
            logql::parse_logfmt_line(entry.line, {}, labels);
            break;
          case Format::regex:
            logql::parse_regexp_line(entry.line, *regex_, groups, labels);
            break;
          case Format::pattern:
            pattern_->parse(entry.line, labels);
            break;
        }
        if (labels.has_error()) continue;
        labels.collect(found);
        for (const auto& one : found) {
          if (one.source != logql::Source::parsed || one.value.empty()) continue;
          if (names_.empty() || std::find(names_.begin(), names_.end(), one.name) != names_.end())
            set_field(entry.fields, one.name, one.value);
        }
      }
    }
  }

 private:
  Format format_ = Format::json;
  std::shared_ptr<const Regex> regex_;
  std::optional<logql::LinePattern> pattern_;
  std::vector<std::string> names_;
  std::optional<EntryCondition> when_;
};

// Removes labels and fields, sets labels, and makes labels of fields.
class ChangeLabels final : public LogStep {
 public:
  explicit ChangeLabels(StepConfig config)
      : when_(std::move(config.when)),
        drop_(config.list("drop")),
        keep_(config.list("keep")),
        promote_(config.list("from_fields")) {
    if (const model::Value* set = config.value.at("set"); set != nullptr && set->is_object())
      for (const auto& [name, value] : set->as_object())
        if (const std::string* text = value.if_string()) set_.emplace_back(name, *text);
  }
  void process(LogBatch& batch) override {
    std::map<Labels, LogStream> changed;
    std::vector<LogStream> out;
    for (LogStream& stream : batch.streams) {
      LogStream rest{.labels = stream.labels, .entries = {}};
      for (LogEntry& entry : stream.entries) {
        if (when_ && !when_->covers(stream.labels, entry)) {
          rest.entries.push_back(std::move(entry));
          continue;
        }
        Labels labels = apply(stream.labels, entry);
        LogStream& into = changed[labels];
        into.labels = std::move(labels);
        into.entries.push_back(std::move(entry));
      }
      if (!rest.entries.empty()) out.push_back(std::move(rest));
    }
    for (auto& [labels, stream] : changed) out.push_back(std::move(stream));
    batch.streams.swap(out);
  }

 private:
  Labels apply(LabelsView from, LogEntry& entry) const {
    LabelsBuilder builder(from);
    if (!keep_.empty()) {
      builder.keep_only(keep_);
      std::erase_if(entry.fields, [&](const auto& field) {
        return std::find(keep_.begin(), keep_.end(), field.first) == keep_.end();
      });
    }
    builder.drop(drop_);
    for (const std::string& name : promote_)
      for (const auto& [key, value] : entry.fields)
        if (key == name) builder.set(name, value);
    std::erase_if(entry.fields, [&](const auto& field) {
      return std::find(drop_.begin(), drop_.end(), field.first) != drop_.end() ||
             std::find(promote_.begin(), promote_.end(), field.first) != promote_.end();
    });
    for (const auto& [name, value] : set_) builder.set(name, value);
    return builder.build();
  }
  std::optional<EntryCondition> when_;
  std::vector<std::string> drop_, keep_, promote_;
  std::vector<std::pair<std::string, std::string>> set_;
};

// Counts entries, or observes a number in them, as a metric of our own.
class CountAsMetric final : public LogStep {
 public:
  explicit CountAsMetric(StepConfig config)
      : when_(std::move(config.when)),
        metrics_(config.metrics),
        metric_(config.text("name")),
        help_(config.text("help")),
        value_(config.text("value")),
        labels_(config.list("labels")) {
    if (const model::Value* buckets = config.value.at("buckets"); buckets != nullptr && buckets->is_array())
      for (const model::Value& bound : buckets->as_array())
        if (bound.is_number()) buckets_.push_back(bound.as_double());
    std::sort(buckets_.begin(), buckets_.end());
    if (buckets_.empty()) buckets_ = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  }
  void process(LogBatch& batch) override {
    for (const LogStream& stream : batch.streams)
      for (const LogEntry& entry : stream.entries)
        if (!when_ || when_->covers(stream.labels, entry)) count(stream.labels, entry);
  }

 private:
  static constexpr std::size_t most_series = 1'000;
  void count(LabelsView stream, const LogEntry& entry) {
    aloft::Labels labels;
    for (const std::string& name : labels_)
      labels.emplace_back(name, std::string(field_of(stream, entry, name)));
    // Values beyond the limit are counted together, so that logs cannot make series without end.
    const bool known = series_.with([&](auto& series) {
      return series.contains(labels) || (series.size() < most_series && series.insert(labels).second);
    });
    if (!known)
      for (auto& [name, value] : labels) value = "other";
    if (value_.empty()) {
      metrics_.counter(metric_, help_, std::move(labels)).add();
      return;
    }
    double number = 0;
    const std::string_view text = field_of(stream, entry, value_);
    if (!parse_float(text, number)) {
      const auto duration = parse_duration(text);
      if (!duration) return;
      number = std::chrono::duration<double>(*duration).count();
    }
    metrics_.histogram(metric_, help_, buckets_, std::move(labels)).observe(number);
  }
  std::optional<EntryCondition> when_;
  Metrics& metrics_;
  std::string metric_, help_, value_;
  std::vector<std::string> labels_;
  std::vector<double> buckets_;
  io::Guarded<std::set<aloft::Labels>> series_;
};

// Writes the form that a line has in common with others into a field.
class NameTemplate final : public LogStep {
 public:
  explicit NameTemplate(StepConfig config) : when_(std::move(config.when)), field_(config.text("field")) {
    if (field_.empty()) field_ = "template";
  }
  void process(LogBatch& batch) override {
    for (LogStream& stream : batch.streams) {
      for (LogEntry& entry : stream.entries) {
        if (when_ && !when_->covers(stream.labels, entry)) continue;
        const std::string text = miner_.with([&](auto& miner) {
          if (miner == nullptr) miner = std::make_unique<TemplateMiner>();
          return miner->text(miner->add(entry.line));
        });
        set_field(entry.fields, field_, text);
      }
    }
  }

 private:
  std::optional<EntryCondition> when_;
  std::string field_;
  io::Guarded<std::unique_ptr<TemplateMiner>> miner_;
};

}  // namespace

Result<std::unique_ptr<LogStep>> make_rewrite_step(std::string_view name, StepConfig config) {
  if (name == "redact") {
    if (config.text("regex").empty()) return fail(Code::invalid, "`regex` is required");
    TRY(regex, Regex::compile(config.text("regex"), Regex::Anchor::none));
    return std::make_unique<Redact>(std::move(config), std::move(regex));
  }
  if (name == "parse") return Parse::make(std::move(config));
  if (name == "labels") return std::make_unique<ChangeLabels>(std::move(config));
  if (name == "template") return std::make_unique<NameTemplate>(std::move(config));
  if (name == "metric") {
    if (!is_classic_metric_name(config.text("name")))
      return fail(Code::invalid, "`name` is no name of a metric");
    return std::make_unique<CountAsMetric>(std::move(config));
  }
  return fail(Code::invalid,
              "an unknown step; there are keep, drop, redact, sample, rate_limit, parse, labels, "
              "multiline, metric and template");
}

}  // namespace aloft::telemetry::logs
