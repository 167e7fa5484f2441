// Reading test files and comparing what rules do with what is expected.
#include "telemetry/alerts/rules/rule_tests.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "io/file.h"
#include "telemetry/alerts/config/fields.h"
#include "telemetry/alerts/rules/rule_manager.h"
#include "telemetry/alerts/rules/sample_store.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/regex.h"
#include "telemetry/core/template/value.h"
#include "telemetry/promql/engine.h"
#include "telemetry/promql/series_notation.h"

namespace aloft::telemetry::alerts {
namespace {

struct ExpectedAlert {
  LabelMap labels;
  LabelMap annotations;
  auto operator<=>(const ExpectedAlert&) const = default;
};
struct AlertCase {
  Duration at{};
  std::string name;
  std::vector<ExpectedAlert> alerts;
};
struct ExpectedSample {
  std::string labels;
  double value = 0;
  std::string histogram;
};
struct ExpressionCase {
  std::string expr;
  Duration at{};
  std::vector<ExpectedSample> samples;
};
struct TestGroup {
  std::string name;
  Duration interval{};
  WallTime start;
  std::vector<std::pair<std::string, std::string>> series;
  std::vector<AlertCase> alerts;
  std::vector<ExpressionCase> expressions;
  LabelMap external_labels;
  std::string external_url;
};
struct TestFile {
  std::vector<std::string> rule_files;
  Duration evaluation_interval = 1min;
  std::vector<std::string> group_order;
  bool fuzzy = false;
  std::vector<TestGroup> tests;
};

LabelMap read_map(Fields& fields, std::string_view name) {
  std::map<std::string, std::string> map;
  fields.text_map(name, map);
  return LabelMap(map.begin(), map.end());
}

class FileReader {
 public:
  Result<TestFile> read(const std::string& file) {
    TRY(text, io::read_file(file));
    auto documents = parse_yaml_nodes(text);
    if (!documents) return fail(std::move(documents).error());
    TestFile out;
    if (documents->empty()) return out;
    Fields fields(documents->front(), "main.unitTestFile", mistakes_);
    fields.texts("rule_files", out.rule_files);
    fields.duration("evaluation_interval", out.evaluation_interval);
    fields.texts("group_eval_order", out.group_order);
    fields.boolean("fuzzy_compare", out.fuzzy);
    if (out.evaluation_interval == Duration::zero()) out.evaluation_interval = 1min;
    for (const YamlNode& node : fields.list("tests"))
      out.tests.push_back(read_test(node, out.evaluation_interval));
    fields.finish();
    if (!mistakes_.empty()) return fail(mistakes_.to_error());
    const std::size_t slash = file.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : file.substr(0, slash + 1);
    for (std::string& path : out.rule_files) {
      if (!path.starts_with('/')) path = folder + path;
    }
    return out;
  }

 private:
  TestGroup read_test(const YamlNode& node, Duration interval) {
    TestGroup out;
    Fields fields(node, "main.testGroup", mistakes_);
    fields.text("name", out.name);
    fields.duration("interval", out.interval);
    if (out.interval == Duration::zero()) out.interval = interval;
    std::string start;
    fields.text("start_timestamp", start);
    if (!start.empty()) read_start(start, fields.line(), out.start);
    for (const YamlNode& item : fields.list("input_series")) {
      Fields series(item, "main.series", mistakes_);
      auto& [name, values] = out.series.emplace_back();
      series.text("series", name);
      series.text("values", values);
      series.finish();
    }
    for (const YamlNode& item : fields.list("alert_rule_test")) out.alerts.push_back(read_alert_case(item));
    for (const YamlNode& item : fields.list("promql_expr_test"))
      out.expressions.push_back(read_expression(item));
    out.external_labels = read_map(fields, "external_labels");
    fields.text("external_url", out.external_url);
    fields.finish();
    return out;
  }
  void read_start(const std::string& text, int line, WallTime& out) {
    double seconds = 0;
    if (parse_float(text, seconds) && std::abs(seconds) < 9e9) {
      out = WallTime{std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000))};
    } else if (const auto time = parse_time(text)) {
      out = *time;
    } else {
      mistakes_.add(line, fmt::format("cannot parse \"{}\" to a valid timestamp", text));
    }
  }
  AlertCase read_alert_case(const YamlNode& node) {
    AlertCase out;
    Fields fields(node, "main.alertTestCase", mistakes_);
    fields.duration("eval_time", out.at);
    fields.text("alertname", out.name);
    for (const YamlNode& item : fields.list("exp_alerts")) {
      Fields alert(item, "main.alert", mistakes_);
      ExpectedAlert expected;
      expected.labels = read_map(alert, "exp_labels");
      expected.annotations = read_map(alert, "exp_annotations");
      alert.finish();
      out.alerts.push_back(std::move(expected));
    }
    fields.finish();
    return out;
  }
  ExpressionCase read_expression(const YamlNode& node) {
    ExpressionCase out;
    Fields fields(node, "main.promqlTestCase", mistakes_);
    fields.text("expr", out.expr);
    fields.duration("eval_time", out.at);
    for (const YamlNode& item : fields.list("exp_samples")) {
      Fields sample(item, "main.sample", mistakes_);
      ExpectedSample expected;
      sample.text("labels", expected.labels);
      sample.number("value", expected.value);
      sample.text("histogram", expected.histogram);
      sample.finish();
      out.samples.push_back(std::move(expected));
    }
    fields.finish();
    return out;
  }

