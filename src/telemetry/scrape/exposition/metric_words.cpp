// Words and numbers of the expositions.
#include "telemetry/scrape/exposition/metric_words.h"

#include <bit>
#include <cmath>

#include "telemetry/core/durations.h"
#include "telemetry/scrape/exposition/series_text.h"

namespace aloft::telemetry::scrape {

std::optional<MetricType> metric_type_of(std::string_view word) {
  if (word == "untyped") return MetricType::unknown;
  for (int i = 0; i <= static_cast<int>(MetricType::stateset); ++i) {
    if (word == to_string(static_cast<MetricType>(i))) return static_cast<MetricType>(i);
  }
  return std::nullopt;
}

std::string unescape_help(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == 'n')) {
      out += text[++i] == 'n' ? '\n' : '\\';
    } else {
      out += text[i];
    }
  }
  return out;
}

bool parse_value(std::string_view text, double& value) {
  if (!parse_float(text, value)) return false;
  if (std::isnan(value)) value = std::bit_cast<double>(normal_nan_bits);
  return true;
}

void normalize_bounds(SeriesText& series, std::string_view family, MetricType type) {
  const std::string_view name = series.name();
  if (!name.starts_with(family)) return;
  const std::string_view suffix = name.substr(family.size());
  std::string_view bound;
  if (type == MetricType::summary && suffix.empty()) bound = "quantile";
  if ((type == MetricType::histogram || type == MetricType::gauge_histogram) && suffix == "_bucket")
    bound = "le";
  if (bound.empty()) return;
  const std::string_view text = series.get(bound);
  if (std::string stored = normalize_bound(text); stored != text) series.replace(bound, std::move(stored));
}

}  // namespace aloft::telemetry::scrape
