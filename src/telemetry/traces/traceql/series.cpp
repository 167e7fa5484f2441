// Counting and measuring of spans by interval and label.
#include "telemetry/traces/traceql/series.h"

#include <cmath>

namespace aloft::telemetry::traces::traceql {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr int zero_bucket = std::numeric_limits<int>::min();
// Buckets for quantiles grow by the sixteenth root of two, so a quantile is right to two percent.
constexpr double fine = 16;
constexpr std::size_t compare_values_limit = 1000;

// Durations in seconds, as series have them.
double measured(const Value& value) {
  return value.type == ValueType::duration ? static_cast<double>(value.number) / 1e9 : value.as_double();
}

std::string label_key(const Value& value) {
  return fmt::format("{}:{}", static_cast<int>(value.type), value_text(value));
}

int bucket_of(double value, double per_doubling) {
  if (!(value > 0)) return zero_bucket;
  return static_cast<int>(std::ceil(std::log2(value) * per_doubling - 1e-9));
}

}  // namespace

SeriesGatherer::SeriesGatherer(const Query& query, const MetricsRequest& request, const Intervals& intervals)
    : stage_(*query.metrics), request_(request), intervals_(intervals) {}

void SeriesGatherer::add(const TraceView& trace, const std::vector<Spanset>& sets) {
  for (const Spanset& set : sets) {
    for (const std::uint32_t span : set.spans) {
      const std::int64_t start = trace.span(span).start();
      if (start < request_.start_ns || start >= request_.end_ns) continue;
      const std::size_t interval = intervals_.at(start);
      if (interval >= intervals_.count) continue;
      if (stage_.function == MetricsFunction::compare) {
        add_compare(trace, span, interval);
      } else {
        add_measure(trace, span, interval);
      }
    }
  }
}

SeriesGatherer::Cells* SeriesGatherer::cells_for(const TraceView& trace, std::uint32_t span) {
  std::string key;
  std::vector<Value> values;
  for (const FieldExprPtr& by : stage_.by) {
    values.push_back(evaluate(*by, trace, span));
    key += label_key(values.back());
    key += '\x1f';
  }
  const auto known = cells_.find(key);
  if (known != cells_.end()) return &known->second;
  if (cells_.size() >= request_.series_limit) {
    overflowed_ = true;
    return nullptr;
  }
  Cells& made = cells_[key];
  for (std::size_t i = 0; i < values.size(); ++i) {
    made.labels.emplace_back(to_string(*stage_.by[i]), to_attribute(values[i]));
  }
  made.counts.assign(intervals_.count, 0);
  return &made;
}

void SeriesGatherer::add_measure(const TraceView& trace, std::uint32_t span, std::size_t interval) {
  double value = 1;
  bool duration = false;
  if (stage_.field != nullptr) {
    const Value found = evaluate(*stage_.field, trace, span);
    if (!found.is_numeric()) return;
    value = measured(found);
    duration = found.type == ValueType::duration;
  }
  Cells* cells = cells_for(trace, span);
  if (cells == nullptr) return;
  if (duration) cells->unit = 1e9;
  put(*cells, interval, value);
  if (exemplars_ < request_.exemplars && cells->counts[interval] == 1) {
    ++exemplars_;
    const double shown = stage_.field != nullptr ? value : none;
    cells->exemplars.push_back({trace.id(), trace.span(span).start() / 1'000'000, shown});
  }
}

