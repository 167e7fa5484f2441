// The way in: label bytes to series, samples to the log, then to the buffer.
#include <algorithm>

#include "base/ensure.h"
#include "telemetry/metrics/engine/engine.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr std::size_t most_frozen = 6;
constexpr std::size_t prefetch_distance = 8;
constexpr std::size_t name_limit = 400;  // of series in messages
constexpr Millis most_time = INT64_MAX / 8;
// How old the beginning of a count may be to be told as a zero; as far as Prometheus' head goes back.
constexpr Millis start_reach = 60 * 60 * 1000;
constexpr std::size_t most_families = 200'000;  // with metadata

std::string shortened(LabelsView labels) {
  std::string name = labels.to_string();
  if (name.size() > name_limit) name = name.substr(0, name_limit) + "...";
  return name;
}

std::string named(std::string_view raw_labels) {
  std::string scratch;
  const auto labels = canonical_labels(raw_labels, scratch);
  return labels ? shortened(*labels) : std::string("?");
}

// What a sender knew of the sample before need not hold of the one that is before it here.
HistogramPtr without_claim(const HistogramPtr& histogram) {
  if (histogram->reset_hint != NativeHistogram::ResetHint::no) return histogram;
  auto unknown = std::make_shared<NativeHistogram>(*histogram);
  unknown->reset_hint = NativeHistogram::ResetHint::unknown;
  return unknown;
}

HistogramPtr zero_like(const NativeHistogram& pattern) {
  auto zero = std::make_shared<NativeHistogram>();
  zero->reset_hint = NativeHistogram::ResetHint::yes;
  zero->schema = pattern.schema;
  zero->zero_threshold = pattern.zero_threshold;
  zero->custom_bounds = pattern.custom_bounds;
  return zero;
}

std::string text_of(Millis time) { return format_seconds(WallTime{std::chrono::milliseconds(time)}); }

}  // namespace

// Counts what is refused and keeps the first reason.
class Engine::Rejections {
 public:
  explicit Rejections(WriteReport& report) : report_(report) {}
  void add(std::string reason) {
    ++report_.rejected;
    if (report_.first_rejection.empty()) report_.first_rejection = std::move(reason);
  }
  bool need_reason() const { return report_.first_rejection.empty(); }
  void count() { ++report_.rejected; }

 private:
  WriteReport& report_;
};

template <class Items>
void Engine::resolve(const Items& items, std::string_view tenant, std::vector<SeriesRef>& refs,
                     Rejections& rejections) {
  refs.resize(items.size());
  if (items.empty()) return;
  std::vector<LabelHash> hashes(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string_view labels = items[i].labels;
    const bool repeated =
        i > 0 && labels.data() == items[i - 1].labels.data() && labels.size() == items[i - 1].labels.size();
    hashes[i] = repeated ? hashes[i - 1] : hash_label_bytes(labels, seed_);
  }
  std::vector<Missing> missing;
  table_.with([&](SeriesTable& table) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i + prefetch_distance < items.size()) table.prefetch(hashes[i + prefetch_distance]);
      refs[i] = table.find(hashes[i]);
      if (refs[i] == no_series) missing.push_back({.at = i, .labels = {}, .raw = hashes[i], .canonical = {}});
    }
  });
  if (missing.empty()) return;
  std::string scratch;
  for (Missing& entry : missing) {
    const auto labels = canonical_labels(items[entry.at].labels, scratch);
    if (!labels) {
      rejections.add(labels.error().message());
    } else if (labels->empty()) {
      rejections.add("a series without labels");
    } else {
      entry.labels = labels->encoded();
      entry.canonical = hash_label_bytes(entry.labels, seed_);
    }
  }
  std::erase_if(missing, [](const Missing& entry) { return entry.labels.empty(); });
  add_missing(missing, tenant, refs, rejections);
}

void Engine::add_missing(std::vector<Missing>& missing, std::string_view tenant, std::vector<SeriesRef>& refs,
                         Rejections& rejections) {
  if (missing.empty()) return;
  const std::uint16_t tenant_at = tenant_number(tenant);
  index_.with([&](SeriesIndex& index) {
    for (Missing& entry : missing) {
      SeriesRef ref = table_.with([&](SeriesTable& table) { return table.find(entry.canonical); });
      if (ref == no_series) {
        const LabelsView labels(entry.labels);
        if (const auto refused = refusal(index, labels, tenant, tenant_at); !refused) {
          rejections.need_reason() ? rejections.add(shortened(labels) + ": " + refused.error().message())
                                   : rejections.count();
          continue;
        }
        ref = index.add(labels, tenant_at);
        last_times_.add(ref);
        observers_.series_added(ref, labels, last_times_);
        // Before anybody finds it: whoever writes samples of it sees that it is not in the catalogue yet, and
        // what to write there.
        catalogue_.with([ref](Catalogue& catalogue) { catalogue.pending.push_back(ref); });
        ++pending_series_;
        table_.with([&](SeriesTable& table) { table.insert(entry.canonical, ref); });
      }
      // Other spellings of known series are remembered too, as long as they are not most of the table.
      table_.with([&](SeriesTable& table) {
        const bool room = table.size() < 2 * index.size() + 1000;
        if (room && table.find(entry.raw) == no_series) table.insert(entry.raw, ref);
      });
      refs[entry.at] = ref;
    }
  });
}