  Mistakes mistakes_;
};

std::string alert_list(const std::vector<ExpectedAlert>& alerts) {
  if (alerts.empty()) return "[]";
  std::string out = "[";
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    out +=
        fmt::format("{}\n            {}:\n              Labels:{}\n              Annotations:{}",
                    i > 0 ? "," : "", i, labels_text(alerts[i].labels), labels_text(alerts[i].annotations));
  }
  return out + "\n            ]";
}

struct ParsedSample {
  Labels labels;
  double value = 0;
  HistogramPtr histogram;
};

bool same_number(double a, double b, bool fuzzy) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  return fuzzy && (std::nextafter(a, -INFINITY) == b || std::nextafter(a, INFINITY) == b);
}

// Buckets by their place, however spans cut them.
std::map<std::int64_t, double> buckets_of(const std::vector<NativeHistogram::Span>& spans,
                                          const std::vector<double>& counts) {
  std::map<std::int64_t, double> out;
  std::int64_t index = 0;
  std::size_t next = 0;
  for (const auto& span : spans) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length && next < counts.size(); ++i, ++index, ++next) {
      if (counts[next] != 0) out.emplace(index, counts[next]);
    }
  }
  return out;
}

bool same_histogram(const NativeHistogram& a, const NativeHistogram& b) {
  return a.schema == b.schema && a.reset_hint == b.reset_hint && same_number(a.count, b.count, true) &&
         same_number(a.sum, b.sum, true) && a.zero_count == b.zero_count &&
         a.zero_threshold == b.zero_threshold && a.custom_bounds == b.custom_bounds &&
         buckets_of(a.positive_spans, a.positive_buckets) ==
             buckets_of(b.positive_spans, b.positive_buckets) &&
         buckets_of(a.negative_spans, a.negative_buckets) == buckets_of(b.negative_spans, b.negative_buckets);
}

bool same_samples(const std::vector<ParsedSample>& a, const std::vector<ParsedSample>& b, bool fuzzy) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [fuzzy](const ParsedSample& x, const ParsedSample& y) {
                      if (x.labels != y.labels || (x.histogram == nullptr) != (y.histogram == nullptr))
                        return false;
                      return x.histogram != nullptr ? same_histogram(*x.histogram, *y.histogram)
                                                    : same_number(x.value, y.value, fuzzy);
                    });
}

std::string sample_list(const std::vector<ParsedSample>& samples) {
  if (samples.empty()) return "nil";
  std::string out;
  for (const ParsedSample& sample : samples) {
    if (!out.empty()) out += ", ";
    out += sample.labels.to_string() + ' ';
    out += sample.histogram != nullptr
               ? fmt::format("{{{{count:{} sum:{}}}}}", format_float(sample.histogram->count),
                             format_float(sample.histogram->sum))
               : templates::format_go_float(sample.value, 'E', -1);
  }
  return out;
}

void sort_samples(std::vector<ParsedSample>& samples) {
  std::sort(samples.begin(), samples.end(),
            [](const ParsedSample& a, const ParsedSample& b) { return a.labels < b.labels; });
}

// A subquery without a step takes that of the rules.
promql::EngineOptions engine_options(const TestFile& file) {
  promql::EngineOptions options;
  options.default_subquery_step = file.evaluation_interval / 1ms;
  return options;
}

