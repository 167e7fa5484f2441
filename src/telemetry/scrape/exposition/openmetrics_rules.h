// What OpenMetrics demands of a page beyond its grammar: which samples a family of each type may have, that
// families and metrics do not interleave, that time does not go back, that histograms add up. Source:
// OpenMetrics 1.0, sections "Data Model" and "Protocol Negotiation/Text format". For this module's sources
// only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "telemetry/core/metric_batch.h"
#include "telemetry/scrape/exposition/series_text.h"

namespace aloft::telemetry::scrape {

// A timestamp to the nanosecond or better is compared as it stands, not as milliseconds.
struct OpenMetricsSample {
  const SeriesText& series;
  double value = 0;
  std::optional<double> seconds;
  bool has_exemplar = false;
};

// Follows a page from its first line to its last. Each call gives null, or what is wrong.
class OpenMetricsRules {
 public:
  enum class Word { type, help, unit };
  const char* metadata(Word word, std::string_view family, std::string_view text);
  const char* sample(const OpenMetricsSample& sample);
  const char* end() { return close_family(); }
  const MetricMetadata& family() const { return family_; }
  // A family's metadata, given once: with its first sample, or when it ends without one. At most one a line.
  std::optional<MetricMetadata> take_finished() { return std::exchange(finished_, std::nullopt); }

 private:
  struct HistogramState {
    std::optional<double> bound, count;
    double buckets = 0;
    bool negative_bound = false;
    bool has_sum = false;
    bool has_gauge_sum = false;
    bool negative_gauge_sum = false;
    bool any = false;
  };

  const char* open_family(std::string_view name);
  const char* close_family();
  bool belongs(std::string_view name) const;
  const char* check_value(std::string_view suffix, const OpenMetricsSample& sample) const;
  const char* check_bounds(std::string_view suffix, const SeriesText& series) const;
  const char* check_group(const OpenMetricsSample& sample);
  const char* histogram_sample(std::string_view suffix, const OpenMetricsSample& sample);
  const char* close_histogram();
  void group_of(const SeriesText& series, std::string& out) const;

  MetricMetadata family_;
  bool open_ = false;
  bool told_ = false;  // a metadata line named it
  std::optional<MetricMetadata> finished_;
  bool has_samples_ = false;
  bool has_type_ = false, has_help_ = false, has_unit_ = false;
  std::unordered_set<std::string> names_;   // taken by earlier families
  std::unordered_set<std::string> groups_;  // metrics of the present family
  std::string group_, scratch_;
  bool has_group_ = false;
  std::optional<double> group_seconds_;
  HistogramState histogram_;
};

}  // namespace aloft::telemetry::scrape
