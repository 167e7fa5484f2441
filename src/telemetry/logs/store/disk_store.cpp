// Opening, writing and looking at the store; what happens in the background is in maintenance.cpp.
#include "telemetry/logs/store/disk_store.h"

#include <algorithm>

#include <unistd.h>

#include "io/file.h"
#include "telemetry/logs/log.h"
#include "telemetry/logs/store/log_record.h"

namespace aloft::telemetry::logs {
Result<std::unique_ptr<LogStore>> LogStore::open(StoreSettings settings, const Clock& clock,
                                                 Metrics& metrics) {
  auto store = std::make_unique<DiskStore>(std::move(settings), clock, metrics);
  TRY_DO(store->start());
  return std::unique_ptr<LogStore>(std::move(store));
}

DiskStore::DiskStore(StoreSettings settings, const Clock& clock, Metrics& metrics)
    : settings_(std::move(settings)),
      clock_(clock),
      lines_(metrics.counter("telemetry_logs_lines_total", "Log lines taken over.")),
      bytes_(metrics.counter("telemetry_logs_bytes_total", "Bytes of log lines taken over.")),
      rejected_(metrics.counter("telemetry_logs_rejected_lines_total", "Log lines refused by a limit.")),
      damaged_(metrics.counter("telemetry_logs_damaged_total", "Damaged blocks and records found.")),
      flushes_(metrics.counter("telemetry_logs_flushes_total", "Times that memory was written to blocks.")),
      merges_(metrics.counter("telemetry_logs_merges_total", "Times that blocks were merged.")),
      head_bytes_(metrics.gauge("telemetry_logs_head_bytes", "Bytes of log lines in memory.")),
      block_bytes_(metrics.gauge("telemetry_logs_block_bytes", "Bytes of log blocks on disk.")),
      background_(io::Funnel<Job>::Runs::own_thread, 1, [](std::vector<Job>& jobs) {
        for (Job& job : jobs) job();
      }) {}

DiskStore::~DiskStore() {
  background_.close();
  if (log_ != nullptr) {
    if (auto synced = log_->sync(); !synced) logger.warning("sync: {}", synced.error().message());
  }
}

std::string DiskStore::block_path(std::uint64_t id) const {
  return fmt::format("{}/blocks/{:016x}.block", settings_.folder, id);
}

Result<> DiskStore::start() {
  TRY_DO(io::make_directories(settings_.folder + "/blocks", 0750));
  auto generation = std::make_shared<Generation>();
  generation->number = next_generation_++;
  auto first = std::make_shared<StoreState>();
  first->generations.push_back(generation);
  state_.publish(first);
  current_.with([&](auto& current) { current = generation; });
  TRY_DO(open_blocks());
  remove_strangers();
  return replay();
}

Result<> DiskStore::open_blocks() {
  TRY(manifest, read_manifest(settings_.folder + "/manifest.json"));
  next_block_ = manifest.next_block;
  log_position_ = manifest.log;
  auto next = copy_state();
  for (const Manifest::BlockEntry& entry : manifest.blocks) {
    auto block = Block::open(block_path(entry.id), entry.id);
    if (!block) {
      // It stays on disk beside the others, for whoever wants to save what is left of it.
      const std::string path = block_path(entry.id);
      ::rename(path.c_str(), (path + ".damaged").c_str());
      report_damage(block.error().message(), true);
      continue;
    }
    next->tenants[entry.tenant].blocks.push_back(std::move(*block));
  }
  for (const Manifest::Deletion& deletion : manifest.deletions) {
    auto active = std::make_shared<ActiveDeletion>();
    active->request = deletion.request;
    active->through_block = deletion.through_block;
    if (!settings_.compile_deletion) continue;
    auto filter = settings_.compile_deletion(deletion.request.query);
    if (!filter) {
      logger.error("deletion {}: {}", deletion.request.id, filter.error().message());
      continue;
    }
    active->filter = std::make_shared<DeletionFilter>(std::move(*filter));
    next->tenants[deletion.request.tenant].deletions.push_back(std::move(active));
  }
  state_.publish(next);
  return {};
}

// Files of a flush or a merge that did not come to its end.
void DiskStore::remove_strangers() {
  std::set<std::string> known;
  const auto state = state_.read();
  for (const auto& [name, tenant] : state->tenants)
    for (const auto& block : tenant.blocks) known.insert(block->path());
  const std::string folder = settings_.folder + "/blocks";
  const auto names = io::list_directory(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    if (!name.ends_with(".damaged") && !known.contains(path)) ::unlink(path.c_str());
  }
}

Result<> DiskStore::replay() {
  RecordLogReport report;
  const auto take = [this](LogPosition position, std::string_view record) {
    if (position < log_position_) return;
    auto batch = decode_batch(record);
    if (!batch) {
      report_damage(batch.error().message(), false);
      return;
    }
    auto generation = current_.with([](auto& current) { return current; });
    if (generation->bytes.load() > settings_.head_bytes) {
      // Everything before this record moves into blocks, so that a start needs no more memory than running.
      frozen_.push_back({.generation = generation, .log = position});
      generation = std::make_shared<Generation>();
      generation->number = next_generation_++;
      auto next = copy_state();
      next->generations.push_back(generation);
      state_.publish(next);
      current_.with([&](auto& current) { current = generation; });
      if (auto written = write_frozen(); !written) logger.error("flush: {}", written.error().message());
    }
    const auto tenant = generation->tenant(batch->tenant, ~std::size_t{0});
    for (const LogStream& stream : batch->streams)
      generation->bytes.fetch_add(tenant->append(stream, settings_.limits.line_bytes));
    generation->first_write_ns.store(now_ns());
  };
  TRY(log, RecordLog::open({.folder = settings_.folder + "/wal"}, take, &report));
  log_ = std::move(log);
  if (report.damaged > 0) {
    damage_.with([&](Damage& damage) { damage.records += report.damaged; });
    report_damage(report.first_damage, false);
  }
  return {};
}

void DiskStore::report_damage(const std::string& what, bool block) {
  damaged_.add();
  logger.error("damaged and set aside: {}", what);
  damage_.with([&](Damage& damage) {
    ++(block ? damage.blocks : damage.records);
    if (damage.first.empty()) damage.first = what;
  });
}

Result<> DiskStore::admit(const LogBatch& batch) {
  const std::size_t waiting =
      frozen_bytes_.load() + current_.with([](auto& current) { return current->bytes.load(); });
  if (waiting > settings_.head_bytes * 3) {
    if (disk_failing_.load()) {
      return fail(Code::unavailable, "logs: memory is full and the disk takes no more");
    }
    Error error(Code::too_many_requests, "logs come in faster than they are written to disk");
    return fail(error.retry_after(1));
  }
  const StreamLimits& limits = settings_.limits;
  if (limits.bytes_per_second == 0) return {};
  std::size_t bytes = 0, lines = 0;
  for (const LogStream& stream : batch.streams) {
    lines += stream.entries.size();
    for (const LogEntry& entry : stream.entries) bytes += entry.line.size();
  }
  const auto burst = static_cast<double>(std::max(limits.burst_bytes, limits.bytes_per_second));
  const bool allowed = rates_.with([&](auto& rates) {
    if (rates.size() >= limits.tenants && !rates.contains(batch.tenant)) rates.clear();
    auto [at, added] = rates.try_emplace(batch.tenant, Bucket{.at_ns = now_ns(), .bytes = burst});
    Bucket& bucket = at->second;
    const std::int64_t now = now_ns();
    const double gained =
        static_cast<double>(now - bucket.at_ns) / 1e9 * static_cast<double>(limits.bytes_per_second);
    bucket.bytes = std::min(burst, bucket.bytes + std::max(gained, 0.0));
    bucket.at_ns = now;
    if (bucket.bytes < static_cast<double>(bytes)) return false;
    bucket.bytes -= static_cast<double>(bytes);
    return true;
  });
  if (allowed) return {};
  Error error(
      Code::too_many_requests,
      fmt::format("Ingestion rate limit exceeded for user {} (limit: {} bytes/sec) while attempting to "
                  "ingest '{}' lines totaling '{}' bytes",
                  batch.tenant, limits.bytes_per_second, lines, bytes));
  return fail(error.retry_after(1));
}

Result<WriteReport> DiskStore::take(const LogBatch& batch, Generation& generation) {
  const auto tenant = generation.tenant(batch.tenant, settings_.limits.tenants);
  if (tenant == nullptr) {
    return fail(Code::too_many_requests,
                fmt::format("there are {} tenants already; tenant '{}' is one too many",
                            settings_.limits.tenants, batch.tenant));
  }
  WriteReport report;
  const std::int64_t now = now_ns();
  LogBatch kept{.streams = {}, .tenant = batch.tenant};
  std::vector<std::vector<bool>> refused(batch.streams.size());
  for (std::size_t i = 0; i < batch.streams.size(); ++i)
    tenant->check(batch.streams[i], settings_.limits, now, report, refused[i]);
  // What is refused must not come back from the log after a crash.
  const LogBatch* taken = &batch;
  if (report.rejected > 0) {
    for (std::size_t i = 0; i < batch.streams.size(); ++i) {
      LogStream part{.labels = batch.streams[i].labels, .entries = {}};
      for (std::size_t e = 0; e < refused[i].size(); ++e)
        if (!refused[i][e]) part.entries.push_back(batch.streams[i].entries[e]);
      if (!part.entries.empty()) kept.streams.push_back(std::move(part));
    }
    taken = &kept;
  }
  report.accepted = taken->entry_count();
  if (report.accepted == 0) return report;
  std::string record;
  encode_batch(*taken, record);
  TRY_DO(log_->append(record));
  for (const LogStream& stream : taken->streams)
    generation.bytes.fetch_add(tenant->append(stream, settings_.limits.line_bytes));
  std::int64_t unset = 0;
  generation.first_write_ns.compare_exchange_strong(unset, now);
  bytes_.add(record.size());
  return report;
}

Result<WriteReport> DiskStore::write(const LogBatch& batch) {
  TRY_DO(admit(batch));
  const auto generation = current_.with([](auto& current) {
    current->writers.fetch_add(1);
    return current;
  });
  auto report = take(batch, *generation);
  if (generation->writers.fetch_sub(1) == 1) generation->writers.notify_all();
  if (!report) {
    if (report.error().code() == Code::unavailable) disk_failing_.store(true);
    return report;
  }
  lines_.add(report->accepted);
  rejected_.add(report->rejected);
  if (generation->bytes.load() > settings_.head_bytes && !flush_queued_.exchange(true)) {
    background_.submit([this] {
      flush_queued_.store(false);
      if (auto flushed = flush_now(); !flushed) logger.error("flush: {}", flushed.error().message());
    });
  }
  return report;
}

std::unique_ptr<Scan> DiskStore::scan(ScanRequest request) const {
  if (settings_.retention.count() != 0)
    request.start_ns = std::max(request.start_ns, now_ns() - settings_.retention.count());
  return make_scan(state_.read(), std::move(request));
}

std::vector<Labels> DiskStore::streams(std::string_view tenant, const std::vector<Matcher>& matchers,
                                       std::int64_t start_ns, std::int64_t end_ns) const {
  return select_streams(*state_.read(), tenant, matchers, start_ns, end_ns);
}

StoreStatus DiskStore::status() const {
  StoreStatus out;
  const auto state = state_.read();
  for (const auto& [name, tenant] : state->tenants) {
    out.blocks += tenant.blocks.size();
    for (const auto& block : tenant.blocks) {
      out.block_bytes += block->file_bytes();
      out.raw_bytes += block->raw_bytes();
      out.rows += block->rows();
    }
  }
  for (const auto& generation : state->generations) {
    out.head_bytes += generation->bytes.load();
    generation->tenants.with([&](const Generation::Tenants& all) {
      for (const auto& [name, tenant] : all) out.head_streams += tenant->stream_count();
    });
  }
  out.log_bytes = log_->bytes();
  damage_.with([&](const Damage& damage) {
    out.damaged_blocks = damage.blocks;
    out.damaged_records = damage.records;
    out.first_damage = damage.first;
  });
  return out;
}

std::vector<std::string> DiskStore::tenants() const {
  std::set<std::string> names;
  const auto state = state_.read();
  for (const auto& [name, tenant] : state->tenants)
    if (!tenant.blocks.empty()) names.insert(name);
  for (const auto& generation : state->generations) {
    generation->tenants.with([&](const Generation::Tenants& all) {
      for (const auto& [name, tenant] : all) names.insert(name);
    });
  }
  return {names.begin(), names.end()};
}

std::vector<DeletionRequest> DiskStore::deletions(std::string_view tenant) const {
  std::vector<DeletionRequest> out;
  const auto state = state_.read();
  if (const auto known = state->tenants.find(tenant); known != state->tenants.end())
    for (const auto& deletion : known->second.deletions) out.push_back(deletion->request);
  return out;
}

}  // namespace aloft::telemetry::logs
