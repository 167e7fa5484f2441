// The way of a span: limits, columns, log, head, block. The head is a list of small tables that are merged
// as they gather, so that neither writing nor reading ever waits for the other.
#include "telemetry/traces/store/store.h"

#include <charconv>

#include "io/file.h"
#include "io/guarded.h"
#include "telemetry/core/record_log.h"
#include "telemetry/traces/log.h"
#include "telemetry/traces/store/block.h"
#include "telemetry/traces/store/trace_limits.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::string_view block_suffix = ".block";
// So many tables of the same size class are merged to one.
constexpr std::size_t tier_width = 16;
constexpr std::uint32_t merged_rows_limit = 64 * 1024;
constexpr std::size_t compaction_width = 4;

// A table in memory whose spans stand in the log and in no block yet.
struct HeadPart {
  std::uint64_t number = 0;
  std::shared_ptr<const Part> part;
  std::shared_ptr<const SpanTable> table;
  LogPosition position;  // of its oldest record
  std::int64_t arrived_ns = 0;
  std::size_t bytes = 0;
  int tier = 0;
  bool busy = false;  // being merged or written
};

struct State {
  std::vector<HeadPart> head;
  std::uint64_t numbers = 0;
  std::size_t head_spans = 0;
  std::size_t head_bytes = 0;
  // Appends under way began when the log stood at these positions: nothing after them may be dropped.
  std::vector<std::pair<std::uint64_t, LogPosition>> appending;
  LogPosition position;
  std::vector<std::shared_ptr<const Block>> blocks;  // by name, which is by age
  std::uint64_t sequence = 0;
  std::string last_failure;
  std::vector<std::string> damaged;
};

struct StoreMetrics {
  explicit StoreMetrics(Metrics& metrics)
      : cut(metrics.counter("telemetry_traces_values_cut_total", "Attribute values shortened to the limit.")),
        dropped(metrics.counter("telemetry_traces_values_dropped_total",
                                "Attributes, events and links left out because of a limit.")),
        blocks(metrics.counter("telemetry_traces_blocks_written_total", "Blocks of spans written.")),
        failures(
            metrics.counter("telemetry_traces_block_failures_total", "Blocks that could not be written.")),
        damage(metrics.counter("telemetry_traces_damaged_total",
                               "Damaged blocks, groups and log records found.")),
        head_spans(metrics.gauge("telemetry_traces_head_spans", "Spans in memory.")),
        head_bytes(metrics.gauge("telemetry_traces_head_bytes", "Memory of those spans.")),
        block_bytes(metrics.gauge("telemetry_traces_block_bytes", "Blocks on disk.")) {}
  Counter& cut;
  Counter& dropped;
  Counter& blocks;
  Counter& failures;
  Counter& damage;
  Gauge& head_spans;
  Gauge& head_bytes;
  Gauge& block_bytes;
};

class DiskStore final : public TraceStore {
 public:
  DiskStore(TraceStoreSettings settings, io::Pool& pool, const Clock& clock, Metrics& metrics)
      : TraceStore(pool),
        settings_(std::move(settings)),
        clock_(clock),
        metrics_(metrics),
        live_(settings_.limits) {}
  Result<> start();

  Result<WriteReport> write(const SpanBatch& batch) override;
  StoreView view(const TimeRange& range) const override;
  Result<SpanBatch> trace(const TraceId& id, const TimeRange& range) const override;
  PartSummary summary(const TimeRange& range) const override;
  TraceStoreStatus status() const override;
  Result<> flush() override;
  Result<> maintain() override;

 private:
  // A record in the log whose table is not in the head yet; the ticket keeps the log from dropping it.
  struct Appended {
    std::uint64_t ticket = 0;
    LogPosition position;
  };
  Result<Appended> append(std::string_view record);
  static void end_append(State& state, std::uint64_t ticket);
  void add_head(State& state, std::shared_ptr<const SpanTable> table, LogPosition position,
                std::int64_t arrived_ns, int tier) const;
  void merge_tier(int tier);
  bool due(const State& state) const;
  Result<> flush_head();
  Result<> compact();
  std::vector<std::shared_ptr<const Block>> plan_compaction(std::uint32_t& level) const;
  Result<> retain();
  Result<> remove_blocks(const std::vector<std::shared_ptr<const Block>>& gone);
  Result<> open_blocks();
  void note_damage(std::string what);
  std::string next_name();
  void show_head(const State& state);
  void show(const State& state);
  std::int64_t now_ns() const { return clock_.wall().since_epoch.count(); }

