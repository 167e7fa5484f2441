// The background work of the store: memory to blocks, small blocks to larger ones, old and deleted entries
// away.
#include <algorithm>
#include <bit>

#include <unistd.h>

#include "telemetry/logs/log.h"
#include "telemetry/logs/store/disk_store.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::int64_t day_ns = 86'400'000'000'000;
constexpr std::int64_t maintenance_every_ns = 10'000'000'000;
// This many blocks of about one size are merged into the next larger one.
constexpr std::size_t merge_width = 4;
constexpr std::uint64_t merge_limit_bytes = 512 * 1024 * 1024;    // of a merged file
constexpr std::uint64_t rewrite_limit_bytes = 384 * 1024 * 1024;  // raw, of what one merge holds in memory
// A group of this size is carried over as it is, unless it holds pieces of many streams, which a merge brings
// together.
constexpr std::uint64_t full_group_bytes = 1024 * 1024;
constexpr std::size_t full_group_runs = 8;

bool is_full(const BlockGroup& group) {
  return group.raw_bytes >= full_group_bytes && group.runs.size() <= full_group_runs;
}

// What a merge would have to hold in memory of a block.
std::uint64_t rewritten_bytes(const Block& block) {
  std::uint64_t sum = 0;
  for (const BlockGroup& group : block.groups())
    if (!is_full(group)) sum += group.raw_bytes;
  return sum;
}

std::int64_t day_of(std::int64_t ns) { return ns >= 0 ? ns / day_ns : -((-ns + day_ns - 1) / day_ns); }

unsigned tier_of(std::uint64_t bytes) { return (static_cast<unsigned>(std::bit_width(bytes >> 18)) + 1) / 2; }

// What a merge does with one block's groups.
struct MergeInput {
  std::shared_ptr<const Block> block;
  std::vector<bool> carried;  // groups that go over as they are
};

using Deletions = std::vector<std::shared_ptr<const ActiveDeletion>>;

// Runs of one stream in different blocks must be merged row by row where they overlap in time.
void find_overlaps(std::vector<MergeInput>& inputs) {
  struct Where {
    std::int64_t min_ns = 0, max_ns = 0;
    std::size_t input = 0, group = 0;
  };
  std::map<std::string_view, std::vector<Where>> streams;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Block& block = *inputs[i].block;
    for (std::size_t g = 0; g < block.groups().size(); ++g)
      for (const BlockRun& run : block.groups()[g].runs)
        streams[block.streams()[run.stream].encoded()].push_back({run.min_ns, run.max_ns, i, g});
  }
  for (auto& [labels, places] : streams) {
    std::sort(places.begin(), places.end(),
              [](const Where& a, const Where& b) { return a.min_ns < b.min_ns; });
    for (std::size_t i = 1, widest = 0; i < places.size(); ++i) {
      Where& before = places[widest];
      if (places[i].min_ns <= before.max_ns && places[i].input != before.input) {
        inputs[places[i].input].carried[places[i].group] = false;
        inputs[before.input].carried[before.group] = false;
      }
      if (places[i].max_ns > before.max_ns) widest = i;
    }
  }
}

// Rows that are not carried over, by stream.
struct Gathered {
  struct Stream {
    LabelsView labels;
    std::vector<Row> rows;
  };
  std::map<std::string_view, Stream> streams;
  std::vector<std::shared_ptr<const DecodedRows>> owners;

  Result<> add(const Block& block, std::size_t group, const Deletions& deletions) {
    TRY(decoded, block.read(group));
    std::size_t at = 0;
    for (const BlockRun& run : block.groups()[group].runs) {
      const Labels& labels = block.streams()[run.stream];
      std::vector<Row> rows(decoded->rows.begin() + static_cast<std::ptrdiff_t>(at),
                            decoded->rows.begin() + static_cast<std::ptrdiff_t>(at + run.rows));
      at += run.rows;
      remove_deleted(deletions, block.id(), labels, rows);
      Stream& stream = streams[labels.encoded()];
      stream.labels = labels;
      stream.rows.insert(stream.rows.end(), rows.begin(), rows.end());
    }
    owners.push_back(std::move(decoded));
    return {};
  }
};

}  // namespace

Result<> DiskStore::run_there(std::function<Result<>()> work) {
  auto done = std::make_shared<std::promise<Result<>>>();
  std::future<Result<>> answer = done->get_future();
  const bool taken = background_.submit([done, work = std::move(work)] { done->set_value(work()); });
  if (!taken) return fail(Code::unavailable, "the log store is closing");
  return answer.get();
}

