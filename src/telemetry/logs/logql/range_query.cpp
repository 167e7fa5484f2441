// Counts are gathered as differences between instants, so a line costs the same however many windows it is
// in; values that lines carry are kept and evaluated window by window.
#include "telemetry/logs/logql/range_query.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "telemetry/core/durations.h"
#include "telemetry/logs/logql/parser.h"
#include "telemetry/logs/logql/pipeline.h"

namespace aloft::telemetry::logs::logql {
namespace {

struct Sample {
  std::int64_t time_ns = 0;
  double value = 0;
  std::uint64_t place = 0;  // unit and row, for samples of one time
};

// The instants and the windows before them.
class Windows {
 public:
  Windows(const std::vector<std::int64_t>& times, Duration interval, Duration offset)
      : times_(times), interval_(interval.count()), offset_(offset.count()) {
    step_ = times.size() > 1 ? times[1] - times[0] : 1;
  }
  std::size_t count() const { return times_.size(); }
  // The first instant whose window holds a line of this time, and the one behind the last.
  std::pair<std::size_t, std::size_t> holding(std::int64_t time_ns) const {
    return {at_or_after(time_ns + offset_), at_or_after(time_ns + offset_ + interval_)};
  }
  std::int64_t begin(std::size_t i) const { return times_[i] - offset_ - interval_; }  // not included
  std::int64_t end(std::size_t i) const { return times_[i] - offset_; }                // included

 private:
  std::size_t at_or_after(std::int64_t time_ns) const {
    if (time_ns <= times_.front()) return 0;
    // Both may lie so far apart that only an unsigned number holds the distance.
    const std::uint64_t distance =
        static_cast<std::uint64_t>(time_ns) - static_cast<std::uint64_t>(times_.front());
    const auto step = static_cast<std::uint64_t>(step_);
    const std::uint64_t steps = distance / step + (distance % step != 0 ? 1 : 0);
    return static_cast<std::size_t>(std::min<std::uint64_t>(steps, times_.size()));
  }
  const std::vector<std::int64_t>& times_;
  std::int64_t interval_, offset_, step_ = 1;
};

struct Accumulated {
  std::vector<double> counts, bytes;  // differences between instants
  std::vector<Sample> samples;
};

using SeriesMap = std::unordered_map<std::string, Accumulated>;  // by encoded labels

bool counts_lines(const Expr& expr) { return !expr.range.unwrap; }
bool counts_bytes(const Expr& expr) {
  return expr.range_op == RangeOp::bytes_over_time || expr.range_op == RangeOp::bytes_rate;
}

Error pipeline_error(std::string_view error, const std::vector<LineLabels::Entry>& labels) {
  std::string series;
  for (const LineLabels::Entry& entry : labels)
    series += fmt::format("{}{}={}", series.empty() ? "" : ", ", entry.name, quote(entry.value));
  return Error(
      Code::bad_request,
      fmt::format("pipeline error: '{0}' for series: '{{{1}}}'.\nUse a label filter to intentionally skip "
                  "this error. (e.g | __error__!=\"{0}\").\nTo skip all potential errors you can match "
                  "empty errors.(e.g __error__=\"\")\nThe label filter can also be specified after unwrap. "
                  "(e.g | unwrap latency | __error__=\"\" )\n",
                  error, series));
}

// How labels of lines become labels of series, and what of them is needed for that.
struct Plan {
  std::shared_ptr<const Pipeline> pipeline;
  std::optional<Grouping> grouping;
  std::vector<std::string> sorted_labels;  // of the grouping
  std::optional<Needed> needed;
  std::vector<std::shared_ptr<const CompiledLabelFilter>> unwrap_filters;
  bool one_series = false;     // absent_over_time counts all lines together
  bool errors_wanted = false;  // lines that could not be parsed count
};

// A query that groups, and speaks of errors in a condition or in the grouping, wants to see them.
bool wants_errors(const Plan& plan, const std::vector<std::string>& unwrap_names) {
  if (!plan.grouping || plan.grouping->without) return false;
  const auto has = [](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), error_label) != names.end();
  };
  return plan.pipeline->speaks_of_errors() || has(plan.grouping->labels) || has(unwrap_names);
}