std::uint16_t Engine::tenant_number(std::string_view tenant) {
  if (tenant.empty()) return 0;
  return catalogue_.with([&](Catalogue& catalogue) -> std::uint16_t {
    const auto found = std::ranges::find(catalogue.tenants, tenant);
    if (found != catalogue.tenants.end()) {
      return static_cast<std::uint16_t>(found - catalogue.tenants.begin());
    }
    // Beyond what a number can say, tenants share the last one's limit.
    if (catalogue.tenants.size() >= UINT16_MAX) return UINT16_MAX - 1;
    catalogue.tenants.emplace_back(tenant);
    return static_cast<std::uint16_t>(catalogue.tenants.size() - 1);
  });
}

Result<> Engine::refusal(const SeriesIndex& index, LabelsView labels, std::string_view tenant,
                         std::uint16_t tenant_at) const {
  const SeriesLimits& limits = settings_.limits;
  if (limits.total > 0 && index.size() >= limits.total) {
    return fail(Code::too_many_requests, fmt::format("the limit of {} series is reached", limits.total));
  }
  if (index.capacity() >= LastTimes::most_series) {
    return fail(Code::too_many_requests, "no more series can be told apart");
  }
  if (limits.per_tenant > 0 && index.tenant_series(tenant_at) >= limits.per_tenant) {
    return fail(Code::too_many_requests,
                fmt::format("the limit of {} series of tenant \"{}\" is reached", limits.per_tenant, tenant));
  }
  if (limits.per_metric > 0 && index.metric_series(labels.metric_name()) >= limits.per_metric) {
    return fail(Code::too_many_requests,
                fmt::format("the limit of {} series of one metric is reached", limits.per_metric));
  }
  if (limits.admit) return limits.admit(tenant, labels);
  return {};
}

// Writers that find unwritten series wait here until they are written, whoever added them: otherwise their
// samples could be durable before the meaning of the numbers is.
Result<> Engine::persist_pending() {
  if (pending_series_ == 0) return {};
  return catalogue_writer_.with([&](Structure&) -> Result<> {
    std::vector<std::string> tenants;
    const auto pending = catalogue_.with([&](Catalogue& catalogue) {
      tenants = catalogue.tenants;
      return std::exchange(catalogue.pending, {});
    });
    if (pending.empty()) return {};
    std::string record = start_record(CatalogueKind::series);
    index_.with([&](SeriesIndex& index) {
      std::string labels;
      for (const SeriesRef ref : pending) {
        labels.clear();
        index.append_labels(ref, labels);
        put_series(record, {.ref = ref, .labels = labels, .tenant = tenants[index.tenant_of(ref)]});
      }
    });
    if (auto logged = catalogue_log_->append(record); !logged) {
      catalogue_.with([&](Catalogue& catalogue) {
        catalogue.pending.insert(catalogue.pending.end(), pending.begin(), pending.end());
      });
      writable_ = false;
      return fail(std::move(logged.error().at("new series cannot be logged")));
    }
    pending_series_ -= pending.size();
    return {};
  });
}

Result<Engine::BufferPtr> Engine::reserve(std::size_t count) {
  return intake_.with([&](Intake& intake) -> Result<BufferPtr> {
    if (!intake.current->reserve(count)) {
      if (intake.frozen.size() >= most_frozen) {
        return fail(Code::unavailable, "samples cannot be moved to disk: " + settings_.folder +
                                           " is full or too slow, and what memory may hold is full too");
      }
      rotate(intake, count);
      ensure(intake.current->reserve(count), "a new buffer has room");
    }
    return intake.current;
  });
}

void Engine::rotate(Intake& intake, std::size_t least_capacity) {
  // Only memory is touched by a cut: the next record begins a new segment.
  const auto cut = log_->cut();
  const LogPosition begin = cut ? *cut : intake.current->log_begin();
  if (intake.current->size() > 0 || intake.current->has_writers()) intake.frozen.push_back(intake.current);
  intake.current = std::make_shared<SampleBuffer>(std::max(settings_.buffer_samples, least_capacity),
                                                  intake.next_sequence++, begin);
  intake.first_sample = {};
}