  TraceStoreSettings settings_;
  const Clock& clock_;
  StoreMetrics metrics_;
  LiveTraces live_;
  std::unique_ptr<RecordLog> record_log_;
  mutable io::Guarded<State> state_;
  std::atomic<bool> maintaining_{false};
  std::string block_folder_;
};

Result<> DiskStore::start() {
  block_folder_ = settings_.folder + "/blocks";
  TRY_DO(io::make_directories(block_folder_));
  TRY_DO(open_blocks());
  RecordLogSettings log_settings;
  log_settings.folder = settings_.folder + "/log";
  RecordLogReport report;
  std::int64_t arrived = now_ns();
  const auto replay = [&](LogPosition position, std::string_view record) {
    auto table = decode_table(record);
    if (!table) {
      note_damage(fmt::format("log record: {}", table.error().to_string()));
      return;
    }
    state_.with([&](State& state) {
      add_head(state, std::make_shared<const SpanTable>(std::move(*table)), position, arrived, 0);
    });
    merge_tier(0);
    const bool full = state_.with([&](State& state) { return due(state); });
    if (!full) return;
    if (auto flushed = flush_head(); !flushed) trace_log.warning("{}", flushed.error().to_string());
  };
  TRY(opened, RecordLog::open(std::move(log_settings), replay, &report));
  record_log_ = std::move(opened);
  if (report.damaged > 0) note_damage(report.first_damage);
  return {};
}

Result<> DiskStore::open_blocks() {
  TRY(names, io::list_directory(block_folder_));
  std::set<std::string> replaced;
  State found;
  for (const std::string& name : names) {
    if (!name.ends_with(block_suffix)) {
      // What a crash left of a block that was being written; its spans are still in the log.
      if (name.ends_with(".tmp")) TRY_DO(io::remove_tree(block_folder_ + "/" + name));
      continue;
    }
    std::uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    found.sequence = std::max(found.sequence, number + 1);
    auto block = Block::open(block_folder_, name);
    if (!block) {
      note_damage(block.error().to_string());
      continue;
    }
    for (const std::string& old : (*block)->facts().replaces) replaced.insert(old);
    found.blocks.push_back(std::move(*block));
  }
  std::vector<std::shared_ptr<const Block>> gone;
  std::erase_if(found.blocks, [&](const auto& block) {
    const bool old = replaced.contains(block->name());
    if (old) gone.push_back(block);
    return old;
  });
  state_.with([&](State& state) {
    state.blocks = std::move(found.blocks);
    state.sequence = found.sequence;
    show(state);
  });
  return remove_blocks(gone);
}

void DiskStore::note_damage(std::string what) {
  trace_log.error("damaged data is left out: {}", what);
  metrics_.damage.add();
  state_.with([&](State& state) {
    if (state.damaged.size() < 100) state.damaged.push_back(std::move(what));
  });
}

void DiskStore::show_head(const State& state) {
  metrics_.head_spans.set(static_cast<double>(state.head_spans));
  metrics_.head_bytes.set(static_cast<double>(state.head_bytes));
}

void DiskStore::show(const State& state) {
  show_head(state);
  std::uint64_t bytes = 0;
  for (const auto& block : state.blocks) bytes += block->bytes();
  metrics_.block_bytes.set(static_cast<double>(bytes));
}

std::string DiskStore::next_name() {
  const std::uint64_t number = state_.with([](State& state) { return state.sequence++; });
  return fmt::format("{:012}{}", number, block_suffix);
}

Result<DiskStore::Appended> DiskStore::append(std::string_view record) {
  Appended appended;
  appended.ticket = state_.with([](State& state) {
    state.appending.emplace_back(++state.numbers, state.position);
    return state.numbers;
  });
  auto position = record_log_->append(record);
  if (!position) {
    state_.with([&](State& state) { end_append(state, appended.ticket); });
    return fail(std::move(position).error());
  }
  appended.position = *position;
  return appended;
}