void SeriesGatherer::put(Cells& cells, std::size_t interval, double value) {
  cells.counts[interval] += 1;
  switch (stage_.function) {
    case MetricsFunction::min_over_time:
    case MetricsFunction::max_over_time:
    case MetricsFunction::avg_over_time:
    case MetricsFunction::sum_over_time: {
      if (cells.values.empty()) cells.values.assign(intervals_.count, none);
      double& cell = cells.values[interval];
      if (std::isnan(cell)) {
        cell = value;
      } else if (stage_.function == MetricsFunction::min_over_time) {
        cell = std::min(cell, value);
      } else if (stage_.function == MetricsFunction::max_over_time) {
        cell = std::max(cell, value);
      } else {
        cell += value;
      }
      break;
    }
    case MetricsFunction::quantile_over_time:
    case MetricsFunction::histogram_over_time: {
      const bool quantile = stage_.function == MetricsFunction::quantile_over_time;
      // Histograms of durations have powers of two of nanoseconds as bounds.
      const double scaled = quantile ? value : value * cells.unit;
      std::vector<double>& bucket = cells.histogram[bucket_of(scaled, quantile ? fine : 1)];
      if (bucket.empty()) bucket.assign(intervals_.count, 0);
      bucket[interval] += 1;
      break;
    }
    default:
      break;
  }
}

void SeriesGatherer::merge(SeriesGatherer&& other) {
  overflowed_ |= other.overflowed_;
  const auto add = [](std::vector<double>& into, const std::vector<double>& from) {
    if (into.empty()) into.assign(from.size(), 0);
    for (std::size_t i = 0; i < from.size(); ++i) into[i] += from[i];
  };
  for (auto& [key, cells] : other.cells_) {
    const auto known = cells_.find(key);
    if (known == cells_.end()) {
      if (cells_.size() >= request_.series_limit) {
        overflowed_ = true;
        continue;
      }
      cells_.emplace(key, std::move(cells));
      continue;
    }
    Cells& into = known->second;
    add(into.counts, cells.counts);
    for (auto& [bucket, counts] : cells.histogram) add(into.histogram[bucket], counts);
    into.exemplars.insert(into.exemplars.end(), cells.exemplars.begin(), cells.exemplars.end());
    for (std::size_t i = 0; i < cells.values.size(); ++i) {
      const double value = cells.values[i];
      if (std::isnan(value)) continue;
      double& cell = into.values[i];
      if (std::isnan(cell)) {
        cell = value;
      } else if (stage_.function == MetricsFunction::min_over_time) {
        cell = std::min(cell, value);
      } else if (stage_.function == MetricsFunction::max_over_time) {
        cell = std::max(cell, value);
      } else {
        cell += value;
      }
    }
  }
  for (std::size_t group = 0; group < 2; ++group) {
    for (auto& [attribute, compared] : other.compared_[group]) {
      Compared& into = compared_[group][attribute];
      into.overflowed |= compared.overflowed;
      add(into.totals, compared.totals);
      for (auto& [text, counted] : compared.values) {
        Counted& cell = into.values[text];
        cell.value = counted.value;
        cell.total += counted.total;
        add(cell.counts, counted.counts);
      }
    }
  }
}

Series SeriesGatherer::series_of(const NamedValues& labels, const std::vector<double>& values) const {
  Series series;
  series.labels = labels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) series.points.push_back({intervals_.time_ms(i), values[i]});
  }
  return series;
}

void SeriesGatherer::finish_plain(const Cells& cells, std::vector<Series>& out) const {
  std::vector<double> values = cells.counts;
  const double seconds = static_cast<double>(intervals_.step) / 1e9;
  switch (stage_.function) {
    case MetricsFunction::rate:
      for (double& value : values) value /= seconds;
      break;
    case MetricsFunction::count_over_time:
      break;
    case MetricsFunction::avg_over_time:
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = values[i] > 0 ? cells.values[i] / values[i] : none;
      break;
    default:
      values = cells.values;
  }
  NamedValues labels = cells.labels;
  if (labels.empty()) {
    labels.emplace_back("__name__", to_attribute(string_value(function_name(stage_.function))));
  }
  out.push_back(series_of(labels, values));
  out.back().exemplars = cells.exemplars;
  // Counts have no value of their own span by span; what is drawn beside them is theirs.
  for (SeriesExemplar& exemplar : out.back().exemplars) {
    if (!std::isnan(exemplar.value)) continue;
    const std::size_t at = intervals_.at(exemplar.time_ms * 1'000'000);
    exemplar.value = at < values.size() ? values[at] : 0;
  }
}