bool Engine::check_time(SeriesRef ref, Millis time, Millis latest, std::string_view labels,
                        Rejections& rejections) const {
  if (time > latest || time < -most_time) {
    rejections.need_reason()
        ? rejections.add(fmt::format("{}: its time {} is out of range", named(labels), time))
        : rejections.count();
    return false;
  }
  const Millis last = last_times_.time(ref);
  const Millis window = settings_.out_of_order_window / 1ms;
  if (time >= last - window || last == LastTimes::none) return true;
  rejections.need_reason()
      ? rejections.add(
            fmt::format("{}: the sample of {} is {} s older than the series' newest, {} s are allowed",
                        named(labels), text_of(time), (last - time) / 1000, window / 1000))
      : rejections.count();
  return false;
}

void Engine::append(Intake& intake, SampleBuffer& buffer, const std::vector<NewSample>& samples,
                    const std::vector<NewHistogram>& histograms) {
  Millis least = INT64_MAX;
  Millis most = INT64_MIN;
  for (const NewSample& sample : samples) {
    buffer.append(sample.ref, sample.time, sample.value, last_times_.advance(sample.ref, sample.time));
    least = std::min(least, sample.time);
    most = std::max(most, sample.time);
  }
  for (const NewHistogram& sample : histograms) {
    const bool in_order = last_times_.advance(sample.ref, sample.time);
    buffer.append(sample.ref, sample.time, sample.histogram, in_order);
    least = std::min(least, sample.time);
    most = std::max(most, sample.time);
  }
  intake.samples_written += samples.size() + histograms.size();
  intake.min_time = std::min(intake.min_time, least);
  intake.max_time = std::max(intake.max_time, most);
}

// Zeros go in front of the samples, so that their series stay in order.
void Engine::add_starts(const MetricBatch& batch, const std::vector<SeriesRef>& refs,
                        std::vector<NewSample>& samples, std::vector<NewHistogram>& histograms) const {
  for (std::size_t i = 0; i < refs.size(); ++i) {
    const StartRef& begun = batch.starts[i];
    const SeriesRef ref = refs[i];
    if (ref == no_series || begun.start <= 0 || begun.start >= begun.time) continue;
    const bool goes_on = i > 0 && refs[i - 1] == ref && begun.start <= batch.starts[i - 1].time;
    if (goes_on || begun.time - begun.start > start_reach || begun.start <= last_times_.time(ref)) continue;
    if (begun.pattern == nullptr) {
      samples.push_back({.ref = ref, .time = begun.start, .value = 0});
    } else if (begun.pattern->reset_hint != NativeHistogram::ResetHint::gauge) {
      histograms.push_back({.ref = ref, .time = begun.start, .histogram = zero_like(*begun.pattern)});
    }
  }
}