Result<Plan> make_plan(const Expr& expr, const std::optional<Grouping>* outer) {
  Plan plan;
  TRY(pipeline, Pipeline::compile(expr.range.query.stages));
  plan.pipeline = std::move(pipeline);
  plan.one_series = expr.range_op == RangeOp::absent_over_time;
  if (expr.grouping) {
    plan.grouping = expr.grouping;
  } else if (outer != nullptr) {
    plan.grouping = outer->value_or(Grouping{});
  } else if (expr.range.unwrap) {
    plan.grouping = Grouping{.without = true, .labels = {}};
  }
  if (plan.grouping) {
    // The label that carries the value tells series apart only where it is asked for by name.
    if (expr.range.unwrap && plan.grouping->without)
      plan.grouping->labels.push_back(expr.range.unwrap->label);
    plan.sorted_labels = plan.grouping->labels;
    std::sort(plan.sorted_labels.begin(), plan.sorted_labels.end());
  }
  std::vector<std::string> names;
  if (expr.range.unwrap) {
    names.push_back(expr.range.unwrap->label);
    for (const auto& filter : expr.range.unwrap->filters) {
      collect_names(*filter, names);
      TRY(compiled, CompiledLabelFilter::compile(*filter));
      plan.unwrap_filters.push_back(std::move(compiled));
    }
  }
  plan.errors_wanted = wants_errors(plan, names);
  if (plan.grouping && !plan.grouping->without && plan.pipeline->looked_at()) {
    names.insert(names.end(), plan.pipeline->looked_at()->begin(), plan.pipeline->looked_at()->end());
    names.insert(names.end(), plan.grouping->labels.begin(), plan.grouping->labels.end());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    plan.needed = Needed{.none = names.empty(), .names = names};
  }
  return plan;
}

class SampleWorker {
 public:
  SampleWorker(Execution& execution, const Expr& expr, const Plan& plan, const Windows& windows,
               const Scan& scan, std::atomic<std::uint64_t>& memory)
      : execution_(execution),
        expr_(expr),
        plan_(plan),
        windows_(windows),
        scan_(scan),
        memory_(memory),
        run_(plan.pipeline, plan.needed ? &*plan.needed : nullptr, execution.virtual_level) {
    run_.labels().errors_wanted = plan.errors_wanted;
  }

  Result<> unit(std::size_t unit) {
    TRY(rows, execution_.read(scan_, unit));
    std::size_t until_check = 4096;
    place_ = static_cast<std::uint64_t>(unit) << 32;
    for (const ScanRows::Run& run : rows.runs) {
      const Labels& stream = scan_.streams()[run.stream];
      plain_ = nullptr;
      for (const Row& row : run.rows) {
        ++place_;
        if (--until_check == 0) {
          TRY_DO(execution_.check());
          TRY_DO(check_memory());
          until_check = 4096;
        }
        std::string_view line = row.line;
        if (!run_.process(stream, row.time_ns, line, row.fields)) continue;
        TRY_DO(add(row.time_ns, line));
      }
    }
    return check_memory();
  }

  SeriesMap& series() { return series_; }

 private:
  Result<> check_memory() const {
    if (execution_.limits.memory_bytes == 0 ||
        memory_.load(std::memory_order_relaxed) < execution_.limits.memory_bytes)
      return {};
    return fail(
        Code::bad_request,
        fmt::format("the query needs more than {} bytes of memory for its series; consider adding more "
                    "specific stream selectors, filters or groupings",
                    execution_.limits.memory_bytes));
  }

  Result<> add(std::int64_t time_ns, std::string_view line) {
    const auto [from, to] = windows_.holding(time_ns);
    if (from >= to) return {};
    double value = 0;
    if (expr_.range.unwrap) {
      if (!unwrap(value)) return {};
    }
    if (run_.labels().has_error() && !run_.labels().error_counts()) {
      run_.labels().collect(entries_);
      return fail(pipeline_error(run_.labels().error(), entries_));
    }
    Accumulated& into = target();
    if (!counts_lines(expr_) && !plan_.one_series) {
      into.samples.push_back({time_ns, value, place_});
      memory_.fetch_add(sizeof(Sample), std::memory_order_relaxed);
      return {};
    }
    into.counts[from] += 1;
    into.counts[to] -= 1;
    if (into.bytes.empty()) return {};
    into.bytes[from] += static_cast<double>(line.size());
    into.bytes[to] -= static_cast<double>(line.size());
    return {};
  }

