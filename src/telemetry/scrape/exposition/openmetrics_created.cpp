// A metric is known by its family and its labels without those that tell its samples apart.
#include "telemetry/scrape/exposition/openmetrics_created.h"

#include <cmath>

namespace aloft::telemetry::scrape {
namespace {

constexpr std::string_view created_suffix = "_created";
constexpr double most_created_seconds = 9e15;  // so that milliseconds fit

bool counts(MetricType type) {
  return type == MetricType::counter || type == MetricType::histogram || type == MetricType::summary;
}

}  // namespace

bool CreatedTimes::take(Use use, const MetricMetadata& family, const SeriesText& series,
                        ExpositionItem& item) {
  if (!counts(family.type)) return false;
  const std::string_view name = series.name();
  const bool is_line = name.size() == family.family.size() + created_suffix.size() &&
                       name.starts_with(family.family) && name.ends_with(created_suffix);
  const bool wanted = use == Use::collect ? is_line : !is_line;
  // A quantile is no count.
  if (!wanted || !series.get("quantile").empty()) return is_line;
  key_ = family.family;
  for (const Label& label : series.labels()) {
    if (label.name == metric_name_label || label.name == "le") continue;
    for (const std::string_view part : {label.name, label.value}) {
      key_ += '\0';
      key_ += std::to_string(part.size());
      key_ += '\0';
      key_ += part;
    }
  }
  if (use == Use::look_up) {
    const auto found = times_.find(key_);
    if (found != times_.end()) item.created = found->second;
  } else if (std::isfinite(item.value) && std::abs(item.value) < most_created_seconds) {
    times_[key_] = static_cast<Millis>(std::round(item.value * 1000));
  }
  return is_line;
}

}  // namespace aloft::telemetry::scrape
