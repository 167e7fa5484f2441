// The rules of OpenMetrics for each type of metric.
#include "telemetry/scrape/exposition/openmetrics_rules.h"

#include <cmath>
#include <span>

#include "telemetry/core/durations.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::string_view plain_suffixes[] = {""};
constexpr std::string_view counter_suffixes[] = {"_total", "_created"};
constexpr std::string_view summary_suffixes[] = {"", "_count", "_sum", "_created"};
constexpr std::string_view histogram_suffixes[] = {"_bucket", "_count", "_sum", "_created"};
constexpr std::string_view gauge_histogram_suffixes[] = {"_bucket", "_gcount", "_gsum"};
constexpr std::string_view info_suffixes[] = {"_info"};

std::span<const std::string_view> suffixes_of(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return counter_suffixes;
    case MetricType::summary:
      return summary_suffixes;
    case MetricType::histogram:
      return histogram_suffixes;
    case MetricType::gauge_histogram:
      return gauge_histogram_suffixes;
    case MetricType::info:
      return info_suffixes;
    default:
      return plain_suffixes;
  }
}

bool is_histogram(MetricType type) {
  return type == MetricType::histogram || type == MetricType::gauge_histogram;
}

}  // namespace

const char* OpenMetricsRules::open_family(std::string_view name) {
  if (const char* wrong = close_family()) return wrong;
  family_ = {};
  family_.family = name;
  open_ = true;
  told_ = has_samples_ = has_type_ = has_help_ = has_unit_ = has_group_ = false;
  groups_.clear();
  histogram_ = {};
  return nullptr;
}

const char* OpenMetricsRules::close_family() {
  if (!open_) return nullptr;
  open_ = false;
  if (told_ && !has_samples_) finished_ = family_;
  if (const char* wrong = close_histogram()) return wrong;
  // The name itself is taken whatever the suffixes.
  if (!names_.insert(family_.family).second) return "the name clashes with an earlier metric family";
  for (const std::string_view suffix : suffixes_of(family_.type)) {
    if (!suffix.empty() && !names_.insert(family_.family + std::string(suffix)).second)
      return "the name clashes with an earlier metric family";
  }
  if (family_.unit.empty()) return nullptr;
  if (!family_.family.ends_with("_" + family_.unit)) return "the unit is no suffix of the family's name";
  if (family_.type == MetricType::info || family_.type == MetricType::stateset)
    return "info and stateset have no unit";
  return nullptr;
}

const char* OpenMetricsRules::metadata(Word word, std::string_view family, std::string_view text) {
  if (!open_ || family_.family != family) {
    if (const char* wrong = open_family(family)) return wrong;
  }
  if (has_samples_) return "metadata behind the samples of its family";
  told_ = true;
  bool& seen = word == Word::type ? has_type_ : word == Word::help ? has_help_ : has_unit_;
  if (seen) return "the metadata of a family stands twice";
  seen = true;
  if (word == Word::help) family_.help = text;
  if (word == Word::unit) family_.unit = text;
  if (word == Word::type) {
    for (int i = 0; i <= static_cast<int>(MetricType::stateset); ++i) {
      if (text == to_string(static_cast<MetricType>(i))) {
        family_.type = static_cast<MetricType>(i);
        return nullptr;
      }
    }
    return "an unknown metric type";
  }
  return nullptr;
}

bool OpenMetricsRules::belongs(std::string_view name) const {
  if (!open_ || !name.starts_with(family_.family)) return false;
  const std::string_view suffix = name.substr(family_.family.size());
  for (const std::string_view allowed : suffixes_of(family_.type)) {
    if (suffix == allowed) return true;
  }
  return false;
}

const char* OpenMetricsRules::sample(const OpenMetricsSample& sample) {
  const std::string_view name = sample.series.name();
  if (!belongs(name)) {
    if (const char* wrong = open_family(name)) return wrong;
  }
  if (told_ && !has_samples_) finished_ = family_;
  has_samples_ = true;
  const std::string_view suffix = name.substr(family_.family.size());
  if (const char* wrong = check_bounds(suffix, sample.series)) return wrong;
  if (const char* wrong = check_group(sample)) return wrong;
  if (const char* wrong = check_value(suffix, sample)) return wrong;
  if (is_histogram(family_.type)) return histogram_sample(suffix, sample);
  return nullptr;
}

