// Reads units in order of time and keeps the best entries until no unit can hold a better one.
#include "telemetry/logs/logql/log_query.h"

#include <algorithm>
#include <unordered_map>

#include "telemetry/logs/logql/pipeline.h"

namespace aloft::telemetry::logs::logql {
namespace {

// With an interval most entries are passed over, so that more of them must be looked at than are given.
constexpr std::size_t looked_at_for_intervals = 200'000;

// A group of entries in the answer: entries whose labels are all the same.
struct Group {
  Pairs labels;
  Labels stream;
};

struct FoundLine {
  std::int64_t time_ns = 0;
  std::size_t group = 0;
  std::uint64_t place = 0;  // unit and row, for entries of one time
  ResultEntry entry;
};

std::string group_key(const std::vector<LineLabels::Entry>& labels) {
  std::string key;
  for (const LineLabels::Entry& entry : labels) {
    append_text(key, entry.name);
    append_text(key, entry.value);
  }
  return key;
}

class Collector {
 public:
  explicit Collector(const QueryRequest& request)
      : backward_(request.direction == Direction::backward),
        limit_(kept(request)),
        given_(request.limit),
        interval_ns_(request.interval.count()) {}
  // How many entries, the first ones in the order of the answer, are held.
  static std::size_t kept(const QueryRequest& request) {
    return request.interval.count() == 0 ? request.limit : std::max(request.limit, looked_at_for_intervals);
  }

  // Whether an entry of this time may still belong to the answer.
  bool wants(std::int64_t time_ns) const {
    if (!full_.load(std::memory_order_acquire)) return true;
    const std::int64_t worst = worst_.load(std::memory_order_relaxed);
    return backward_ ? time_ns >= worst : time_ns <= worst;
  }

  void add(std::vector<FoundLine>& found, const std::vector<Group>& groups,
           const std::vector<std::string>& keys) {
    inside_.with([&](Inside& inside) {
      std::vector<std::size_t> numbers(groups.size());
      for (std::size_t i = 0; i < groups.size(); ++i) {
        const auto [at, added] = inside.numbers.try_emplace(keys[i], inside.groups.size());
        if (added) inside.groups.push_back(groups[i]);
        numbers[i] = at->second;
      }
      for (FoundLine& one : found) {
        one.group = numbers[one.group];
        inside.found.push_back(std::move(one));
      }
      if (inside.found.size() > limit_ * 2) shrink(inside);
    });
  }

  // Sets `cut_short` when entries beyond those that were held may have been missed.
  std::vector<ResultStream> finish(bool& cut_short) {
    return inside_.with([&](Inside& inside) {
      shrink(inside);
      std::vector<ResultStream> out;
      std::vector<std::size_t> places(inside.groups.size(), ~std::size_t{0});
      std::optional<std::int64_t> last;
      std::size_t given = 0;
      for (FoundLine& one : inside.found) {
        if (given == given_) break;
        // The interval is one between entries of the whole answer.
        if (interval_ns_ != 0 && last && std::abs(one.time_ns - *last) < interval_ns_) continue;
        std::size_t& place = places[one.group];
        if (place == ~std::size_t{0}) {
          place = out.size();
          out.push_back({.labels = inside.groups[one.group].labels,
                         .stream = inside.groups[one.group].stream,
                         .entries = {}});
        }
        last = one.time_ns;
        ++given;
        out[place].entries.push_back(std::move(one.entry));
      }
      cut_short = given < given_ && inside.found.size() >= limit_;
      std::sort(out.begin(), out.end(),
                [](const ResultStream& a, const ResultStream& b) { return a.labels < b.labels; });
      return out;
    });
  }

 private:
  struct Inside {
    std::vector<FoundLine> found;
    std::vector<Group> groups;
    std::unordered_map<std::string, std::size_t> numbers;
  };
  void shrink(Inside& inside) {
    std::sort(inside.found.begin(), inside.found.end(), [this](const FoundLine& a, const FoundLine& b) {
      if (a.time_ns != b.time_ns) return (a.time_ns < b.time_ns) != backward_;
      if (a.place != b.place) return (a.place < b.place) != backward_;
      return false;
    });
    if (inside.found.size() < limit_) return;
    inside.found.resize(limit_);
    if (limit_ == 0) return;
    worst_.store(inside.found.back().time_ns, std::memory_order_relaxed);
    full_.store(true, std::memory_order_release);
  }
  bool backward_;
  std::size_t limit_, given_;
  std::int64_t interval_ns_;
  std::atomic<bool> full_{false};
  std::atomic<std::int64_t> worst_{0};
  io::Guarded<Inside> inside_;
};

// One thread's part.
class LineWorker {
 public:
  LineWorker(Execution& execution, const Scan& scan, const std::shared_ptr<const Pipeline>& pipeline)
      : execution_(execution),
        scan_(scan),
        kept_(Collector::kept(execution.request)),
        run_(pipeline, nullptr, execution.virtual_level) {}