Result<> DiskStore::flush() {
  return run_there([this] { return flush_now(); });
}

Result<> DiskStore::compact() {
  return run_there([this]() -> Result<> {
    TRY_DO(flush_now());
    maintain(true);
    return {};
  });
}

void DiskStore::tick() {
  const std::int64_t now = now_ns();
  const auto [first, bytes] = current_.with(
      [](auto& current) { return std::pair(current->first_write_ns.load(), current->bytes.load()); });
  head_bytes_.set(static_cast<double>(bytes + frozen_bytes_.load()));
  const bool old = first != 0 && now - first > settings_.flush_after.count();
  if ((old || frozen_bytes_.load() > 0) && !flush_queued_.exchange(true)) {
    background_.submit([this] {
      flush_queued_.store(false);
      if (auto flushed = flush_now(); !flushed) logger.error("flush: {}", flushed.error().message());
    });
  }
  if (!sync_queued_.exchange(true)) {
    background_.submit([this] {
      sync_queued_.store(false);
      if (auto synced = log_->sync(); !synced) logger.error("sync: {}", synced.error().message());
    });
  }
  if (now - last_maintenance_ns_.load() < maintenance_every_ns || maintenance_queued_.exchange(true)) return;
  last_maintenance_ns_.store(now);
  background_.submit([this] {
    maintenance_queued_.store(false);
    maintain(false);
  });
}

Result<> DiskStore::flush_now() {
  TRY_DO(freeze());
  auto written = write_frozen();
  disk_failing_.store(!written);
  return written;
}

Result<> DiskStore::freeze() {
  const auto closing = current_.with([](auto& current) { return current; });
  if (closing->bytes.load() == 0 && closing->writers.load() == 0) return {};
  // Whoever appended before the cut holds the closing generation or an older one, so all records before it
  // are in what is flushed. Records behind it may be too; they are then read twice after a crash and the
  // duplicates fall away.
  TRY(position, log_->cut());
  auto fresh = std::make_shared<Generation>();
  fresh->number = next_generation_++;
  auto next = copy_state();
  next->generations.push_back(fresh);
  state_.publish(next);
  current_.with([&](auto& current) { current = fresh; });
  for (std::size_t busy = 0; (busy = closing->writers.load()) != 0;) closing->writers.wait(busy);
  frozen_bytes_.fetch_add(closing->bytes.load());
  frozen_.push_back({.generation = closing, .log = position});
  return {};
}

Result<> DiskStore::write_blocks(Frozen& frozen) {
  const auto tenants = frozen.generation->tenants.with([](const Generation::Tenants& all) { return all; });
  for (const auto& [name, head] : tenants) {
    if (frozen.blocks.contains(name)) continue;
    std::vector<HeadStreamView> streams = head->streams();
    if (streams.empty()) continue;
    // Streams of similar names hold similar lines and compress well together.
    std::sort(streams.begin(), streams.end(),
              [](const HeadStreamView& a, const HeadStreamView& b) { return a.labels < b.labels; });
    const std::uint64_t id = next_block_.fetch_add(1);
    TRY(writer, BlockWriter::create(block_path(id), settings_.compression_level));
    for (const HeadStreamView& stream : streams) TRY_DO(writer->add(stream.labels, stream.sorted_rows()));
    TRY_DO(writer->finish());
    TRY(block, Block::open(block_path(id), id));
    frozen.blocks.emplace(name, std::move(block));
  }
  return {};
}

Result<> DiskStore::write_frozen() {
  while (!frozen_.empty()) {
    Frozen& oldest = frozen_.front();
    TRY_DO(write_blocks(oldest));
    auto next = copy_state();
    for (const auto& [tenant, block] : oldest.blocks) next->tenants[tenant].blocks.push_back(block);
    std::erase_if(next->generations, [&](const auto& generation) { return generation == oldest.generation; });
    TRY_DO(save(*next, oldest.log));
    log_position_ = oldest.log;
    state_.publish(next);
    frozen_bytes_.fetch_sub(std::min(frozen_bytes_.load(), oldest.generation->bytes.load()));
    frozen_.erase(frozen_.begin());
    flushes_.add();
    if (log_ != nullptr) TRY_DO(log_->drop_before(log_position_));
  }
  return {};
}

Result<> DiskStore::save(const StoreState& next, LogPosition log) {
  Manifest manifest;
  manifest.next_block = next_block_.load();
  manifest.log = log;
  std::uint64_t bytes = 0;
  for (const auto& [name, tenant] : next.tenants) {
    for (const auto& block : tenant.blocks) {
      manifest.blocks.push_back({.id = block->id(), .tenant = name});
      bytes += block->file_bytes();
    }
    for (const auto& deletion : tenant.deletions)
      manifest.deletions.push_back({.request = deletion->request, .through_block = deletion->through_block});
  }
  block_bytes_.set(static_cast<double>(bytes));
  return write_manifest(settings_.folder + "/manifest.json", manifest);
}