void DiskStore::end_append(State& state, std::uint64_t ticket) {
  std::erase_if(state.appending, [ticket](const auto& entry) { return entry.first == ticket; });
}

void DiskStore::add_head(State& state, std::shared_ptr<const SpanTable> table, LogPosition position,
                         std::int64_t arrived_ns, int tier) const {
  HeadPart part;
  part.number = ++state.numbers;
  part.position = position;
  part.arrived_ns = arrived_ns;
  part.bytes = table->bytes();
  part.tier = tier;
  part.part = make_memory_part(table);
  part.table = std::move(table);
  state.head_spans += part.table->rows();
  state.head_bytes += part.bytes;
  state.head.push_back(std::move(part));
}

Result<WriteReport> DiskStore::write(const SpanBatch& batch) {
  const bool full = state_.with([&](State& state) { return state.head_bytes > settings_.head_bytes * 2; });
  if (full) {
    Error error(Code::unavailable, "the spans in memory cannot be written to disk; see the log");
    return fail(std::move(error.retry_after(5)));
  }
  WriteReport report;
  const std::vector<bool> take = live_.admit(batch, report);
  if (report.accepted == 0) return report;
  Trimmed trimmed;
  auto table =
      std::make_shared<const SpanTable>(build_table(batch, settings_.limits.attributes, take, trimmed));
  metrics_.cut.add(trimmed.cut);
  metrics_.dropped.add(trimmed.dropped);
  const auto appended = append(encode_table(*table, Packing::raw));
  if (!appended) {
    live_.give_back(batch, take);
    return fail(appended.error());
  }
  const std::int64_t now = now_ns();
  const bool late = state_.with([&](State& state) {
    add_head(state, std::move(table), appended->position, now, 0);
    state.position = std::max(state.position, appended->position);
    end_append(state, appended->ticket);
    show_head(state);
    return state.head_spans > settings_.head_spans * 3 / 2 || state.head_bytes > settings_.head_bytes * 3 / 2;
  });
  merge_tier(0);
  // maintain() does this in time; a writer helps only where it does not come round.
  if (late && !maintaining_.exchange(true)) {
    const auto flushed = flush_head();
    maintaining_.store(false);
    maintaining_.notify_all();
    if (!flushed) trace_log.error("the spans in memory stay there: {}", flushed.error().to_string());
  }
  return report;
}

// Makes one table of the tier's tables when there are many, and so on upwards.
void DiskStore::merge_tier(int tier) {
  std::vector<HeadPart> taken;
  state_.with([&](State& state) {
    std::size_t idle = 0;
    std::uint64_t rows = 0;
    for (const HeadPart& part : state.head) {
      if (part.tier != tier || part.busy) continue;
      ++idle;
      rows += part.table->rows();
    }
    if (idle < tier_width || (tier > 0 && rows > merged_rows_limit)) return;
    for (HeadPart& part : state.head) {
      if (part.tier != tier || part.busy) continue;
      part.busy = true;
      taken.push_back(part);
    }
  });
  if (taken.empty()) return;
  std::vector<TableSlice> slices;
  LogPosition oldest = taken.front().position;
  std::int64_t arrived = taken.front().arrived_ns;
  for (const HeadPart& part : taken) {
    slices.push_back({part.table.get(), 0, part.table->rows()});
    oldest = std::min(oldest, part.position);
    arrived = std::min(arrived, part.arrived_ns);
  }
  auto merged = std::make_shared<const SpanTable>(merge_tables(slices));
  state_.with([&](State& state) {
    std::erase_if(state.head, [&](const HeadPart& part) {
      const bool old =
          std::any_of(taken.begin(), taken.end(), [&](const auto& t) { return t.number == part.number; });
      if (old) {
        state.head_spans -= part.table->rows();
        state.head_bytes -= part.bytes;
      }
      return old;
    });
    add_head(state, std::move(merged), oldest, arrived, tier + 1);
    show_head(state);
  });
  merge_tier(tier + 1);
}

