// The page that /federate answers, in the format that the asking server prefers. For this module's sources
// only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/metric_batch.h"
#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::scrape {

// A value of one series, borrowed.
struct FederatedSample {
  LabelsView labels;
  Millis time = 0;
  double value = 0;
  const NativeHistogram* histogram = nullptr;  // null: a float
};

// Families begin whenever the name or the kind of value changes. Histograms with custom buckets are written
// as classic ones.
class FederatePage {
 public:
  // External labels are given to series that have no such label. An empty instance goes with series that have
  // none, which keeps the server that reads the page from writing its own.
  explicit FederatePage(LabelsView external);
  virtual ~FederatePage() = default;
  void add(const FederatedSample& sample);
  virtual std::size_t size() const = 0;
  virtual std::string finish() = 0;
  virtual std::string_view content_type() const = 0;

 protected:
  // Of a family, by which the next one is told apart.
  enum class Kind : std::uint8_t { none, untyped, histogram, gauge_histogram };

 private:
  virtual bool can_write(const FederatedSample& sample) const = 0;
  virtual void begin_family(std::string_view name, Kind kind) = 0;
  virtual void write(const FederatedSample& sample, std::vector<Label>& missing) = 0;

  Labels external_;
  std::string family_;
  Kind kind_ = Kind::none;
  std::vector<Label> missing_;
};

// Native histograms with exponential buckets are left out: the format has no words for them.
std::unique_ptr<FederatePage> make_text_federate_page(LabelsView external);
// io.prometheus.client.MetricFamily, each behind its length.
std::unique_ptr<FederatePage> make_protobuf_federate_page(LabelsView external);
// By the Accept header; text unless it prefers protobuf.
std::unique_ptr<FederatePage> make_federate_page(std::string_view accept, LabelsView external);

// Of a histogram with custom buckets: what lies at or below each bound, but for +Inf.
std::vector<double> cumulative_counts(const NativeHistogram& histogram);

}  // namespace aloft::telemetry::scrape
