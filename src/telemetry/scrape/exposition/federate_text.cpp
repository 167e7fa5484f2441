// /federate as text.
#include <fmt/format.h>

#include "telemetry/scrape/exposition/federate_page.h"
#include "telemetry/scrape/exposition/series_text.h"
#include "telemetry/scrape/exposition/writer.h"

namespace aloft::telemetry::scrape {
namespace {

class TextFederatePage final : public FederatePage {
 public:
  using FederatePage::FederatePage;
  std::size_t size() const override { return out_.size(); }
  std::string finish() override { return std::move(out_); }
  std::string_view content_type() const override {
    return "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8";
  }

 private:
  bool can_write(const FederatedSample& sample) const override {
    return sample.histogram == nullptr || sample.histogram->schema == NativeHistogram::custom_schema;
  }

  // The format does not tell gauge histograms from others.
  void begin_family(std::string_view name, Kind kind) override {
    MetricMetadata about;
    about.family = name;
    about.type = kind == Kind::untyped ? MetricType::unknown : MetricType::histogram;
    writer_.family(about);
  }

  void write(const FederatedSample& sample, std::vector<Label>& missing) override {
    if (sample.histogram == nullptr) {
      writer_.sample(sample.labels, sample.value, sample.time, nullptr, missing);
      return;
    }
    const NativeHistogram& histogram = *sample.histogram;
    LabelsBuilder builder{sample.labels};
    const auto part = [&](std::string_view suffix) {
      return builder.set(metric_name_label, fmt::format("{}{}", sample.labels.metric_name(), suffix)).build();
    };
    const Labels bucket = part("_bucket");
    const auto line = [&](std::string_view bound, double count) {
      missing.push_back({"le", bound});
      writer_.sample(bucket, count, sample.time, nullptr, missing);
      missing.pop_back();
    };
    const std::vector<double> counts = cumulative_counts(histogram);
    for (std::size_t i = 0; i < counts.size(); ++i)
      line(format_shortest(histogram.custom_bounds[i]), counts[i]);
    line("+Inf", histogram.count);
    writer_.sample(part("_sum"), histogram.sum, sample.time, nullptr, missing);
    writer_.sample(part("_count"), histogram.count, sample.time, nullptr, missing);
  }

  std::string out_;
  TextWriter writer_{out_, TextStyle::prometheus};
};

}  // namespace

std::unique_ptr<FederatePage> make_text_federate_page(LabelsView external) {
  return std::make_unique<TextFederatePage>(external);
}

}  // namespace aloft::telemetry::scrape