  // False when the line carries no value.
  bool unwrap(double& value) {
    LineLabels& labels = run_.labels();
    const auto text = labels.get(expr_.range.unwrap->label);
    if (!text || text->empty()) return false;
    std::string wrong;
    switch (expr_.range.unwrap->conversion) {
      case Unwrap::Conversion::none:
        if (!parse_float(*text, value))
          wrong = fmt::format("strconv.ParseFloat: parsing {}: invalid syntax", quote(*text));
        break;
      case Unwrap::Conversion::bytes:
        if (!parse_bytes(*text, value))
          wrong = fmt::format("strconv.ParseFloat: parsing {}: invalid syntax", quote(*text));
        break;
      case Unwrap::Conversion::duration:
      case Unwrap::Conversion::duration_seconds: {
        const auto parsed = parse_duration(*text);
        if (parsed) {
          value = std::chrono::duration<double>(*parsed).count();
        } else {
          wrong = fmt::format("time: invalid duration {}", quote(*text));
        }
      }
    }
    if (!wrong.empty()) labels.set_error("SampleExtractionErr", wrong);
    for (const auto& filter : plan_.unwrap_filters)
      if (!filter->accepts(labels)) return false;
    return true;
  }

  Accumulated& target() {
    const LineLabels& labels = run_.labels();
    // Lines whose labels are the stream's own go where the line before them went.
    const bool plain = !labels.changed();
    if (plain && plain_ != nullptr) return *plain_;
    key_.clear();
    if (!plan_.one_series) {
      run_.labels().collect(entries_);
      for (const LineLabels::Entry& entry : entries_) {
        if (entry.value.empty()) continue;
        if (plan_.grouping) {
          const bool named =
              std::binary_search(plan_.sorted_labels.begin(), plan_.sorted_labels.end(), entry.name);
          if (named == plan_.grouping->without) continue;
        }
        append_label(key_, entry.name, entry.value);
      }
    }
    if (last_ == nullptr || key_ != last_key_) {
      const auto [at, added] = series_.try_emplace(key_);
      if (added) prepare(at->second);
      last_ = &at->second;
      last_key_ = key_;
    }
    if (plain) plain_ = last_;
    return *last_;
  }

  void prepare(Accumulated& fresh) {
    std::size_t bytes = key_.size() + 200;
    if (counts_lines(expr_) || plan_.one_series) {
      fresh.counts.assign(windows_.count() + 1, 0);
      bytes += fresh.counts.size() * sizeof(double);
    }
    if (counts_bytes(expr_)) {
      fresh.bytes.assign(windows_.count() + 1, 0);
      bytes += fresh.bytes.size() * sizeof(double);
    }
    memory_.fetch_add(bytes, std::memory_order_relaxed);
  }

  Execution& execution_;
  const Expr& expr_;
  const Plan& plan_;
  const Windows& windows_;
  const Scan& scan_;
  std::atomic<std::uint64_t>& memory_;
  PipelineRun run_;
  SeriesMap series_;
  std::vector<LineLabels::Entry> entries_;
  std::string key_, last_key_;
  std::uint64_t place_ = 0;
  Accumulated* last_ = nullptr;
  Accumulated* plain_ = nullptr;
};

void merge_into(SeriesMap& all, SeriesMap& part) {
  for (auto& [key, from] : part) {
    const auto [at, added] = all.try_emplace(key);
    Accumulated& into = at->second;
    if (added) {
      into = std::move(from);
      continue;
    }
    for (std::size_t i = 0; i < from.counts.size(); ++i) into.counts[i] += from.counts[i];
    for (std::size_t i = 0; i < from.bytes.size(); ++i) into.bytes[i] += from.bytes[i];
    into.samples.insert(into.samples.end(), from.samples.begin(), from.samples.end());
  }
  part.clear();
}

