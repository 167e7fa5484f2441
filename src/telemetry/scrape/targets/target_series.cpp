// Samples of a target, with staleness and limits.
#include "telemetry/scrape/targets/target_series.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/core/compression.h"
#include "telemetry/scrape/label_arena.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {
namespace {

// Names of several exposed labels get "exported_" in front where the target has the same, shortest first.
void resolve_conflicts(LabelsBuilder& labels, std::vector<std::pair<std::string, std::string>> conflicts) {
  std::sort(conflicts.begin(), conflicts.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.size(), a.first) < std::pair(b.first.size(), b.first);
  });
  for (const auto& [name, value] : conflicts) {
    std::string free = "exported_" + name;
    while (!labels.get(free).empty()) free = "exported_" + free;
    labels.set(free, value);
  }
}

Error limit_exceeded(std::string what) { return Error(Code::too_large, std::move(what)); }

}  // namespace

SampleRules sample_rules(const ScrapeConfig& config) {
  SampleRules rules;
  rules.honor_labels = config.honor_labels;
  rules.honor_timestamps = config.honor_timestamps;
  rules.track_timestamps_staleness = config.track_timestamps_staleness;
  rules.native_histograms = config.scrape_native_histograms;
  rules.classic_too = config.always_scrape_classic_histograms;
  rules.extra_metrics = config.extra_scrape_metrics;
  rules.limits = config.limits;
  rules.relabel = config.metric_relabel_configs;
  return rules;
}

// One page while it is read.
struct TargetSeries::Page {
  ExpositionReader& reader;
  Outcome& out;
  LabelArena arena;
  Millis now;
  std::vector<MetricMetadata> metadata;
};

TargetSeries::TargetSeries(std::shared_ptr<const SampleRules> rules, Labels target_labels)
    : rules_(std::move(rules)), target_(std::move(target_labels)) {}

TargetSeries::Outcome TargetSeries::take(const Scrape& scrape,
                                         const std::function<double()>& finish_seconds) {
  Outcome out;
  ++scrape_;
  if (scrape.failure) {
    out.failure = scrape.failure;
  } else if (auto read = read_page(scrape, out); !read) {
    out.failure = std::move(read).error();
    // A page counts as a whole or not at all.
    MetricBatch nothing;
    std::swap(out.batch, nothing);
    out.added = 0;
  }
  mark_stale(out.batch, scrape.time, out.failure.has_value());
  report(out.batch, scrape, out, finish_seconds(), false);
  return out;
}

MetricBatch TargetSeries::end(Millis time) {
  MetricBatch batch;
  ++scrape_;
  mark_stale(batch, time, true);
  report(batch, {.time = time}, {}, 0, true);
  return batch;
}

void TargetSeries::inherit(const TargetSeries& before) {
  inherited_ = before.inherited_;
  for (const auto& [key, entry] : before.entries_) {
    if (entry.seen != 0 && !entry.labels.empty() && (!entry.own_time || rules_->track_timestamps_staleness))
      inherited_.push_back(entry.labels);
  }
}

Result<> TargetSeries::read_page(const Scrape& scrape, Outcome& out) {
  if (!scrape.format)
    return fail(Code::bad_request,
                "the target gave no Content-Type that can be read, and no "
                "fallback_scrape_protocol is set");
  ReaderOptions options;
  options.native = rules_->native_histograms;
  options.classic_too = rules_->classic_too;
  options.created_lines_are_starts = rules_->zero_at_start;
  const auto reader = make_reader(*scrape.format, scrape.page, options);
  Page page{*reader, out, LabelArena(out.batch), scrape.time, {}};
  ExpositionItem item;
  for (;;) {
    TRY(more, reader->next(item));
    if (!more) break;
    if (item.kind == ExpositionItem::Kind::metadata) {
      page.metadata.push_back(std::move(item.metadata));
    } else {
      TRY_DO(read_item(page, item));
    }
  }
  if (rules_->limits.samples > 0 && out.kept > rules_->limits.samples)
    return fail(limit_exceeded(
        fmt::format("sample_limit exceeded ({} samples, limit {})", out.kept, rules_->limits.samples)));
  note_metadata(std::move(page.metadata), out);
  return {};
}