void SeriesGatherer::finish_quantiles(const Cells& cells, std::vector<Series>& out) const {
  for (const double quantile : stage_.quantiles) {
    std::vector<double> values(intervals_.count, none);
    for (std::size_t i = 0; i < intervals_.count; ++i) {
      if (cells.counts[i] <= 0) continue;
      // The place of the wanted value among the sorted ones, then within its bucket.
      double wanted = std::max(1.0, quantile * cells.counts[i]);
      for (const auto& [bucket, counts] : cells.histogram) {
        if (counts[i] <= 0) continue;
        if (wanted > counts[i]) {
          wanted -= counts[i];
          continue;
        }
        values[i] = bucket == zero_bucket ? 0 : std::exp2((bucket - 1 + wanted / counts[i]) / fine);
        break;
      }
    }
    NamedValues labels = cells.labels;
    labels.emplace_back("p", to_attribute(real_value(quantile)));
    out.push_back(series_of(labels, values));
    out.back().exemplars = cells.exemplars;
  }
}

void SeriesGatherer::finish_histogram(const Cells& cells, std::vector<Series>& out) const {
  for (const auto& [bucket, counts] : cells.histogram) {
    NamedValues labels = cells.labels;
    const double bound = bucket == zero_bucket ? 0 : std::exp2(bucket) / cells.unit;
    labels.emplace_back("__bucket", to_attribute(real_value(bound)));
    out.push_back(series_of(labels, counts));
  }
  if (!out.empty()) out.back().exemplars = cells.exemplars;
}

void SeriesGatherer::count_attribute(bool selected, std::string_view attribute, const AttributeValue& value,
                                     std::size_t interval) {
  Compared& compared = compared_[selected ? 1 : 0][std::string(attribute)];
  if (compared.totals.empty()) compared.totals.assign(intervals_.count, 0);
  compared.totals[interval] += 1;
  const std::string key = fmt::format("{}:{}", value.data.index(), value.to_text());
  auto known = compared.values.find(key);
  if (known == compared.values.end()) {
    // Memory is bounded; the most frequent values are met early.
    if (compared.values.size() >= compare_values_limit) {
      compared.overflowed = true;
      return;
    }
    known = compared.values.emplace(key, Counted{}).first;
    known->second.value = value;
    known->second.counts.assign(intervals_.count, 0);
  }
  known->second.counts[interval] += 1;
  known->second.total += 1;
}

void SeriesGatherer::add_compare(const TraceView& trace, std::uint32_t index, std::size_t interval) {
  const SpanRef& span = trace.span(index);
  const SpanTable& table = span.table->table();
  bool selected = matches(stage_.selection->filter.get(), trace, index);
  if (stage_.selection_end_ns != 0) {
    selected &= span.start() >= stage_.selection_begin_ns && span.start() < stage_.selection_end_ns;
  }
  const auto count = [&](std::string_view attribute, const Value& value) {
    if (!value.is_nil()) count_attribute(selected, attribute, to_attribute(value), interval);
  };
  count("name", string_value(span.table->name(span.row)));
  count("kind", kind_value(span.kind()));
  count("status", status_value(span.status()));
  if (trace.root() != no_span) {
    const SpanRef& root = trace.span(trace.root());
    count("rootName", string_value(root.table->name(root.row)));
    count("rootServiceName", string_value(root.table->service(root.row)));
  }
  for (const auto& [key, value] : span.table->resource(span.row)) {
    count_attribute(selected, "resource." + key, value, interval);
  }
  for (const AttributeColumn& column : table.attributes) {
    const std::uint32_t place = column.present.place(span.row);
    if (place == no_row) continue;
    count("span." + std::string(table.strings.at(column.key)), span.table->column_value(column, place));
  }
}

