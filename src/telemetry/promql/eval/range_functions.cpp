// Evaluates functions over range vectors: for each series once over its samples, with a window that slides
// from step to step.
#include <algorithm>

#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

bool keeps_name(FunctionId id) {
  return id == FunctionId::last_over_time || id == FunctionId::first_over_time;
}

const Expr* range_argument(const Call& call) {
  for (const ExprPtr& arg : call.args)
    if (type_of(*arg) == ValueType::matrix) return arg.get();
  return nullptr;
}

bool is_counter_name(std::string_view name) {
  return name.ends_with("_total") || name.ends_with("_sum") || name.ends_with("_count") ||
         name.ends_with("_bucket");
}

Result<> check_modifiers(const RangeCall& call) {
  const auto refuse = [&](std::string_view what, std::string_view allowed) {
    return fail(Code::invalid, fmt::format("{} modifier can only be used with: {} - not with {}", what,
                                           allowed, call.function->name));
  };
  switch (call.function->id) {
    case FunctionId::rate:
    case FunctionId::increase:
    case FunctionId::delta:
      return {};
    case FunctionId::resets:
    case FunctionId::changes:
      if (call.smoothed) return refuse("smoothed", "delta, increase, rate");
      return {};
    default:
      if (call.anchored) return refuse("anchored", "changes, delta, increase, rate, resets");
      if (call.smoothed) return refuse("smoothed", "delta, increase, rate");
      return {};
  }
}

// The part of rising times that is in (from, to], found by going on from where the last window was.
struct Slide {
  std::size_t begin = 0;
  std::size_t end = 0;
  void move(std::span<const Millis> times, Millis from, Millis to) {
    while (end < times.size() && times[end] <= to) ++end;
    while (begin < end && times[begin] <= from) ++begin;
  }
  template <class T>
  std::span<const T> of(std::span<const T> all) const {
    return all.empty() ? all : all.subspan(begin, end - begin);
  }
};

class WindowCounter {
 public:
  explicit WindowCounter(std::span<const HistogramPtr> histograms) {
    if (histograms.empty()) return;
    sizes_.push_back(0);
    for (const HistogramPtr& histogram : histograms)
      sizes_.push_back(sizes_.back() + sample_size(*histogram));
  }
  void add(const Slide& floats, const Slide& histograms) {
    count_.loaded += floats.end - floats.begin;
    count_.read += floats.end - std::max(floats.begin, floats_seen_);
    floats_seen_ = floats.end;
    if (sizes_.empty()) return;
    const std::uint64_t end = sizes_[histograms.end];
    count_.loaded += end - sizes_[histograms.begin];
    count_.read += end - sizes_[std::max(histograms.begin, histograms_seen_)];
    histograms_seen_ = histograms.end;
  }
  SampleCount count() const { return count_; }

 private:
  std::vector<std::uint64_t> sizes_;  // of the histograms before each
  std::size_t floats_seen_ = 0;
  std::size_t histograms_seen_ = 0;
  SampleCount count_;
};

Samples window_samples(const Samples& all, const Slide& floats, const Slide& histograms, bool starts) {
  Samples inside;
  inside.times = floats.of(all.times);
  inside.values = floats.of(all.values);
  inside.histogram_times = histograms.of(all.histogram_times);
  inside.histograms = histograms.of(all.histograms);
  if (starts) {
    inside.starts = floats.of(all.starts);
    inside.histogram_starts = histograms.of(all.histogram_starts);
  }
  return inside;
}

}  // namespace

bool Evaluator::is_range_function(const Expr& expr) {
  if (expr.kind != NodeKind::call) return false;
  const Call& call = as<Call>(expr);
  return call.function->id != FunctionId::absent_over_time && window_function(call.function->id) != nullptr;
}

Steps Evaluator::subquery_steps(const Subquery& node) const {
  Steps steps;
  steps.interval = node.step != 0 ? node.step : query_.options.default_subquery_step;
  steps.end = last_reference(node.time);
  const Millis from = first_reference(node.time) - node.range;
  // The first multiple of the step behind the beginning; division rounds towards zero.
  steps.start = steps.interval * (from / steps.interval);
  if (steps.start <= from) steps.start += steps.interval;
  return steps;
}