// Runs one group of tests over a store of its own.
class Runner {
 public:
  Runner(const TestFile& file, const TestGroup& test, const std::vector<RuleGroupConfig>& groups)
      : file_(file), test_(test), groups_(groups) {}

  std::vector<std::string> run() {
    if (!load()) return std::move(failures_);
    around_.query = make_rule_query(engine_, store_);
    around_.external_url = test_.external_url;
    around_.external_labels = test_.external_labels;
    for (const RuleGroupConfig& group : groups_) {
      auto& [config, rules] = running_.emplace_back(&group, std::vector<std::unique_ptr<Rule>>());
      for (const RuleConfig& rule : group.rules)
        rules.push_back(
            std::make_unique<Rule>(std::make_shared<const RuleConfig>(rule), file_.evaluation_interval));
    }
    if (evaluate()) check_expressions();
    return std::move(failures_);
  }

 private:
  bool load() {
    for (const auto& [name, values] : test_.series) {
      auto series = promql::parse_series_description(name + " " + values);
      if (!series) {
        failures_.push_back(fmt::format("    {}{}", test_name(), series.error().message()));
        return false;
      }
      Millis time = test_.start.since_epoch / 1ms;
      for (const auto& value : series->values) {
        if (!value.omitted) store_.add(series->labels, {time, value.value, value.histogram});
        time += test_.interval / 1ms;
      }
    }
    return true;
  }
  std::string test_name() const {
    return test_.name.empty() ? "" : fmt::format("    name: {},\n", test_.name);
  }

  Duration last_time() const {
    Duration out{};
    for (const AlertCase& item : test_.alerts) out = std::max(out, item.at);
    for (const ExpressionCase& item : test_.expressions) out = std::max(out, item.at);
    return out;
  }

  // False when a rule failed.
  bool evaluate() {
    for (const AlertCase& item : test_.alerts) {
      if (!item.name.empty()) continue;
      failures_.push_back(
          fmt::format("an item under alert_rule_test misses required attribute alertname at eval_time {}{}",
                      format_prometheus_duration(item.at),
                      test_.name.empty() ? "" : fmt::format(" (in TestGroup {})", test_.name)));
      return false;
    }
    std::set<Duration> times;
    for (const AlertCase& item : test_.alerts) times.insert(item.at);
    auto next = times.begin();
    const Duration step = file_.evaluation_interval;
    for (Duration at{}; at <= last_time();) {
      if (!evaluate_at(at)) return false;
      for (; next != times.end() && *next - at < step; ++next) check_alerts(*next);
      // A test may go on for as long as durations can count.
      if (at > Duration::max() - step) break;
      at += step;
    }
    return true;
  }

  bool evaluate_at(Duration at) {
    const WallTime now = test_.start + at;
    bool good = true;
    for (auto& [config, rules] : running_) {
      const Duration offset = config->query_offset.value_or(Duration::zero());
      for (const auto& rule : rules) {
        std::string error;
        auto findings = find_for_rule(rule->config(), around_, now, offset);
        if (findings) {
          findings->asked = now;
          auto batch = rule->take(std::move(*findings), around_, now, offset, config->limit);
          if (batch) {
            store_.add(*batch);
            rule->written();
          } else {
            error = batch.error().message();
          }
        } else {
          error = findings.error().message();
        }
        if (error.empty()) continue;
        good = false;
        failures_.push_back(fmt::format("    rule: {}, time: {}, err: {}", rule->config().name,
                                        format_duration(now.since_epoch), error));
      }
    }
    return good;
  }

  void check_alerts(Duration at) {
    for (const AlertCase& item : test_.alerts) {
      if (item.at != at) continue;
      std::vector<ExpectedAlert> expected = item.alerts;
      for (ExpectedAlert& alert : expected) alert.labels.insert_or_assign("alertname", item.name);
      std::vector<ExpectedAlert> got;
      for (const auto& [config, rules] : running_) {
        for (const auto& rule : rules) {
          if (rule->alerting() == nullptr || rule->config().name != item.name) continue;
          for (const auto& [fingerprint, alert] : rule->alerting()->alerts()) {
            if (alert.state == AlertState::firing) got.push_back({alert.labels, alert.annotations});
          }
        }
      }
      std::sort(expected.begin(), expected.end());
      std::sort(got.begin(), got.end());
      if (expected == got) continue;
      failures_.push_back(fmt::format("{}    alertname: {}, time: {}, \n        exp:{}, \n        got:{}",
                                      test_name(), item.name, format_prometheus_duration(at),
                                      alert_list(expected), alert_list(got)));
    }
  }