Result<> DiskStore::replace_blocks(const std::string& tenant,
                                   const std::vector<std::shared_ptr<const Block>>& removed,
                                   const std::vector<std::shared_ptr<const Block>>& added) {
  auto next = copy_state();
  TenantState& state = next->tenants[tenant];
  std::erase_if(state.blocks, [&](const auto& block) {
    return std::find(removed.begin(), removed.end(), block) != removed.end();
  });
  state.blocks.insert(state.blocks.end(), added.begin(), added.end());
  TRY_DO(save(*next, log_position_));
  state_.publish(next);
  // Readers that still use them hold the files open.
  for (const auto& block : removed) ::unlink(block->path().c_str());
  return {};
}

void DiskStore::maintain(bool all) {
  apply_retention();
  while (merge_once(all)) {
    // A flush that waits goes first: writers depend on it.
    if (!all && flush_queued_.load()) break;
  }
  finish_deletions();
}

void DiskStore::apply_retention() {
  const std::int64_t oldest =
      settings_.retention.count() == 0 ? INT64_MIN : now_ns() - settings_.retention.count();
  const auto state = state_.read();
  std::uint64_t bytes = 0;
  std::vector<std::pair<std::string, std::shared_ptr<const Block>>> by_age;
  for (const auto& [name, tenant] : state->tenants) {
    for (const auto& block : tenant.blocks) {
      bytes += block->file_bytes();
      by_age.emplace_back(name, block);
    }
  }
  std::sort(by_age.begin(), by_age.end(),
            [](const auto& a, const auto& b) { return a.second->max_ns() < b.second->max_ns(); });
  for (const auto& [tenant, block] : by_age) {
    const bool late = block->max_ns() < oldest;
    const bool full = settings_.retention_bytes != 0 && bytes > settings_.retention_bytes;
    if (!late && !full) break;
    bytes -= block->file_bytes();
    if (auto removed = replace_blocks(tenant, {block}, {}); !removed) {
      logger.error("retention: {}", removed.error().message());
      return;
    }
  }
}

std::vector<std::shared_ptr<const Block>> DiskStore::pick_merge(const std::string&, const TenantState& state,
                                                                bool all) const {
  std::map<std::pair<std::int64_t, unsigned>, std::vector<std::shared_ptr<const Block>>> alike;
  for (const auto& block : state.blocks) {
    if (unreadable_.contains(block->id())) continue;
    for (const auto& deletion : state.deletions)
      if (!deletion->request.processed && touches(*deletion, *block)) return {block};
    const unsigned tier = all ? 0 : tier_of(block->file_bytes());
    alike[{day_of(block->max_ns()), tier}].push_back(block);
  }
  for (auto& [key, blocks] : alike) {
    std::vector<std::shared_ptr<const Block>> picked;
    std::uint64_t file_bytes = 0, rewritten = 0;
    for (const auto& block : blocks) {
      if (file_bytes + block->file_bytes() > merge_limit_bytes ||
          rewritten + rewritten_bytes(*block) > rewrite_limit_bytes)
        continue;
      file_bytes += block->file_bytes();
      rewritten += rewritten_bytes(*block);
      picked.push_back(block);
      if (picked.size() == merge_width * 2) break;
    }
    if (picked.size() >= (all ? 2 : merge_width)) return picked;
  }
  return {};
}

bool DiskStore::merge_once(bool all) {
  const auto state = state_.read();
  for (const auto& [name, tenant] : state->tenants) {
    const auto inputs = pick_merge(name, tenant, all);
    if (inputs.empty()) continue;
    if (auto merged = merge(name, inputs); !merged) {
      logger.error("merge: {}", merged.error().message());
      return false;
    }
    merges_.add();
    return true;
  }
  return false;
}