bool DiskStore::due(const State& state) const {
  if (state.head.empty()) return false;
  if (state.head_spans >= settings_.head_spans || state.head_bytes >= settings_.head_bytes) return true;
  std::int64_t oldest = state.head.front().arrived_ns;
  for (const HeadPart& part : state.head) oldest = std::min(oldest, part.arrived_ns);
  return now_ns() - oldest >= settings_.head_age.count();
}

Result<> DiskStore::flush() {
  // Another thread's flush may leave behind what arrived meanwhile; wait for it and do the rest.
  while (maintaining_.exchange(true)) maintaining_.wait(true);
  auto flushed = flush_head();
  maintaining_.store(false);
  maintaining_.notify_all();
  return flushed;
}

Result<> DiskStore::flush_head() {
  std::vector<HeadPart> taken;
  state_.with([&](State& state) {
    for (HeadPart& part : state.head) {
      if (part.busy) continue;
      part.busy = true;
      taken.push_back(part);
    }
  });
  if (taken.empty()) return {};
  std::vector<std::shared_ptr<const Part>> parts;
  BlockPlan plan;
  for (const HeadPart& part : taken) {
    parts.push_back(part.part);
    plan.facts.created_ns = std::max(plan.facts.created_ns, part.arrived_ns);
  }
  plan.folder = block_folder_;
  plan.file = next_name();
  plan.group_rows = settings_.group_rows;
  Damage damage;
  auto block = write_block(plan, parts, damage);
  const auto ours = [&](const HeadPart& part) {
    return std::any_of(taken.begin(), taken.end(), [&](const auto& t) { return t.number == part.number; });
  };
  if (!block) {
    metrics_.failures.add();
    state_.with([&](State& state) {
      for (HeadPart& part : state.head) {
        if (ours(part)) part.busy = false;
      }
      state.last_failure = block.error().to_string();
    });
    return fail(std::move(block).error());
  }
  metrics_.blocks.add();
  const LogPosition keep_from = state_.with([&](State& state) {
    std::erase_if(state.head, [&](const HeadPart& part) {
      if (!ours(part)) return false;
      state.head_spans -= part.table->rows();
      state.head_bytes -= part.bytes;
      return true;
    });
    state.blocks.push_back(*block);
    state.last_failure.clear();
    show(state);
    // Every record before the oldest one that is not in a block yet may go.
    LogPosition from = state.position;
    for (const HeadPart& part : state.head) from = std::min(from, part.position);
    for (const auto& [number, at] : state.appending) from = std::min(from, at);
    return from;
  });
  if (record_log_ == nullptr) return {};  // during the replay; the next flush drops
  TRY(cut, record_log_->cut());
  const bool nothing_left =
      state_.with([](State& state) { return state.head.empty() && state.appending.empty(); });
  return record_log_->drop_before(nothing_left ? cut : keep_from);
}

std::vector<std::shared_ptr<const Block>> DiskStore::plan_compaction(std::uint32_t& level) const {
  const auto blocks = state_.with([](State& state) { return state.blocks; });
  std::map<std::uint32_t, std::vector<std::shared_ptr<const Block>>> levels;
  for (const auto& block : blocks) levels[block->facts().level].push_back(block);
  for (auto& [number, members] : levels) {
    if (members.size() < compaction_width) continue;
    members.resize(compaction_width);
    std::uint64_t spans = 0;
    for (const auto& block : members) spans += block->rows();
    if (spans > settings_.block_spans) continue;
    level = number + 1;
    return members;
  }
  return {};
}

Result<> DiskStore::compact() {
  std::uint32_t level = 0;
  const auto old = plan_compaction(level);
  if (old.empty()) return {};
  BlockPlan plan;
  plan.folder = block_folder_;
  plan.file = next_name();
  plan.group_rows = settings_.group_rows;
  plan.facts.level = level;
  for (const auto& block : old) {
    plan.facts.created_ns = std::max(plan.facts.created_ns, block->facts().created_ns);
    plan.facts.replaces.push_back(block->name());
  }
  Damage damage;
  const std::vector<std::shared_ptr<const Part>> parts(old.begin(), old.end());
  TRY(block, write_block(plan, parts, damage));
  if (damage.groups > 0) {
    note_damage(fmt::format("{} spans in {} groups could not be compacted: {}", damage.rows, damage.groups,
                            damage.first));
  }
  metrics_.blocks.add();
  state_.with([&](State& state) {
    std::erase_if(state.blocks,
                  [&](const auto& b) { return std::find(old.begin(), old.end(), b) != old.end(); });
    // Where the oldest of them stood, so that the list stays in the order of age.
    state.blocks.push_back(block);
    std::sort(state.blocks.begin(), state.blocks.end(),
              [](const auto& a, const auto& b) { return a->facts().created_ns < b->facts().created_ns; });
    show(state);
  });
  return remove_blocks(old);
}