Result<> TargetSeries::read_item(Page& page, ExpositionItem& item) {
  ++page.out.scraped;
  TRY(entry, entry_of(page, item));
  if (entry->labels.empty()) return {};
  ++page.out.kept;
  // Beyond the limit the page is only counted.
  if (rules_->limits.samples > 0 && page.out.kept > rules_->limits.samples) return {};
  if (page.out.kept > samples_per_request)
    return fail(limit_exceeded(fmt::format("a page has more than {} samples", samples_per_request)));
  MetricBatch& batch = page.out.batch;
  const bool own_time = item.time.has_value() && rules_->honor_timestamps;
  entry->own_time = own_time;
  const Millis time = own_time ? *item.time : page.now;
  const std::string_view labels = page.arena.copy(entry->labels);
  // Told once; the store knows whether the series has something newer.
  if (rules_->zero_at_start && item.created > 0 && item.created < time && item.created != entry->start) {
    batch.starts.push_back({labels, item.created, time, item.histogram});
    entry->start = item.created;
  }
  if (item.kind == ExpositionItem::Kind::histogram) {
    const std::size_t buckets =
        item.histogram->positive_buckets.size() + item.histogram->negative_buckets.size();
    if (rules_->limits.native_histogram_buckets > 0 && buckets > rules_->limits.native_histogram_buckets)
      return fail(limit_exceeded(fmt::format("histogram bucket limit exceeded ({} buckets, limit {})",
                                             buckets, rules_->limits.native_histogram_buckets)));
    batch.histograms.push_back({labels, time, std::move(item.histogram)});
  } else {
    batch.samples.push_back({labels, time, item.value});
  }
  for (ExpositionExemplar& e : item.exemplars)
    batch.exemplars.push_back({labels, std::move(e.labels), e.value, e.time.value_or(time)});
  return {};
}

// A series that was seen before needs neither parsing nor relabelling. Two texts share an entry only when a
// 64-bit hash and a checksum agree.
Result<TargetSeries::Entry*> TargetSeries::entry_of(Page& page, const ExpositionItem& item) {
  const std::uint64_t key = hash_labels(LabelsView(item.key));
  const std::uint32_t check = crc32c(item.key);
  auto it = entries_.find(key);
  const bool known = it != entries_.end() && it->second.check == check;
  if (!known) {
    TRY(labels, page.reader.labels());
    TRY(final, final_labels(labels));
    if (!final.empty()) TRY_DO(check_labels(LabelsView(final)));
    Entry& entry = entries_[key];
    entry.labels = std::move(final);
    entry.labels.shrink_to_fit();
    entry.check = check;
    entry.seen = 0;
    entry.born = scrape_;
    entry.start = 0;
    it = entries_.find(key);
  }
  Entry& entry = it->second;
  if (!known && !entry.labels.empty()) ++page.out.added;
  entry.seen = scrape_;
  return &entry;
}

Result<std::string> TargetSeries::final_labels(LabelsView exposed) const {
  LabelsBuilder labels(exposed);
  std::vector<std::pair<std::string, std::string>> conflicts;
  for (const Label& label : target_) {
    const std::string_view existing = exposed.get(label.name);
    if (rules_->honor_labels) {
      if (existing.empty()) labels.set(label.name, label.value);
      continue;
    }
    if (!existing.empty()) conflicts.emplace_back(label.name, existing);
    labels.set(label.name, label.value);
  }
  resolve_conflicts(labels, std::move(conflicts));
  if (!relabel(rules_->relabel, labels)) return std::string();
  const Labels built = labels.build();
  if (built.metric_name().empty() && !built.empty())
    return fail(Code::bad_request,
                fmt::format("{}: the metric name is missing after relabelling", built.to_string()));
  return std::string(built.encoded());
}

