// /federate as delimited protobuf (io.prometheus.client of client_model), which carries native histograms.
#include "telemetry/scrape/exposition/federate_page.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

void add_label(std::string& out, const Label& label, std::string& scratch) {
  scratch.clear();
  add_bytes_field(scratch, 1, label.name);
  add_bytes_field(scratch, 2, label.value);
  add_bytes_field(out, 1, scratch);
}

// Spans and buckets of one side, whose fields have the numbers `spans` and `counts`.
void add_side(std::string& out, std::uint32_t spans, const std::vector<NativeHistogram::Span>& side,
              std::uint32_t counts, const std::vector<double>& buckets) {
  std::string inner;
  for (const NativeHistogram::Span& span : side) {
    inner.clear();
    add_varint_field(inner, 1, zigzag_encode(span.offset));
    add_varint_field(inner, 2, span.length);
    add_bytes_field(out, spans, inner);
  }
  for (const double count : buckets) add_real_field(out, counts, count);
}

std::string histogram_message(const NativeHistogram& histogram) {
  std::string out;
  add_real_field(out, 2, histogram.sum);
  add_real_field(out, 4, histogram.count);
  if (histogram.schema == NativeHistogram::custom_schema) {
    const std::vector<double> counts = cumulative_counts(histogram);
    std::string bucket;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      bucket.clear();
      add_real_field(bucket, 2, histogram.custom_bounds[i]);
      add_real_field(bucket, 4, counts[i]);
      add_bytes_field(out, 3, bucket);
    }
    return out;
  }
  add_varint_field(out, 5, zigzag_encode(histogram.schema));
  add_real_field(out, 6, histogram.zero_threshold);
  add_real_field(out, 8, histogram.zero_count);
  add_side(out, 9, histogram.negative_spans, 11, histogram.negative_buckets);
  // A span without buckets tells that a histogram without observations is native.
  if (histogram.positive_spans.empty() && histogram.negative_spans.empty()) {
    add_side(out, 12, {{0, 0}}, 14, {});
  } else {
    add_side(out, 12, histogram.positive_spans, 14, histogram.positive_buckets);
  }
  return out;
}

class ProtobufFederatePage final : public FederatePage {
 public:
  using FederatePage::FederatePage;
  std::size_t size() const override { return out_.size() + family_.size(); }
  std::string finish() override {
    close_family();
    return std::move(out_);
  }
  std::string_view content_type() const override {
    return "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; "
           "escaping=allow-utf-8";
  }

 private:
  bool can_write(const FederatedSample&) const override { return true; }

  void begin_family(std::string_view name, Kind kind) override {
    close_family();
    constexpr std::uint64_t untyped = 3;
    constexpr std::uint64_t histogram = 4;
    constexpr std::uint64_t gauge_histogram = 5;
    add_bytes_field(family_, 1, name);
    add_varint_field(family_, 3,
                     kind == Kind::untyped     ? untyped
                     : kind == Kind::histogram ? histogram
                                               : gauge_histogram);
  }

  void write(const FederatedSample& sample, std::vector<Label>& missing) override {
    metric_.clear();
    for (const Label& label : sample.labels)
      if (label.name != metric_name_label) add_label(metric_, label, scratch_);
    for (const Label& label : missing) add_label(metric_, label, scratch_);
    if (sample.histogram != nullptr) {
      add_bytes_field(metric_, 7, histogram_message(*sample.histogram));
    } else {
      scratch_.clear();
      add_real_field(scratch_, 1, sample.value);
      add_bytes_field(metric_, 5, scratch_);
    }
    add_varint_field(metric_, 6, static_cast<std::uint64_t>(sample.time));
    add_bytes_field(family_, 4, metric_);
  }

  void close_family() {
    if (family_.empty()) return;
    add_varint(out_, family_.size());
    out_ += family_;
    family_.clear();
  }

  std::string out_;
  std::string family_;  // without its length
  std::string metric_, scratch_;
};

}  // namespace

std::unique_ptr<FederatePage> make_protobuf_federate_page(LabelsView external) {
  return std::make_unique<ProtobufFederatePage>(external);
}

}  // namespace aloft::telemetry::scrape