void SeriesGatherer::finish_compare(std::vector<Series>& out) const {
  constexpr std::array<std::string_view, 2> groups = {"baseline", "selection"};
  for (std::size_t group = 0; group < 2; ++group) {
    const auto labels_of = [&](std::string_view type, const std::string& attribute, AttributeValue value) {
      NamedValues labels;
      labels.emplace_back("__meta_type", to_attribute(string_value(type)));
      labels.emplace_back(attribute, std::move(value));
      return labels;
    };
    for (const auto& [attribute, compared] : compared_[group]) {
      std::vector<const Counted*> order;
      for (const auto& [text, counted] : compared.values) order.push_back(&counted);
      std::sort(order.begin(), order.end(), [](const Counted* a, const Counted* b) {
        return a->total != b->total ? a->total > b->total : a->value.to_text() < b->value.to_text();
      });
      const auto top = static_cast<std::size_t>(stage_.top);
      const bool too_many = compared.overflowed || order.size() > top;
      if (order.size() > top) order.resize(top);
      for (const Counted* counted : order) {
        out.push_back(series_of(labels_of(groups[group], attribute, counted->value), counted->counts));
      }
      const AttributeValue nil = to_attribute(Value{});
      if (too_many) {
        Series error;
        error.labels = labels_of(groups[group], attribute, nil);
        error.labels.emplace_back("__meta_error", to_attribute(string_value("__too_many_values__")));
        out.push_back(std::move(error));
      }
      const std::string total = std::string(groups[group]) + "_total";
      out.push_back(series_of(labels_of(total, attribute, nil), compared.totals));
    }
  }
}

std::vector<Series> SeriesGatherer::finish() const {
  std::vector<Series> out;
  for (const auto& [key, cells] : cells_) {
    if (stage_.function == MetricsFunction::quantile_over_time) {
      finish_quantiles(cells, out);
    } else if (stage_.function == MetricsFunction::histogram_over_time) {
      finish_histogram(cells, out);
    } else {
      finish_plain(cells, out);
    }
  }
  finish_compare(out);
  return out;
}

namespace {

void keep_extremes(const SeriesStage& stage, std::vector<Series>& series) {
  struct Place {
    double value;
    std::size_t series;
  };
  std::map<std::int64_t, std::vector<Place>> by_time;
  for (std::size_t i = 0; i < series.size(); ++i) {
    for (const SeriesPoint& point : series[i].points) by_time[point.time_ms].push_back({point.value, i});
  }
  std::set<std::pair<std::int64_t, std::size_t>> kept;
  const bool top = stage.kind == SeriesStage::Kind::topk;
  for (auto& [time, places] : by_time) {
    // Equal values in the order of the series, so that answers do not change from call to call.
    std::sort(places.begin(), places.end(), [top](const Place& a, const Place& b) {
      if (a.value == b.value) return a.series < b.series;
      return top ? a.value > b.value : a.value < b.value;
    });
    if (places.size() > static_cast<std::size_t>(stage.count))
      places.resize(static_cast<std::size_t>(stage.count));
    for (const Place& place : places) kept.emplace(time, place.series);
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    std::erase_if(series[i].points, [&](const SeriesPoint& p) { return !kept.contains({p.time_ms, i}); });
  }
}

}  // namespace

void apply_stages(const std::vector<SeriesStage>& stages, std::vector<Series>& series) {
  for (const SeriesStage& stage : stages) {
    if (stage.kind == SeriesStage::Kind::filter) {
      const Value bound = real_value(measured(stage.value));
      for (Series& one : series) {
        std::erase_if(one.points,
                      [&](const SeriesPoint& p) { return !compare(stage.op, real_value(p.value), bound); });
      }
    } else {
      keep_extremes(stage, series);
    }
    std::erase_if(series, [](const Series& one) { return one.points.empty(); });
  }
}

}  // namespace aloft::telemetry::traces::traceql