  Result<> unit(std::size_t unit, Collector& collector) {
    const Scan::Unit& where = scan_.units()[unit];
    const bool backward = execution_.request.direction == Direction::backward;
    if (!collector.wants(backward ? where.max_ns : where.min_ns)) return {};
    TRY(rows, execution_.read(scan_, unit));
    found_.clear();
    groups_.clear();
    keys_.clear();
    numbers_.clear();
    for (const ScanRows::Run& run : rows.runs) {
      const Labels& stream = scan_.streams()[run.stream];
      std::size_t taken = 0;
      for (std::size_t i = 0; i < run.rows.size() && taken < kept_; ++i) {
        if (i % 4096 == 4095) TRY_DO(execution_.check());
        const std::size_t at = backward ? run.rows.size() - 1 - i : i;
        const Row& row = run.rows[at];
        if (!collector.wants(row.time_ns)) break;
        std::string_view line = row.line;
        if (!run_.process(stream, row.time_ns, line, row.fields)) continue;
        ++taken;
        add(stream, row, line, static_cast<std::uint64_t>(unit) << 32 | at);
      }
    }
    collector.add(found_, groups_, keys_);
    return {};
  }

 private:
  void add(const Labels& stream, const Row& row, std::string_view line, std::uint64_t place) {
    run_.labels().collect(entries_);
    std::string key = group_key(entries_);
    const auto [at, added] = numbers_.try_emplace(std::move(key), groups_.size());
    if (added) {
      Group group{.labels = {}, .stream = stream};
      for (const LineLabels::Entry& entry : entries_) group.labels.emplace_back(entry.name, entry.value);
      groups_.push_back(std::move(group));
      keys_.push_back(at->first);
    }
    FoundLine found{.time_ns = row.time_ns, .group = at->second, .place = place, .entry = {}};
    found.entry.time_ns = row.time_ns;
    found.entry.line = line;
    for (const LineLabels::Entry& entry : entries_) {
      if (entry.source == Source::stream) continue;
      Pairs& pairs = entry.source == Source::field ? found.entry.fields : found.entry.parsed;
      pairs.emplace_back(entry.name, entry.value);
    }
    found_.push_back(std::move(found));
  }

  Execution& execution_;
  const Scan& scan_;
  std::size_t kept_;
  PipelineRun run_;
  std::vector<LineLabels::Entry> entries_;
  std::vector<FoundLine> found_;
  std::vector<Group> groups_;
  std::vector<std::string> keys_;
  std::unordered_map<std::string, std::size_t> numbers_;
};

}  // namespace

Result<std::vector<ResultStream>> run_log_query(Execution& execution, const LogQuery& query) {
  TRY(pipeline, Pipeline::compile(query.stages));
  const QueryRequest& request = execution.request;
  const auto scan = execution.store.scan({.tenant = request.tenant,
                                          .matchers = query.matchers,
                                          .start_ns = request.start_ns,
                                          .end_ns = request.end_ns,
                                          .literals = pipeline->literals(),
                                          .fields = pipeline->fields()});
  const bool backward = request.direction == Direction::backward;
  std::vector<std::size_t> order(scan->units().size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Scan::Unit &left = scan->units()[a], &right = scan->units()[b];
    if (backward) return std::pair(left.max_ns, a) > std::pair(right.max_ns, b);
    return std::pair(left.min_ns, a) < std::pair(right.min_ns, b);
  });
  Collector collector(request);
  std::vector<std::unique_ptr<LineWorker>> workers(execution.workers());
  for (auto& worker : workers) worker = std::make_unique<LineWorker>(execution, *scan, pipeline);
  if (pipeline->has_state()) {
    for (const std::size_t unit : order) TRY_DO(workers[0]->unit(unit, collector));
  } else {
    TRY_DO(execution.parallel(order.size(), [&](std::size_t worker, std::size_t i) {
      return workers[worker]->unit(order[i], collector);
    }));
  }
  bool cut_short = false;
  auto streams = collector.finish(cut_short);
  if (cut_short && request.interval.count() != 0) {
    execution.warn(fmt::format("only the first {} entries were looked at for an interval of {}",
                               Collector::kept(request), format_duration(request.interval)));
  }
  return streams;
}

}  // namespace aloft::telemetry::logs::logql