Result<> DiskStore::merge(const std::string& tenant,
                          const std::vector<std::shared_ptr<const Block>>& blocks) {
  const auto state = state_.read();
  const Deletions& deletions = state->tenants.at(tenant).deletions;
  std::vector<MergeInput> inputs;
  for (const auto& block : blocks) {
    MergeInput input{.block = block, .carried = std::vector<bool>(block->groups().size(), false)};
    const bool deleted = std::any_of(deletions.begin(), deletions.end(),
                                     [&](const auto& deletion) { return touches(*deletion, *block); });
    for (std::size_t g = 0; g < input.carried.size() && !deleted; ++g)
      input.carried[g] = is_full(block->groups()[g]);
    inputs.push_back(std::move(input));
  }
  find_overlaps(inputs);
  const std::uint64_t id = next_block_.fetch_add(1);
  TRY(writer, BlockWriter::create(block_path(id), settings_.compaction_level));
  Gathered gathered;
  std::uint64_t held = 0;
  const auto write_gathered = [&]() -> Result<> {
    for (auto& [labels, stream] : gathered.streams) {
      sort_and_deduplicate(stream.rows);
      TRY_DO(writer->add(stream.labels, stream.rows));
    }
    gathered = Gathered();
    held = 0;
    return {};
  };
  for (const MergeInput& input : inputs) {
    for (std::size_t g = 0; g < input.carried.size(); ++g) {
      auto done =
          input.carried[g] ? writer->copy_group(*input.block, g) : gathered.add(*input.block, g, deletions);
      if (!done) {
        if (done.error().code() == Code::invalid) {
          unreadable_.insert(input.block->id());
          report_damage(done.error().message(), true);
        }
        return done;
      }
      if (!input.carried[g]) held += input.block->groups()[g].raw_bytes;
      // What is gathered later may then overlap what is written now; readers merge it as they do any overlap.
      if (held > rewrite_limit_bytes && blocks.size() == 1) TRY_DO(write_gathered());
    }
  }
  TRY_DO(write_gathered());
  if (writer->empty()) return replace_blocks(tenant, blocks, {});
  TRY_DO(writer->finish());
  TRY(merged, Block::open(block_path(id), id));
  return replace_blocks(tenant, blocks, {merged});
}

void DiskStore::finish_deletions() {
  const auto state = state_.read();
  auto next = copy_state();
  bool changed = false;
  for (auto& [name, tenant] : next->tenants) {
    for (auto& deletion : tenant.deletions) {
      if (deletion->request.processed) continue;
      const bool pending = std::any_of(tenant.blocks.begin(), tenant.blocks.end(),
                                       [&](const auto& block) { return touches(*deletion, *block); });
      if (pending) continue;
      auto done = std::make_shared<ActiveDeletion>(*deletion);
      done->request.processed = true;
      deletion = std::move(done);
      changed = true;
    }
  }
  if (!changed) return;
  if (auto saved = save(*next, log_position_); !saved) {
    logger.error("deletion: {}", saved.error().message());
    return;
  }
  state_.publish(next);
}

Result<DeletionRequest> DiskStore::request_deletion(std::string_view tenant, std::string_view query,
                                                    std::int64_t start_ns, std::int64_t end_ns) {
  if (!settings_.compile_deletion) return fail(Code::invalid, "deletion is not available in this store");
  TRY(filter, settings_.compile_deletion(query));
  auto active = std::make_shared<ActiveDeletion>();
  active->filter = std::make_shared<DeletionFilter>(std::move(filter));
  active->request = {.id = {},
                     .tenant = std::string(tenant),
                     .query = std::string(query),
                     .start_ns = start_ns,
                     .end_ns = end_ns,
                     .created_ns = now_ns(),
                     .processed = false};
  auto done = run_there([this, active]() -> Result<> {
    // What stands in memory is covered too; what comes later is not.
    TRY_DO(flush_now());
    active->through_block = next_block_.fetch_add(1);
    active->request.id = fmt::format("{:08x}", active->through_block);
    auto next = copy_state();
    next->tenants[active->request.tenant].deletions.push_back(active);
    TRY_DO(save(*next, log_position_));
    state_.publish(next);
    return {};
  });
  if (!done) return fail(std::move(done).error());
  return active->request;
}

Result<> DiskStore::cancel_deletion(std::string_view tenant, std::string_view id) {
  return run_there([this, tenant = std::string(tenant), id = std::string(id)]() -> Result<> {
    auto next = copy_state();
    auto& deletions = next->tenants[tenant].deletions;
    const auto found = std::find_if(deletions.begin(), deletions.end(),
                                    [&](const auto& deletion) { return deletion->request.id == id; });
    if (found == deletions.end()) return fail(Code::not_found, fmt::format("no deletion request '{}'", id));
    if ((*found)->request.processed)
      return fail(Code::conflict, fmt::format("deletion request '{}' is processed already", id));
    deletions.erase(found);
    TRY_DO(save(*next, log_position_));
    state_.publish(next);
    return {};
  });
}

}  // namespace aloft::telemetry::logs