  void check_expressions() {
    for (const ExpressionCase& item : test_.expressions) {
      const std::string where =
          fmt::format("    expr: \"{}\", time: {},", item.expr, format_prometheus_duration(item.at));
      const auto failed = [&](const Error& error) {
        failures_.push_back(fmt::format("{} err: {}", where, error.message()));
      };
      auto parsed = promql::parse(item.expr);
      if (!parsed) {
        failed(parsed.error());
        continue;
      }
      auto vector = around_.query(**parsed, item.expr, (test_.start + item.at).since_epoch / 1ms);
      if (!vector) {
        failed(vector.error());
        continue;
      }
      std::vector<ParsedSample> got;
      for (promql::Sample& sample : *vector) got.push_back({sample.labels, sample.value, sample.histogram});
      auto expected = expected_samples(item);
      if (!expected) {
        failed(expected.error());
        continue;
      }
      sort_samples(got);
      sort_samples(*expected);
      if (!same_samples(*expected, got, file_.fuzzy))
        failures_.push_back(fmt::format("{}\n        exp: {}\n        got: {}", where, sample_list(*expected),
                                        sample_list(got)));
    }
  }

  static Result<std::vector<ParsedSample>> expected_samples(const ExpressionCase& item) {
    std::vector<ParsedSample> out;
    for (const ExpectedSample& sample : item.samples) {
      ParsedSample parsed;
      parsed.value = sample.value;
      if (!sample.labels.empty()) {
        auto labels = promql::parse_metric(sample.labels);
        if (!labels) return fail(std::move(labels).error().at(fmt::format("labels \"{}\"", sample.labels)));
        parsed.labels = std::move(*labels);
      }
      if (!sample.histogram.empty()) {
        TRY(series, promql::parse_series_description("{} " + sample.histogram));
        if (series.values.size() != 1 || series.values[0].histogram == nullptr)
          return fail(Code::invalid, fmt::format("labels \"{}\": expected 1 histogram, got {} values",
                                                 sample.labels, series.values.size()));
        parsed.histogram = series.values[0].histogram;
        parsed.value = 0;
      }
      out.push_back(std::move(parsed));
    }
    return out;
  }

  const TestFile& file_;
  const TestGroup& test_;
  const std::vector<RuleGroupConfig>& groups_;
  SampleStore store_;
  promql::SerialFor serial_;
  promql::Engine engine_{engine_options(file_), serial_};
  RuleSurroundings around_;
  std::vector<std::pair<const RuleGroupConfig*, std::vector<std::unique_ptr<Rule>>>> running_;
  std::vector<std::string> failures_;
};

}  // namespace

Result<RuleTestReport> run_rule_tests(const std::string& file, const RuleTestOptions& options) {
  TRY(tests, FileReader().read(file));
  std::vector<RuleGroupConfig> groups;
  for (const std::string& pattern : tests.rule_files) {
    RuleFileOptions reading;
    reading.ignore_unknown_fields = options.ignore_unknown_fields;
    for (const std::string& path : expand_pattern(pattern)) {
      TRY(loaded, load_rule_file(path, reading));
      for (RuleGroupConfig& group : loaded.groups) groups.push_back(std::move(group));
    }
  }
  // Groups that the order does not name come first, in the order of the files.
  std::vector<std::pair<std::ptrdiff_t, std::size_t>> places;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto found = std::find(tests.group_order.begin(), tests.group_order.end(), groups[i].name);
    places.emplace_back(found == tests.group_order.end() ? 0 : found - tests.group_order.begin(), i);
  }
  std::sort(places.begin(), places.end());
  std::vector<RuleGroupConfig> ordered;
  for (const auto& [place, index] : places) ordered.push_back(std::move(groups[index]));
  std::shared_ptr<const Regex> run;
  if (!options.run.empty()) {
    TRY(compiled, Regex::compile(options.run, Regex::Anchor::none));
    run = std::move(compiled);
  }
  RuleTestReport report;
  for (const TestGroup& test : tests.tests) {
    if (run != nullptr && !run->matches(test.name)) continue;
    std::vector<std::string> failures = Runner(tests, test, ordered).run();
    if (failures.empty()) ++report.passed;
    for (std::string& failure : failures) report.failures.push_back(std::move(failure));
  }
  return report;
}

}  // namespace aloft::telemetry::alerts
