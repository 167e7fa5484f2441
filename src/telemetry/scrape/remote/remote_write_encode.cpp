// Writing remote write 1.0 and 2.0.
#include <unordered_map>
#include <vector>

#include "telemetry/scrape/remote/histogram_wire.h"
#include "telemetry/scrape/remote/remote_write.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

// What the batch holds of one series, in order of first appearance. Samples of a series that stand one after
// another in a batch make one group without a look-up.
struct SeriesGroup {
  std::string_view labels;
  std::vector<const SampleRef*> samples;
  std::vector<const HistogramRef*> histograms;
  std::vector<const ExemplarRef*> exemplars;
};

class Groups {
 public:
  SeriesGroup& of(std::string_view labels) {
    if (!groups_.empty() && groups_.back().labels == labels) return groups_.back();
    const auto [it, added] = index_.try_emplace(labels, groups_.size());
    if (added) groups_.push_back({labels, {}, {}, {}});
    return groups_[it->second];
  }
  const std::vector<SeriesGroup>& all() const { return groups_; }

 private:
  std::vector<SeriesGroup> groups_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

Groups group(const MetricBatch& batch) {
  Groups out;
  for (const SampleRef& sample : batch.samples) out.of(sample.labels).samples.push_back(&sample);
  for (const HistogramRef& histogram : batch.histograms)
    out.of(histogram.labels).histograms.push_back(&histogram);
  for (const ExemplarRef& exemplar : batch.exemplars) out.of(exemplar.series).exemplars.push_back(&exemplar);
  return out;
}

void write_sample(std::string& out, std::uint32_t number, const SampleRef& sample) {
  std::string inner;
  add_real_field(inner, 1, sample.value);
  add_varint_field(inner, 2, static_cast<std::uint64_t>(sample.time));
  add_bytes_field(out, number, inner);
}

void write_histogram(std::string& out, std::uint32_t number, const HistogramRef& histogram) {
  std::string inner;
  encode_histogram(inner, *histogram.histogram, histogram.time);
  add_bytes_field(out, number, inner);
}

class Symbols {
 public:
  Symbols() { number_of(""); }
  std::uint32_t number_of(std::string_view text) {
    const auto [it, added] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (added) texts_.push_back(text);
    return it->second;
  }
  void write(std::string& out) const {
    for (const std::string_view text : texts_) add_bytes_field(out, 4, text);
  }

 private:
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::vector<std::string_view> texts_;
};

void write_references(std::string& out, LabelsView labels, Symbols& symbols) {
  std::string inner;
  for (const Label& label : labels) {
    add_varint(inner, symbols.number_of(label.name));
    add_varint(inner, symbols.number_of(label.value));
  }
  add_bytes_field(out, 1, inner);
}

void write_exemplar_v2(std::string& out, const ExemplarRef& exemplar, Symbols& symbols) {
  std::string inner;
  write_references(inner, exemplar.labels, symbols);
  add_real_field(inner, 2, exemplar.value);
  add_varint_field(inner, 3, static_cast<std::uint64_t>(exemplar.time));
  add_bytes_field(out, 4, inner);
}

// The metadata of the family that a series belongs to, whose name may carry a suffix.
const MetricMetadata* metadata_of(std::string_view name, const MetadataLookup& known) {
  if (const MetricMetadata* own = known(name)) return own;
  for (const std::string_view suffix : {"_bucket", "_count", "_sum", "_total", "_info"}) {
    if (!name.ends_with(suffix)) continue;
    if (const MetricMetadata* own = known(name.substr(0, name.size() - suffix.size()))) return own;
  }
  return nullptr;
}

void write_metadata_v2(std::string& out, const MetricMetadata& metadata, Symbols& symbols) {
  std::string inner;
  add_varint_field(inner, 1, static_cast<std::uint64_t>(metadata.type));
  add_varint_field(inner, 3, symbols.number_of(metadata.help));
  add_varint_field(inner, 4, symbols.number_of(metadata.unit));
  add_bytes_field(out, 5, inner);
}

}  // namespace

std::string encode_write_request(const MetricBatch& batch) {
  std::string out;
  std::string inner;
  std::string exemplar_bytes;
  const Groups groups = group(batch);
  for (const SeriesGroup& series : groups.all()) {
    inner.assign(series.labels);
    for (const SampleRef* sample : series.samples) write_sample(inner, 2, *sample);
    for (const ExemplarRef* exemplar : series.exemplars) {
      exemplar_bytes.assign(exemplar->labels.encoded());
      add_real_field(exemplar_bytes, 2, exemplar->value);
      add_varint_field(exemplar_bytes, 3, static_cast<std::uint64_t>(exemplar->time));
      add_bytes_field(inner, 3, exemplar_bytes);
    }
    for (const HistogramRef* histogram : series.histograms) write_histogram(inner, 4, *histogram);
    add_bytes_field(out, 1, inner);
  }
  for (const MetricMetadata& metadata : batch.metadata) {
    inner.clear();
    add_varint_field(inner, 1, static_cast<std::uint64_t>(metadata.type));
    add_bytes_field(inner, 2, metadata.family);
    add_bytes_field(inner, 4, metadata.help);
    add_bytes_field(inner, 5, metadata.unit);
    add_bytes_field(out, 3, inner);
  }
  return out;
}

std::string encode_write_request_v2(const MetricBatch& batch, const MetadataLookup& metadata_source) {
  std::unordered_map<std::string_view, const MetricMetadata*> own;
  for (const MetricMetadata& metadata : batch.metadata) own.try_emplace(metadata.family, &metadata);
  const MetadataLookup known = metadata_source ? metadata_source : [&own](std::string_view family) {
    const auto it = own.find(family);
    return it != own.end() ? it->second : nullptr;
  };
  Symbols symbols;
  std::string body;
  std::string inner;
  std::deque<std::string> scratch;  // symbols point into label sets that had to be put in order
  const Groups groups = group(batch);
  for (const SeriesGroup& series : groups.all()) {
    const auto labels = canonical_labels(series.labels, scratch.emplace_back());
    if (!labels) continue;
    if (scratch.back().empty()) scratch.pop_back();
    inner.clear();
    write_references(inner, *labels, symbols);
    for (const SampleRef* sample : series.samples) write_sample(inner, 2, *sample);
    for (const HistogramRef* histogram : series.histograms) write_histogram(inner, 3, *histogram);
    for (const ExemplarRef* exemplar : series.exemplars) write_exemplar_v2(inner, *exemplar, symbols);
    if (const MetricMetadata* metadata = metadata_of(labels->metric_name(), known))
      write_metadata_v2(inner, *metadata, symbols);
    add_bytes_field(body, 5, inner);
  }
  std::string out;
  symbols.write(out);
  return out += body;
}

}  // namespace aloft::telemetry::scrape