double quantile(double q, std::span<const Sample> samples) {
  if (std::isnan(q)) return q;
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  std::vector<double> values;
  for (const Sample& sample : samples) values.push_back(sample.value);
  std::sort(values.begin(), values.end());
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto lower = static_cast<std::size_t>(std::max(0.0, std::floor(rank)));
  const std::size_t upper = std::min(values.size() - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return values[lower] * (1 - weight) + values[upper] * weight;
}

// The running mean, which an infinite value makes infinite for good.
double average(std::span<const Sample> samples) {
  double mean = 0, count = 0;
  for (const Sample& sample : samples) {
    count += 1;
    const double value = sample.value;
    if (std::isinf(mean) && !std::isnan(value) && (!std::isinf(value) || (value > 0) == (mean > 0))) continue;
    mean += value / count - mean / count;
  }
  return mean;
}

// Prometheus' rate of a counter: resets undone, extrapolated to the borders of the window. One sample alone
// tells no rate, which counts as none here.
double counter_rate(std::span<const Sample> samples, std::int64_t begin_ns, std::int64_t end_ns) {
  if (samples.size() < 2) return 0;
  double increase = samples.back().value - samples.front().value;
  for (std::size_t i = 1; i < samples.size(); ++i)
    if (samples[i].value < samples[i - 1].value) increase += samples[i - 1].value;
  const auto seconds = [](std::int64_t from, std::int64_t to) {
    return static_cast<double>(to - from) / 1e9;
  };
  double to_start = seconds(begin_ns, samples.front().time_ns);
  double to_end = seconds(samples.back().time_ns, end_ns);
  const double sampled = seconds(samples.front().time_ns, samples.back().time_ns);
  const double between = sampled / static_cast<double>(samples.size() - 1);
  if (to_start >= between * 1.1) to_start = between / 2;
  if (to_end >= between * 1.1) to_end = between / 2;
  // A counter was never below zero.
  if (increase > 0 && samples.front().value >= 0)
    to_start = std::min(to_start, sampled * (samples.front().value / increase));
  const double extrapolated = sampled + to_start + to_end;
  return increase * (extrapolated / sampled) / seconds(begin_ns, end_ns);
}

struct Spread {
  double mean = 0, squares = 0;
};
Spread spread_of(std::span<const Sample> samples) {
  Spread out;
  double seen = 0;
  for (const Sample& sample : samples) {
    seen += 1;
    const double delta = sample.value - out.mean;
    out.mean += delta / seen;
    out.squares += delta * (sample.value - out.mean);
  }
  return out;
}

double extreme(std::span<const Sample> samples, bool highest) {
  double out = samples[0].value;
  for (const Sample& sample : samples)
    if (std::isnan(out) || (highest ? sample.value > out : sample.value < out)) out = sample.value;
  return out;
}

// There is at least one sample.
double evaluate(const Expr& expr, std::span<const Sample> samples, std::int64_t begin_ns,
                std::int64_t end_ns) {
  const auto count = static_cast<double>(samples.size());
  const auto sum = [&] {
    return std::accumulate(samples.begin(), samples.end(), 0.0,
                           [](double total, const Sample& sample) { return total + sample.value; });
  };
  switch (expr.range_op) {
    case RangeOp::rate:
      return sum() / std::chrono::duration<double>(expr.range.interval).count();
    case RangeOp::sum_over_time:
      return sum();
    case RangeOp::avg_over_time:
      return average(samples);
    case RangeOp::min_over_time:
      return extreme(samples, false);
    case RangeOp::max_over_time:
      return extreme(samples, true);
    case RangeOp::stdvar_over_time:
      return spread_of(samples).squares / count;
    case RangeOp::stddev_over_time:
      return std::sqrt(spread_of(samples).squares / count);
    case RangeOp::first_over_time:
      return samples.front().value;
    case RangeOp::last_over_time:
      return samples.back().value;
    case RangeOp::quantile_over_time:
      return quantile(expr.parameter.value_or(0), samples);
    case RangeOp::rate_counter:
      return counter_rate(samples, begin_ns, end_ns);
    default:
      return count;
  }
}

void fill_from_samples(const Expr& expr, const Windows& windows, Accumulated& from, Column& column) {
  std::sort(from.samples.begin(), from.samples.end(), [](const Sample& a, const Sample& b) {
    return std::pair(a.time_ns, a.place) < std::pair(b.time_ns, b.place);
  });
  const std::span<const Sample> all = from.samples;
  std::size_t first = 0, behind = 0;
  for (std::size_t t = 0; t < windows.count(); ++t) {
    while (behind < all.size() && all[behind].time_ns <= windows.end(t)) ++behind;
    while (first < behind && all[first].time_ns <= windows.begin(t)) ++first;
    if (first == behind) continue;
    column.values[t] = evaluate(expr, all.subspan(first, behind - first), windows.begin(t), windows.end(t));
    column.there[t] = 1;
  }
}

void fill_from_counts(const Expr& expr, const Accumulated& from, Column& column) {
  const double seconds = std::chrono::duration<double>(expr.range.interval).count();
  double count = 0, bytes = 0;
  for (std::size_t t = 0; t < column.values.size(); ++t) {
    count += from.counts[t];
    if (!from.bytes.empty()) bytes += from.bytes[t];
    if (count < 0.5) continue;
    column.there[t] = 1;
    switch (expr.range_op) {
      case RangeOp::rate:
        column.values[t] = count / seconds;
        break;
      case RangeOp::bytes_over_time:
        column.values[t] = bytes;
        break;
      case RangeOp::bytes_rate:
        column.values[t] = bytes / seconds;
        break;
      default:
        column.values[t] = count;
    }
  }
}

// The labels that the selector fixes.
Labels absent_labels(const std::vector<Matcher>& matchers) {
  LabelsBuilder builder;
  std::set<std::string> seen, twice;
  for (const Matcher& matcher : matchers) {
    if (matcher.type() == MatchType::equal && !seen.contains(matcher.name())) {
      builder.set(matcher.name(), matcher.value());
    } else {
      twice.insert(matcher.name());
    }
    seen.insert(matcher.name());
  }
  for (const std::string& name : twice) builder.remove(name);
  return builder.build();
}

Frame absent_frame(const Expr& expr, const std::vector<std::int64_t>& times_ns, const SeriesMap& all) {
  Column column{.labels = absent_labels(expr.range.query.matchers),
                .values = std::vector<double>(times_ns.size(), 1),
                .there = std::vector<std::uint8_t>(times_ns.size(), 1)};
  for (const auto& [key, series] : all) {
    double count = 0;
    for (std::size_t t = 0; t < times_ns.size(); ++t) {
      count += series.counts[t];
      if (count > 0.5) column.there[t] = 0;
    }
  }
  Frame out{.times_ns = times_ns, .columns = {}};
  out.columns.push_back(std::move(column));
  return out;
}

}  // namespace

