// The series of one target from scrape to scrape: turns a page into samples with the target's labels, knows
// which series it gave last time, and marks as stale what has vanished.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/exposition/reader.h"

namespace aloft::telemetry::scrape {

// What scraping does to samples, by configuration. Shared by the targets of a job.
struct SampleRules {
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool track_timestamps_staleness = false;
  bool native_histograms = false;
  bool classic_too = false;
  bool extra_metrics = false;
  bool zero_at_start = false;  // the page's creation times become zeros (see StartRef)
  ScrapeLimits limits;
  std::vector<RelabelRule> relabel;
};
SampleRules sample_rules(const ScrapeConfig& config);

// Used by one thread at a time; different threads one after another are fine.
class TargetSeries {
 public:
  TargetSeries(std::shared_ptr<const SampleRules> rules, Labels target_labels);

  // What a scrape was, for its report.
  struct Scrape {
    Millis time = 0;
    double seconds = 0;  // how long it took
    double timeout_seconds = 0;
    std::int64_t body_bytes = 0;   // -1: beyond the limit
    std::optional<Error> failure;  // the page could not be had
    std::optional<ExpositionFormat> format;
    std::string_view page;
  };
  struct Outcome {
    MetricBatch batch;  // samples, stale markers and the report: up, scrape_duration_seconds, ...
    std::uint64_t scraped = 0;
    std::uint64_t kept = 0;   // after metric_relabel_configs
    std::uint64_t added = 0;  // new series
    std::optional<Error> failure;
    std::optional<std::vector<MetricMetadata>> metadata;  // when it has changed
  };
  // `finish_seconds` gives the whole duration once the page has been read.
  Outcome take(const Scrape& scrape, const std::function<double()>& finish_seconds);
  // Everything and the report marked as stale: the target has gone.
  MetricBatch end(Millis time);

  // Takes the place of another's series, whose labels were made by other rules: what does not come again is
  // marked as stale with the first page.
  void inherit(const TargetSeries& before);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string labels;  // final; empty: dropped by relabelling
    std::uint32_t check = 0;
    std::uint32_t seen = 0;  // the number of the scrape; 0: marked as stale
    std::uint32_t born = 0;  // the scrape that saw it first
    Millis start = 0;        // when its counting began, as last told
    bool own_time = false;   // the page gave the time of its last sample
  };
  struct Page;  // one page while it is read

  Result<> read_page(const Scrape& scrape, Outcome& out);
  Result<> read_item(Page& page, ExpositionItem& item);
  Result<Entry*> entry_of(Page& page, const ExpositionItem& item);
  Result<std::string> final_labels(LabelsView labels) const;
  Result<> check_labels(LabelsView labels) const;
  void mark_stale(MetricBatch& batch, Millis time, bool all);
  void report(MetricBatch& batch, const Scrape& scrape, const Outcome& out, double seconds, bool stale) const;
  void note_metadata(std::vector<MetricMetadata> metadata, Outcome& out);

  std::shared_ptr<const SampleRules> rules_;
  Labels target_;
  std::unordered_map<std::uint64_t, Entry> entries_;  // by a hash of the series' text
  std::vector<std::string> inherited_;
  std::uint32_t scrape_ = 0;
  std::uint64_t metadata_hash_ = 0;
};

}  // namespace aloft::telemetry::scrape
