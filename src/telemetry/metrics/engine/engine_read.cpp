// The way out: series by matchers from the head and from blocks, as one sorted selection.
#include <algorithm>

#include "telemetry/core/durations.h"
#include "telemetry/metrics/engine/engine.h"
#include "telemetry/metrics/engine/selection.h"

namespace aloft::telemetry::metrics {
namespace {

bool overlaps(const ChunkFileTotals& totals, Millis from, Millis to) {
  return totals.samples > 0 && totals.min_time <= to && totals.max_time >= from;
}

std::vector<std::string> limited(std::vector<std::string> sorted, std::size_t limit) {
  const auto [first, last] = std::ranges::unique(sorted);
  sorted.erase(first, last);
  if (limit > 0 && sorted.size() > limit) sorted.resize(limit);
  return sorted;
}

// Series of one origin, sorted by labels, with their place in each of its sources.
struct Origin {
  LabelArena labels;
  std::vector<SampleSource> sources;
};

// Several origins as one: the places of all sources refer to the union of the label sets.
Origin merge_origins(std::vector<Origin> origins) {
  if (origins.size() == 1) return std::move(origins[0]);
  Origin out;
  std::vector<std::size_t> next(origins.size());
  std::vector<std::vector<std::uint32_t>> place(origins.size());  // from the origin's series to the union's
  for (;;) {
    const Origin* least = nullptr;
    LabelsView labels;
    for (std::size_t i = 0; i < origins.size(); ++i) {
      if (next[i] == origins[i].labels.size()) continue;
      const LabelsView candidate = origins[i].labels.at(next[i]);
      if (least != nullptr && !(candidate < labels)) continue;
      least = &origins[i];
      labels = candidate;
    }
    if (least == nullptr) break;
    const auto number = static_cast<std::uint32_t>(out.labels.size());
    out.labels.bytes() += labels.encoded();
    out.labels.end_one();
    // The view may dangle from here on: compare with the copy.
    const LabelsView kept = out.labels.at(number);
    for (std::size_t i = 0; i < origins.size(); ++i) {
      if (next[i] == origins[i].labels.size() || !(origins[i].labels.at(next[i]) == kept)) continue;
      place[i].push_back(number);
      ++next[i];
    }
  }
  for (std::size_t i = 0; i < origins.size(); ++i) {
    for (SampleSource& source : origins[i].sources) {
      std::vector<std::uint32_t> at(out.labels.size(), not_there);
      for (std::size_t series = 0; series < source.at.size(); ++series)
        at[place[i][series]] = source.at[series];
      source.at = std::move(at);
      out.sources.push_back(std::move(source));
    }
  }
  return out;
}

// Drops series that no source knows.
void drop_empty(Origin& origin) {
  const std::size_t count = origin.labels.size();
  std::vector<bool> known(count);
  for (const SampleSource& source : origin.sources) {
    for (std::size_t i = 0; i < count; ++i) known[i] = known[i] || source.at[i] != not_there;
  }
  if (std::ranges::find(known, false) == known.end()) return;
  LabelArena labels;
  for (std::size_t i = 0; i < count; ++i) {
    if (!known[i]) continue;
    labels.bytes() += origin.labels.at(i).encoded();
    labels.end_one();
  }
  origin.labels = std::move(labels);
  for (SampleSource& source : origin.sources) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (known[i]) source.at[kept++] = source.at[i];
    }
    source.at.resize(kept);
  }
}

// The series of a block that match, with their labels.
Result<Origin> select_block(const BlockUse& use, std::span<const Matcher> matchers) {
  const Block& block = *use.block;
  Origin out;
  TRY(series, block.index().select(matchers));
  for (const std::uint32_t number : series) {
    TRY_DO(block.index().append_labels(number, out.labels.bytes()));
    out.labels.end_one();
  }
  SampleSource source;
  source.sequence = block.meta().sequence;
  source.file = block.shared_data();
  source.resolution = block.meta().resolution;
  source.answer = use.answer;
  source.at = std::move(series);
  out.sources.push_back(std::move(source));
  return out;
}

void mark_hidden(const std::vector<Tombstone>& tombstones, const LabelArena& labels, Millis from, Millis to,
                 std::vector<HiddenRange>& out) {
  for (const Tombstone& tombstone : tombstones) {
    if (tombstone.from > to || tombstone.to < from) continue;
    HiddenRange hidden{
        .sequence = tombstone.sequence, .from = tombstone.from, .to = tombstone.to, .series = {}};
    hidden.series.resize(labels.size());
    bool any = false;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (matches_all(tombstone.matchers, labels.at(i))) any = hidden.series[i] = true;
    }
    if (any) out.push_back(std::move(hidden));
  }
}

std::string estimate_warning(const SelectHints& hints, Millis resolution) {
  const std::string kept = format_prometheus_duration(std::chrono::milliseconds(resolution));
  const std::string_view what = hints.function.empty() ? std::string_view("the value") : hints.function;
  return fmt::format("of old samples only rows of {} are left, so {} is an estimate", kept, what);
}

}  // namespace

