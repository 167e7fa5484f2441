// What a /metrics page says, item by item, whatever the format: Prometheus text 0.0.4 and 1.0.0, OpenMetrics
// text 1.0, and the delimited protobuf form. A reader pulls, so that who reads decides what is worth the
// work: a scrape that has seen a series before needs its labels no more.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::scrape {

struct ExpositionExemplar {
  Labels labels;
  double value = 0;
  std::optional<Millis> time;
};

struct ExpositionItem {
  enum class Kind : std::uint8_t { sample, histogram, metadata };
  Kind kind = Kind::sample;
  // Bytes that stand for the label set: equal bytes within a format, equal labels. Valid as long as the page.
  std::string_view key;
  double value = 0;
  HistogramPtr histogram;
  std::optional<Millis> time;
  Millis created = 0;  // when the counting began; 0: unknown
  std::vector<ExpositionExemplar> exemplars;
  MetricMetadata metadata;
};

// Reads a page that outlives it.
class ExpositionReader {
 public:
  virtual ~ExpositionReader() = default;
  // False at the end. Error: bad_request, with line and column (or offset) and what is wrong.
  virtual Result<bool> next(ExpositionItem& item) = 0;
  // The label set of the item that next() gave, metric name included; valid until the next call. Error: as
  // next().
  virtual Result<LabelsView> labels() = 0;
  // After an error: moves behind the damaged line; false when the format allows no such thing.
  virtual bool skip_line() { return false; }
};

std::unique_ptr<ExpositionReader> make_text_reader(std::string_view page);
struct ReaderOptions {
  bool native = true;        // protobuf; false: only the classic buckets of histograms
  bool classic_too = false;  // protobuf: a native histogram also gives its classic buckets
  // OpenMetrics: _created lines are no samples; they tell of the others when their counting began.
  bool created_lines_are_starts = false;
};
// Strict: the grammar, the rules for each type (suffixes, grouping, order, values) and the final # EOF.
std::unique_ptr<ExpositionReader> make_openmetrics_reader(std::string_view page, ReaderOptions options = {});
std::unique_ptr<ExpositionReader> make_protobuf_reader(std::string_view page, ReaderOptions options = {});

// Prometheus' formats of scraping.
enum class ExpositionFormat { text_0_0_4, text_1_0_0, openmetrics_0_0_1, openmetrics_1_0_0, protobuf };
// By Content-Type; nullopt when it names none of them or is missing.
std::optional<ExpositionFormat> format_of(std::string_view content_type);
std::unique_ptr<ExpositionReader> make_reader(ExpositionFormat format, std::string_view page,
                                              ReaderOptions options = {});

// Everything of a page as a batch. Items without a time get `now`.
struct ReadOptions {
  Millis now = 0;
  bool skip_damaged_lines = false;  // what is wrong counts as a rejection; otherwise it ends the reading
};
struct Rejections;
Result<MetricBatch> read_page(ExpositionReader& reader, const ReadOptions& options, Rejections& rejections);

}  // namespace aloft::telemetry::scrape