Result<> TargetSeries::check_labels(LabelsView labels) const {
  const ScrapeLimits& limits = rules_->limits;
  const std::string_view metric = labels.metric_name().substr(0, 50);
  if (limits.labels > 0 && labels.count() > limits.labels)
    return fail(
        limit_exceeded(fmt::format("label_limit exceeded (metric: {}, number of labels: {}, limit: {})",
                                   metric, labels.count(), limits.labels)));
  if (limits.label_name_length == 0 && limits.label_value_length == 0) return {};
  for (const Label& label : labels) {
    if (limits.label_name_length > 0 && label.name.size() > limits.label_name_length)
      return fail(limit_exceeded(
          fmt::format("label_name_length_limit exceeded (metric: {}, label name: {}, length: "
                      "{}, limit: {})",
                      metric, label.name.substr(0, 50), label.name.size(), limits.label_name_length)));
    if (limits.label_value_length > 0 && label.value.size() > limits.label_value_length)
      return fail(
          limit_exceeded(fmt::format("label_value_length_limit exceeded (metric: {}, label name: {}, value: "
                                     "\"{}\", length: {}, limit: {})",
                                     metric, label.name.substr(0, 50), label.value.substr(0, 50),
                                     label.value.size(), limits.label_value_length)));
  }
  return {};
}

// Series with times of their own are left to go stale by age, as their times may lag behind.
void TargetSeries::mark_stale(MetricBatch& batch, Millis time, bool all) {
  LabelArena arena(batch);
  std::unordered_set<std::string_view> present;
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    if (!all && entry.seen == scrape_) {
      if (!inherited_.empty()) present.insert(entry.labels);
      ++it;
      continue;
    }
    // What a page that failed half-way brought for the first time was never given out.
    const bool new_born = entry.born == scrape_;
    if (entry.seen != 0 && !new_born && !entry.labels.empty() &&
        (!entry.own_time || rules_->track_timestamps_staleness))
      batch.samples.push_back({arena.copy(entry.labels), time, stale_nan()});
    entry.seen = 0;
    it = all && !new_born ? std::next(it) : entries_.erase(it);
  }
  for (const std::string& labels : inherited_) {
    if (all || !present.contains(labels)) batch.samples.push_back({arena.copy(labels), time, stale_nan()});
  }
  inherited_.clear();
}

void TargetSeries::report(MetricBatch& batch, const Scrape& scrape, const Outcome& out, double seconds,
                          bool stale) const {
  LabelsBuilder labels(target_);
  const auto add = [&](std::string_view name, double value) {
    labels.set(metric_name_label, name);
    batch.samples.push_back(
        {batch.own(std::string(labels.build().encoded())), scrape.time, stale ? stale_nan() : value});
  };
  add("up", out.failure ? 0 : 1);
  add("scrape_duration_seconds", seconds);
  add("scrape_samples_scraped", static_cast<double>(out.scraped));
  add("scrape_samples_post_metric_relabeling", static_cast<double>(out.kept));
  add("scrape_series_added", static_cast<double>(out.added));
  if (!rules_->extra_metrics) return;
  add("scrape_timeout_seconds", scrape.timeout_seconds);
  add("scrape_sample_limit", static_cast<double>(rules_->limits.samples));
  add("scrape_body_size_bytes", static_cast<double>(scrape.body_bytes));
}

void TargetSeries::note_metadata(std::vector<MetricMetadata> metadata, Outcome& out) {
  std::uint64_t hash = 1;
  for (const MetricMetadata& m : metadata) {
    const std::uint64_t one =
        stable_hash(fmt::format("{}\n{}\n{}\n{}", m.family, to_string(m.type), m.help, m.unit));
    hash = hash * 0x9E3779B97F4A7C15 + one;
  }
  if (hash == metadata_hash_) return;
  metadata_hash_ = hash;
  out.batch.metadata = metadata;
  out.metadata = std::move(metadata);
}

}  // namespace aloft::telemetry::scrape