Result<Grid> Evaluator::eval_subquery(const Subquery& node, Steps& steps) {
  steps = subquery_steps(node);
  Evaluator inner(query_, steps);
  inner.buckets_around_ = 1;
  return inner.eval(*node.expr);
}

Result<std::unique_ptr<SeriesSource>> Evaluator::range_source(const Expr& argument, RangeCall& range) {
  const Expr* inner = &argument;
  while (inner->kind == NodeKind::step_invariant || inner->kind == NodeKind::paren)
    inner =
        inner->kind == NodeKind::paren ? as<Paren>(*inner).expr.get() : as<StepInvariant>(*inner).expr.get();
  if (inner->kind == NodeKind::subquery) {
    const auto& node = as<Subquery>(*inner);
    range.range = node.range;
    range.offset = node.time.offset;
    range.at = node.time.at;
    range.over_subquery = true;
    Steps steps;
    const std::uint64_t loaded = query_.samples_loaded.load();
    TRY(grid, eval_subquery(node, steps));
    // The function counts the results of the subquery instead.
    query_.samples_loaded = loaded;
    return std::make_unique<GridSource>(std::move(grid), steps);
  }
  const auto& node = as<MatrixSelector>(*inner);
  const VectorSelector& selector = node.vector();
  range.range = node.range;
  range.offset = selector.time.offset;
  range.at = selector.time.at;
  range.anchored = selector.anchored;
  range.smoothed = selector.smoothed;
  TRY_DO(check_modifiers(range));
  Millis from = first_reference(selector.time) - node.range + 1;
  Millis to = last_reference(selector.time);
  if (range.anchored || range.smoothed) from -= query_.lookback;
  if (range.smoothed) to += query_.lookback;
  TRY(source, storage_source(selector, from, to, node.range));
  return source;
}

Result<> Evaluator::range_row(const RangeCall& call, const SeriesSource& source, std::size_t series,
                              std::size_t row, Grid& block, SampleBuffer& buffer, Annotations& notes) {
  TRY(samples, source.read(series, buffer));
  if (samples.size() == 0) return {};
  Reservation held;
  TRY_DO(held.grow(query_.budget, samples.size()));
  SampleCount counted;
  const LabelsView labels = source.labels(series);
  const bool starts_count = call.use_start_times && !samples.starts.empty();
  if (samples.histogram_times.empty() && !starts_count && has_float_rate(call)) {
    counted = float_rates(call, steps_, samples, block.row(row));
  } else {
    const WindowFunction function = window_function(call.function->id);
    WindowCounter counter(samples.histograms);
    Slide floats;
    Slide histograms;
    for (std::size_t step = 0; step < block.steps; ++step) {
      if (samples.size() > 1000 && step % 16 == 0) TRY_DO(query_.check_running());
      const Millis to = (call.at ? *call.at : steps_.at(step)) - call.offset;
      const Millis from = to - call.range;
      const Millis seen_from = from - (call.anchored || call.smoothed ? call.lookback : 0);
      const Millis seen_to = to + (call.smoothed ? call.lookback : 0);
      floats.move(samples.times, seen_from, seen_to);
      histograms.move(samples.histogram_times, seen_from, seen_to);
      counter.add(floats, histograms);
      const Samples inside = window_samples(samples, floats, histograms, call.use_start_times);
      if (inside.size() == 0) continue;
      WindowResult result;
      const Window window{call, inside, from, to, steps_.at(step), step, labels, notes};
      const bool some = function(window, result);
      if (!result.error.empty()) return fail(Code::invalid, std::move(result.error));
      if (!some) continue;
      if (result.histogram)
        block.set(row, step, std::move(result.histogram));
      else
        block.set(row, step, result.value);
    }
    counted = counter.count();
  }
  // What a subquery read is counted where it reads.
  query_.count_samples(counted.loaded, call.over_subquery ? 0 : counted.read);
  const FunctionId id = call.function->id;
  if (id == FunctionId::rate || id == FunctionId::increase) {
    const std::string_view name = labels.metric_name();
    if (name.empty() || is_counter_name(name)) return {};
    for (std::size_t step = 0; step < block.steps; ++step) {
      if (!block.has(row, step) || block.histogram(row, step) != nullptr) continue;
      notes.info(
          fmt::format("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {}",
                      quote(name)),
          call.first_argument);
      break;
    }
  }
  return {};
}