Result<std::unique_ptr<Selection>> Engine::select(Millis from, Millis to, std::span<const Matcher> matchers,
                                                  const SelectHints& hints) const {
  const std::uint64_t limit = hints.series_limit > 0 ? hints.series_limit : settings_.select_limit;
  const auto too_many = [limit] {
    return fail(Code::too_large, fmt::format("the selector matches more than {} series", limit));
  };
  std::vector<Origin> origins(1);
  std::vector<RankedSeries> ranked;
  SeriesOrderPtr order;
  const bool fits = index_.with([&](SeriesIndex& index) {
    const std::vector<SeriesRef> series = index.select(matchers);
    if (limit > 0 && series.size() > limit) return false;
    order = index.order();
    ranked.reserve(series.size());
    for (const SeriesRef ref : series) ranked.push_back({.rank = order->of(ref), .ref = ref});
    std::ranges::sort(ranked, {}, &RankedSeries::rank);
    origins[0].labels.reserve(ranked.size());
    for (const RankedSeries& one : ranked) {
      index.append_labels(one.ref, origins[0].labels.bytes());
      origins[0].labels.end_one();
    }
    return true;
  });
  if (!fits) return too_many();
  ViewPtr view;
  std::vector<SampleSource> buffers;
  intake_.with([&](Intake& intake) {
    view = intake.view;
    std::vector<BufferPtr> all = intake.frozen;
    all.push_back(intake.current);
    for (const BufferPtr& buffer : all) {
      if (buffer->size() == 0 || buffer->min_time() > to || buffer->max_time() < from) continue;
      SampleSource source;
      source.sequence = buffer->sequence();
      source.buffer = buffer;
      source.buffer_ordered = buffer->in_order();
      source.at.reserve(ranked.size());
      for (const RankedSeries& one : ranked) source.at.push_back(buffer->end_of(one.ref));
      buffers.push_back(std::move(source));
    }
  });
  for (const RunPtr& run : view->runs) {
    if (!overlaps(run->file().totals(), from, to)) continue;
    SampleSource source;
    source.at = run->locate(ranked, *order);
    if (source.at.empty()) continue;
    source.sequence = run->meta().high;
    source.file = run->shared_file();
    origins[0].sources.push_back(std::move(source));
  }
  for (SampleSource& source : buffers) origins[0].sources.push_back(std::move(source));
  Millis estimated = 0;  // the coarsest rows that can only be estimated from
  for (const BlockUse& use : blocks_to_read(*view, from, to, hints)) {
    if (use.estimate) estimated = std::max(estimated, use.block->meta().resolution);
    TRY(origin, select_block(use, matchers));
    if (origin.labels.size() > 0) origins.push_back(std::move(origin));
  }
  Origin all = merge_origins(std::move(origins));
  drop_empty(all);
  if (limit > 0 && all.labels.size() > limit) return too_many();
  std::ranges::sort(all.sources, {}, &SampleSource::sequence);
  std::vector<HiddenRange> hidden;
  mark_hidden(view->tombstones, all.labels, from, to, hidden);
  std::vector<std::string> warnings;
  if (estimated > 0) warnings.push_back(estimate_warning(hints, estimated));
  return std::make_unique<SourceSelection>(std::move(all.labels), std::move(all.sources), std::move(hidden),
                                           std::move(warnings));
}

Result<std::vector<std::string>> Engine::label_names(Millis from, Millis to,
                                                     std::span<const Matcher> matchers,
                                                     std::size_t limit) const {
  std::vector<std::string> names;
  if (!matchers.empty()) {
    TRY(selection, select(from, to, matchers, {}));
    std::set<std::string, std::less<>> seen;
    for (std::size_t i = 0; i < selection->size(); ++i) {
      for (const Label& label : selection->labels(i)) {
        if (!seen.contains(label.name)) seen.emplace(label.name);
      }
    }
    names.assign(seen.begin(), seen.end());
    return limited(std::move(names), limit);
  }
  index_.with([&](SeriesIndex& index) { index.label_names(names); });
  for (const BlockPtr& block : view()->blocks) {
    if (!overlaps(block->data().totals(), from, to)) continue;
    const auto more = block->index().label_names();
    names.insert(names.end(), more.begin(), more.end());
  }
  std::ranges::sort(names);
  return limited(std::move(names), limit);
}

Result<std::vector<std::string>> Engine::label_values(std::string_view name, Millis from, Millis to,
                                                      std::span<const Matcher> matchers,
                                                      std::size_t limit) const {
  std::vector<std::string> values;
  if (!matchers.empty()) {
    TRY(selection, select(from, to, matchers, {}));
    std::set<std::string, std::less<>> seen;
    for (std::size_t i = 0; i < selection->size(); ++i) {
      const std::string_view value = selection->labels(i).get(name);
      if (!value.empty() && !seen.contains(value)) seen.emplace(value);
    }
    values.assign(seen.begin(), seen.end());
    return limited(std::move(values), limit);
  }
  index_.with([&](SeriesIndex& index) { index.label_values(name, values); });
  for (const BlockPtr& block : view()->blocks) {
    if (!overlaps(block->data().totals(), from, to)) continue;
    TRY(more, block->index().label_values(name));
    values.insert(values.end(), more.begin(), more.end());
  }
  std::ranges::sort(values);
  return limited(std::move(values), limit);
}

Result<std::vector<ExemplarSeries>> Engine::exemplars(
    Millis from, Millis to, std::span<const std::vector<Matcher>> matcher_sets) const {
  return exemplars_.select(from, to, matcher_sets);
}

}  // namespace aloft::telemetry::metrics