const char* OpenMetricsRules::check_bounds(std::string_view suffix, const SeriesText& series) const {
  double bound = 0;
  if (family_.type == MetricType::stateset && series.get(family_.family).empty())
    return "a stateset sample needs a label with the family's name";
  if (is_histogram(family_.type) && suffix == "_bucket") {
    const std::string_view le = series.get("le");
    if (!parse_float(le, bound) || std::isnan(bound) || (std::isinf(bound) && bound > 0 && le != "+Inf"))
      return "a bucket needs a label le with a number or +Inf";
  }
  if (family_.type == MetricType::summary && suffix.empty()) {
    if (!parse_float(series.get("quantile"), bound) || !(bound >= 0 && bound <= 1))
      return "a quantile needs a label quantile with a number from 0 to 1";
  }
  return nullptr;
}

const char* OpenMetricsRules::check_value(std::string_view suffix, const OpenMetricsSample& sample) const {
  const double value = sample.value;
  const MetricType type = family_.type;
  if (type == MetricType::stateset && value != 0 && value != 1)
    return "a stateset has only the values 0 and 1";
  if (type == MetricType::info && value != 1) return "an info metric has only the value 1";
  if (type == MetricType::summary && suffix.empty() && value < 0) return "a quantile's value is not negative";
  const bool counts = suffix == "_total" || suffix == "_sum" || suffix == "_count" || suffix == "_bucket" ||
                      suffix == "_gcount";
  if ((counts || suffix == "_gsum") && std::isnan(value)) return "what counts is never NaN";
  if (counts && value < 0) return "what counts is never negative";
  const bool may_have_exemplar =
      (is_histogram(type) && suffix == "_bucket") || (type == MetricType::counter && suffix == "_total");
  if (sample.has_exemplar && !may_have_exemplar) return "only buckets and counters have exemplars";
  return nullptr;
}

void OpenMetricsRules::group_of(const SeriesText& series, std::string& out) const {
  out.clear();
  if (family_.type == MetricType::info) return;
  for (const Label& label : series.labels()) {
    if (label.name == metric_name_label) continue;
    if (is_histogram(family_.type) && label.name == "le") continue;
    if (family_.type == MetricType::summary && label.name == "quantile" && series.name() == family_.family)
      continue;
    if (family_.type == MetricType::stateset && label.name == family_.family) continue;
    append_label(out, label.name, label.value);
  }
}

const char* OpenMetricsRules::check_group(const OpenMetricsSample& sample) {
  group_of(sample.series, scratch_);
  const bool same = has_group_ && scratch_ == group_;
  if (same) {
    if (sample.seconds.has_value() != group_seconds_.has_value())
      return "some samples of a metric have a timestamp and some have none";
    if (sample.seconds && *group_seconds_ > *sample.seconds && family_.type != MetricType::info)
      return "the timestamps of a metric go back";
    if (sample.seconds && *group_seconds_ != *sample.seconds) {
      if (const char* wrong = close_histogram()) return wrong;
    }
  } else {
    if (const char* wrong = close_histogram()) return wrong;
    group_ = scratch_;
    if (!groups_.insert(group_).second) return "the samples of a metric do not stand together";
  }
  has_group_ = true;
  group_seconds_ = sample.seconds;
  return nullptr;
}

const char* OpenMetricsRules::histogram_sample(std::string_view suffix, const OpenMetricsSample& sample) {
  HistogramState& state = histogram_;
  state.any |= suffix != "_created";
  if (suffix == "_count" || suffix == "_gcount") state.count = sample.value;
  if (suffix == "_sum") state.has_sum = true;
  if (suffix == "_gsum") {
    state.has_gauge_sum = true;
    state.negative_gauge_sum |= sample.value < 0;
  }
  if (suffix != "_bucket") return nullptr;
  double bound = 0;
  parse_float(sample.series.get("le"), bound);
  if (state.bound && bound <= *state.bound) return "the buckets are not in rising order";
  if (state.bound && sample.value < state.buckets) return "a bucket counts less than the one before";
  state.negative_bound |= bound < 0;
  state.bound = bound;
  state.buckets = sample.value;
  return nullptr;
}

const char* OpenMetricsRules::close_histogram() {
  const HistogramState state = std::exchange(histogram_, {});
  if (!is_histogram(family_.type) || !state.any) return nullptr;
  const bool gauge = family_.type == MetricType::gauge_histogram;
  if (!state.bound || !std::isinf(*state.bound)) return "the bucket +Inf is missing";
  if (state.count && *state.count != state.buckets) return "the count differs from the bucket +Inf";
  if ((gauge ? state.has_gauge_sum : state.has_sum) != state.count.has_value() && !state.negative_bound)
    return "a histogram has either both its sum and its count or neither";
  if (state.negative_bound && state.has_sum) return "a histogram with negative buckets has no sum";
  if (!state.negative_bound && state.negative_gauge_sum) return "the sum is negative, no bucket is";
  return nullptr;
}

}  // namespace aloft::telemetry::scrape