Result<Frame> run_range_query(Execution& execution, const Expr& expr,
                              const std::vector<std::int64_t>& times_ns,
                              const std::optional<Grouping>* outer) {
  TRY(plan, make_plan(expr, outer));
  constexpr Duration century = std::chrono::hours(24 * 365 * 100);
  if (expr.range.interval > century || expr.range.offset > century || expr.range.offset < -century)
    return fail(Code::bad_request, "a range or an offset of more than 100 years is not supported");
  const Windows windows(times_ns, expr.range.interval, expr.range.offset);
  const auto scan = execution.store.scan({.tenant = execution.request.tenant,
                                          .matchers = expr.range.query.matchers,
                                          .start_ns = windows.begin(0) + 1,
                                          .end_ns = windows.end(times_ns.size() - 1) + 1,
                                          .literals = plan.pipeline->literals(),
                                          .fields = plan.pipeline->fields()});
  std::atomic<std::uint64_t> memory{0};
  std::vector<std::unique_ptr<SampleWorker>> workers(execution.workers());
  for (auto& worker : workers)
    worker = std::make_unique<SampleWorker>(execution, expr, plan, windows, *scan, memory);
  const std::size_t units = scan->units().size();
  if (plan.pipeline->has_state()) {
    for (std::size_t i = 0; i < units; ++i) TRY_DO(workers[0]->unit(i));
  } else {
    TRY_DO(execution.parallel(units,
                              [&](std::size_t worker, std::size_t i) { return workers[worker]->unit(i); }));
  }
  SeriesMap all;
  for (auto& worker : workers) merge_into(all, worker->series());
  if (plan.one_series) return absent_frame(expr, times_ns, all);
  Frame out{.times_ns = times_ns, .columns = {}};
  out.columns.reserve(all.size());
  for (auto& [key, series] : all) {
    TRY_DO(execution.check());
    Column column{.labels = Labels::from_encoded(key),
                  .values = std::vector<double>(times_ns.size(), 0),
                  .there = std::vector<std::uint8_t>(times_ns.size(), 0)};
    if (counts_lines(expr)) {
      fill_from_counts(expr, series, column);
    } else {
      fill_from_samples(expr, windows, series, column);
    }
    series = Accumulated();
    out.columns.push_back(std::move(column));
  }
  std::sort(out.columns.begin(), out.columns.end(),
            [](const Column& a, const Column& b) { return a.labels < b.labels; });
  return out;
}

}  // namespace aloft::telemetry::logs::logql