Result<> DiskStore::remove_blocks(const std::vector<std::shared_ptr<const Block>>& gone) {
  // A query that still reads one holds the file open; only its name goes.
  for (const auto& block : gone) TRY_DO(io::remove_tree(block_folder_ + "/" + block->name()));
  return {};
}

Result<> DiskStore::retain() {
  const std::int64_t now = now_ns();
  std::vector<std::shared_ptr<const Block>> gone;
  state_.with([&](State& state) {
    std::uint64_t bytes = 0;
    for (const auto& block : state.blocks) bytes += block->bytes();
    std::erase_if(state.blocks, [&](const auto& block) {
      const bool old = settings_.retention > Duration::zero() &&
                       now - block->facts().created_ns > settings_.retention.count();
      const bool beyond = settings_.retention_bytes > 0 && bytes > settings_.retention_bytes;
      if (!old && !beyond) return false;
      bytes -= block->bytes();
      gone.push_back(block);
      return true;
    });
    show(state);
  });
  for (const auto& block : gone)
    trace_log.info("block {} is beyond the retention and removed", block->name());
  return remove_blocks(gone);
}

Result<> DiskStore::maintain() {
  if (maintaining_.exchange(true)) return {};
  const auto all = [this]() -> Result<> {
    TRY_DO(record_log_->sync());
    if (state_.with([this](State& state) { return due(state); })) TRY_DO(flush_head());
    TRY_DO(compact());
    return retain();
  };
  auto done = all();
  maintaining_.store(false);
  maintaining_.notify_all();
  return done;
}

StoreView DiskStore::view(const TimeRange& range) const {
  StoreView view;
  const auto [head, blocks] = state_.with([](State& state) {
    std::vector<std::shared_ptr<const Part>> parts;
    for (const HeadPart& part : state.head) parts.push_back(part.part);
    return std::pair(std::move(parts), state.blocks);
  });
  for (const auto& block : blocks) {
    if (block->starts().overlaps(range)) view.parts.push_back(block);
  }
  for (const auto& part : head) {
    if (part->starts().overlaps(range)) view.parts.push_back(part);
  }
  return view;
}

Result<SpanBatch> DiskStore::trace(const TraceId& id, const TimeRange& range) const {
  return read_trace(view(range), id);
}

PartSummary DiskStore::summary(const TimeRange& range) const {
  PartSummary all;
  for (const auto& part : view(range).parts) all.merge(*part->summary());
  return all;
}

TraceStoreStatus DiskStore::status() const {
  TraceStoreStatus status;
  state_.with([&](State& state) {
    status.head_spans = state.head_spans;
    status.head_bytes = state.head_bytes;
    status.blocks = state.blocks.size();
    for (const auto& block : state.blocks) {
      status.block_spans += block->rows();
      status.block_bytes += block->bytes();
    }
    status.damaged = state.damaged;
    status.last_failure = state.last_failure;
  });
  status.log_bytes = record_log_->bytes();
  return status;
}

}  // namespace

Result<std::unique_ptr<TraceStore>> TraceStore::open(TraceStoreSettings settings, io::Pool& pool,
                                                     const Clock& clock, Metrics& metrics) {
  auto store = std::make_unique<DiskStore>(std::move(settings), pool, clock, metrics);
  TRY_DO(store->start());
  return std::unique_ptr<TraceStore>(std::move(store));
}

io::Task<> TraceStore::run(io::Loop& loop) {
  for (;;) {
    co_await loop.sleep(1s);
    const auto work = [this] { return maintain(); };
    const Result<> done = co_await pool_.run(loop, work);
    if (!done) trace_log.error("maintenance of the traces failed: {}", done.error().to_string());
  }
}

}  // namespace aloft::telemetry::traces