Result<WriteReport> Engine::write(const MetricBatch& batch) {
  // Between finding its series and appending to them nobody may give up series.
  struct Active {
    explicit Active(std::atomic<int>& count) : count_(count) { ++count_; }
    ~Active() { --count_; }
    std::atomic<int>& count_;
  };
  const Active active(active_writes_);
  WriteReport report;
  Rejections rejections(report);
  WriteReport unreported;  // whatever is wrong with the series of a start is said of its sample
  Rejections uncounted(unreported);
  std::vector<SeriesRef> refs, histogram_refs, start_refs;
  resolve(batch.samples, batch.tenant, refs, rejections);
  resolve(batch.histograms, batch.tenant, histogram_refs, rejections);
  resolve(batch.starts, batch.tenant, start_refs, uncounted);
  TRY_DO(persist_pending());
  // Before the samples: what is left of these when the samples fail does no harm.
  if (!batch.metadata.empty()) TRY_DO(write_metadata(batch));
  if (!batch.exemplars.empty()) TRY_DO(write_exemplars(batch, report));

  const WallTime now = clock_.wall();
  const Millis latest = settings_.future_window > Duration::zero()
                            ? (now.since_epoch + settings_.future_window) / 1ms
                            : most_time;
  std::vector<NewSample> samples;
  std::vector<NewHistogram> histograms;
  samples.reserve(refs.size());
  if (!batch.starts.empty()) add_starts(batch, start_refs, samples, histograms);
  const std::size_t zeros = samples.size();
  const std::size_t zero_histograms = histograms.size();
  for (std::size_t i = 0; i < refs.size(); ++i) {
    const SampleRef& sample = batch.samples[i];
    if (refs[i] == no_series || !check_time(refs[i], sample.time, latest, sample.labels, rejections))
      continue;
    samples.push_back({.ref = refs[i], .time = sample.time, .value = sample.value});
  }
  for (std::size_t i = 0; i < histogram_refs.size(); ++i) {
    const HistogramRef& sample = batch.histograms[i];
    const SeriesRef ref = histogram_refs[i];
    if (ref == no_series || sample.histogram == nullptr) continue;
    if (!check_time(ref, sample.time, latest, sample.labels, rejections)) continue;
    histograms.push_back({.ref = ref, .time = sample.time, .histogram = without_claim(sample.histogram)});
  }
  const std::size_t count = samples.size() + histograms.size();
  bool full = false;
  if (count > 0) {
    TRY(buffer, reserve(count));
    auto logged = log_->append(encode_write_record(samples, histograms));
    if (!logged) {
      intake_.with([&](Intake&) { buffer->unreserve(count); });
      writable_ = false;
      return fail(std::move(logged.error().at("samples cannot be logged")));
    }
    writable_ = true;
    full = intake_.with([&](Intake& intake) {
      if (intake.first_sample == WallTime()) intake.first_sample = now;
      intake.last_write = now;
      append(intake, *buffer, samples, histograms);
      buffer->written();
      return !intake.frozen.empty();
    });
    samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(zeros));
    std::erase_if(samples, [&](const NewSample& sample) { return !last_times_.observed(sample.ref); });
    if (!samples.empty()) observers_.deliver(samples);
  }
  report.accepted = count - zeros - zero_histograms;
  report.histograms = histograms.size() - zero_histograms;
  samples_total_.add(count);
  rejected_total_.add(report.rejected);
  if (full) {
    // Whoever filled a buffer moves it to disk, so that writing is never faster than that. The samples are in
    // the log: a failure here is no failure of this batch.
    if (auto flushed = flush_ready(); !flushed) {
      writable_ = false;
      log_line_.warning("samples stay in memory and the log: {}", flushed.error().message());
    }
  }
  return report;
}

Result<> Engine::write_exemplars(const MetricBatch& batch, WriteReport& report) {
  std::string scratch;
  std::string record = start_record(CatalogueKind::exemplars);
  for (const ExemplarRef& exemplar : batch.exemplars) {
    const auto series = canonical_labels(exemplar.series, scratch);
    if (!series) continue;
    ++report.exemplars;
    if (!exemplars_.add(*series,
                        {.labels = exemplar.labels, .value = exemplar.value, .time = exemplar.time})) {
      continue;
    }
    put_exemplar(record, {.series = series->encoded(),
                          .labels = exemplar.labels.encoded(),
                          .value = exemplar.value,
                          .time = exemplar.time});
  }
  if (record.size() == 1) return {};
  TRY(position, catalogue_log_->append(record));
  (void)position;
  return {};
}

Result<> Engine::write_metadata(const MetricBatch& batch) {
  std::vector<const MetricMetadata*> changed;
  catalogue_.with([&](Catalogue& catalogue) {
    for (const MetricMetadata& entry : batch.metadata) {
      const auto known = catalogue.metadata.find(entry.family);
      if (known != catalogue.metadata.end() && known->second.type == entry.type &&
          known->second.help == entry.help && known->second.unit == entry.unit) {
        continue;
      }
      if (known == catalogue.metadata.end() && catalogue.metadata.size() >= most_families) continue;
      catalogue.metadata[entry.family] = entry;
      changed.push_back(&entry);
    }
  });
  if (changed.empty()) return {};
  std::string record = start_record(CatalogueKind::metadata);
  for (const MetricMetadata* entry : changed) put_metadata(record, *entry);
  auto logged = catalogue_log_->append(record);
  if (logged) return {};
  // So that the next try writes it again.
  catalogue_.with([&](Catalogue& catalogue) {
    for (const MetricMetadata* entry : changed) catalogue.metadata.erase(entry->family);
  });
  return fail(std::move(logged).error());
}

std::unique_ptr<Observation> Engine::observe(std::vector<Matcher> matchers, IngestObserver& observer) {
  const std::vector<Matcher> wanted = matchers;
  return observers_.add(std::move(matchers), observer, last_times_, [&](const auto& visit) {
    index_.with([&](SeriesIndex& index) {
      const std::vector<SeriesRef> series = index.select(wanted);
      intake_.with([&](Intake&) {
        std::string labels;
        for (const SeriesRef ref : series) {
          labels.clear();
          index.append_labels(ref, labels);
          visit(ref, LabelsView(labels));
        }
      });
    });
  });
}

}  // namespace aloft::telemetry::metrics
