// What the formats of /federate have in common, and the choice between them.
#include "telemetry/scrape/exposition/federate_page.h"

#include <algorithm>
#include <charconv>

namespace aloft::telemetry::scrape {
namespace {

// One entry of an Accept header.
struct Accepted {
  std::string_view type;
  std::string_view proto, encoding;
  double quality = 1;
};

// Cuts off what stands before the separator, or all, without spaces around it.
std::string_view take_part(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  std::string_view part = rest.substr(0, at);
  rest = at == rest.npos ? std::string_view() : rest.substr(at + 1);
  while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
  while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
  return part;
}

Accepted read_entry(std::string_view text) {
  Accepted entry;
  entry.type = take_part(text, ';');
  while (!text.empty()) {
    std::string_view value = take_part(text, ';');
    const std::string_view name = take_part(value, '=');
    value = take_part(value, ';');
    if (name == "proto") entry.proto = value;
    if (name == "encoding") entry.encoding = value;
    if (name == "q") std::from_chars(value.data(), value.data() + value.size(), entry.quality);
  }
  return entry;
}

bool prefers_protobuf(std::string_view accept) {
  double protobuf = 0;
  double text = 0;
  while (!accept.empty()) {
    const Accepted entry = read_entry(take_part(accept, ','));
    if (entry.type == "text/plain") text = std::max(text, entry.quality);
    if (entry.type == "application/vnd.google.protobuf" &&
        entry.proto == "io.prometheus.client.MetricFamily" && entry.encoding == "delimited")
      protobuf = std::max(protobuf, entry.quality);
  }
  return protobuf > 0 && protobuf >= text;
}

}  // namespace

FederatePage::FederatePage(LabelsView external) : external_(external) {}

void FederatePage::add(const FederatedSample& sample) {
  const std::string_view name = sample.labels.metric_name();
  if (name.empty() || !can_write(sample)) return;
  Kind kind = Kind::untyped;
  if (sample.histogram != nullptr)
    kind = sample.histogram->reset_hint == NativeHistogram::ResetHint::gauge ? Kind::gauge_histogram
                                                                             : Kind::histogram;
  if (name != family_ || kind != kind_) {
    family_ = name;
    kind_ = kind;
    begin_family(name, kind);
  }
  missing_.clear();
  for (const Label& label : external_.view()) missing_.push_back(label);
  if (!external_.view().has("instance")) missing_.push_back({"instance", {}});
  std::erase_if(missing_, [&](const Label& label) { return sample.labels.has(label.name); });
  std::sort(missing_.begin(), missing_.end());
  write(sample, missing_);
}

std::unique_ptr<FederatePage> make_federate_page(std::string_view accept, LabelsView external) {
  return prefers_protobuf(accept) ? make_protobuf_federate_page(external) : make_text_federate_page(external);
}

std::vector<double> cumulative_counts(const NativeHistogram& histogram) {
  std::vector<double> counts(histogram.custom_bounds.size());
  std::int64_t at = 0;
  std::size_t bucket = 0;
  for (const NativeHistogram::Span& span : histogram.positive_spans) {
    at += span.offset;
    for (std::uint32_t i = 0; i < span.length && bucket < histogram.positive_buckets.size(); ++i, ++bucket) {
      if (at >= 0 && at < std::ssize(counts))
        counts[static_cast<std::size_t>(at)] = histogram.positive_buckets[bucket];
      ++at;
    }
  }
  for (std::size_t i = 1; i < counts.size(); ++i) counts[i] += counts[i - 1];
  return counts;
}

}  // namespace aloft::telemetry::scrape