Result<> Evaluator::stream_range_function(const Call& call, const GridConsumer& consumer) {
  RangeCall range;
  range.function = call.function;
  // Annotations about a subquery point at the beginning of the text, as Prometheus' do.
  if (unwrap(*call.args[0]).kind != NodeKind::subquery) range.first_argument = call.args[0]->span;
  range.lookback = query_.lookback;
  const FunctionId id = call.function->id;
  range.use_start_times =
      query_.options.use_start_timestamps && (id == FunctionId::rate || id == FunctionId::irate ||
                                              id == FunctionId::increase || id == FunctionId::resets);
  const std::string_view outer = std::exchange(function_, call.function->name);
  const Expr* argument = range_argument(call);
  std::vector<Grid> scalars;
  scalars.reserve(call.args.size());
  std::unique_ptr<SeriesSource> source;
  for (const ExprPtr& arg : call.args) {
    if (arg.get() == argument) {
      TRY(made, range_source(*arg, range));
      source = std::move(made);
      continue;
    }
    TRY(scalar, eval(*arg));
    scalars.push_back(std::move(scalar));
  }
  for (const Grid& scalar : scalars) range.scalars.emplace_back(scalar.row(0), scalar.steps);
  function_ = outer;
  const bool drop = !keeps_name(id);
  const auto row = [&](std::size_t series, std::size_t at, Grid& block, SampleBuffer& buffer,
                       Annotations& notes) {
    return range_row(range, *source, series, at, block, buffer, notes);
  };
  const auto mark = [&](Grid&& block) -> Result<> {
    if (drop) std::fill(block.drop_name.begin(), block.drop_name.end(), std::uint8_t{1});
    return consumer(std::move(block));
  };
  const bool collide = drop && id != FunctionId::absent_over_time && !query_.options.delayed_name_removal &&
                       !source->unique_without_name();
  if (!collide) return stream_rows(*source, row, mark);
  Grid whole = make_grid(count());
  TRY_DO(stream_rows(*source, row, [&](Grid&& block) { return whole.append(query_, std::move(block)); }));
  drop_names(query_, whole);
  TRY_DO(refuse_same_labels(whole));
  return consumer(std::move(whole));
}

Result<Grid> Evaluator::eval_range_function(const Call& call) {
  Grid grid = make_grid(count());
  bool unique = false;
  TRY_DO(stream_range_function(call, [&](Grid&& part) -> Result<> {
    unique = part.unique_without_name;
    return grid.append(query_, std::move(part));
  }));
  if (call.function->id == FunctionId::absent_over_time) return absent_over_time(call, grid);
  grid.unique_without_name = unique;
  if (!query_.options.delayed_name_removal) {
    for (std::size_t r = 0; r < grid.rows(); ++r) {
      if (grid.drop_name[r] == 0) continue;
      grid.labels[r] = without_metadata(query_, grid.labels[r]);
      grid.drop_name[r] = 0;
    }
  }
  return grid;
}

Result<Grid> Evaluator::absent_over_time(const Call& call, const Grid& present) {
  Grid grid = make_grid(count());
  grid.unique_without_name = true;
  std::vector<bool> found(count(), false);
  for (std::size_t r = 0; r < present.rows(); ++r)
    for (std::size_t step = 0; step < count(); ++step)
      if (present.has(r, step)) found[step] = true;
  if (std::all_of(found.begin(), found.end(), [](bool f) { return f; })) return grid;
  TRY(row, grid.add_row(query_, absent_labels(query_, *call.args[0]), true));
  for (std::size_t step = 0; step < count(); ++step)
    if (!found[step]) grid.set(row, step, 1);
  if (!query_.options.delayed_name_removal) grid.drop_name[row] = 0;
  return grid;
}

}  // namespace aloft::telemetry::promql
