// The store on disk: who does what. Writers add to the newest generation and the log; one background thread
// freezes generations, writes blocks, merges and removes them, and publishes each new state.
#pragma once

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "io/funnel.h"
#include "io/guarded.h"
#include "io/snapshot.h"
#include "telemetry/core/record_log.h"
#include "telemetry/logs/store/manifest.h"
#include "telemetry/logs/store/state.h"

namespace aloft::telemetry::logs {

class DiskStore final : public LogStore {
 public:
  DiskStore(StoreSettings settings, const Clock& clock, Metrics& metrics);
  ~DiskStore() override;
  // Reads blocks and log; once, before anything else.
  Result<> start();

  Result<WriteReport> write(const LogBatch& batch) override;
  std::unique_ptr<Scan> scan(ScanRequest request) const override;
  std::vector<Labels> streams(std::string_view tenant, const std::vector<Matcher>& matchers,
                              std::int64_t start_ns, std::int64_t end_ns) const override;
  void tick() override;
  Result<> flush() override;
  Result<> compact() override;
  Result<> sync() override { return log_->sync(); }
  Result<DeletionRequest> request_deletion(std::string_view tenant, std::string_view query,
                                           std::int64_t start_ns, std::int64_t end_ns) override;
  std::vector<DeletionRequest> deletions(std::string_view tenant) const override;
  Result<> cancel_deletion(std::string_view tenant, std::string_view id) override;
  StoreStatus status() const override;
  std::vector<std::string> tenants() const override;

 private:
  // A generation that takes no more writes, where the log stood when it was closed, and the blocks by tenant
  // that are written of it: a full disk may end that half way, and what is there is not written again.
  struct Frozen {
    std::shared_ptr<Generation> generation;
    LogPosition log;
    std::map<std::string, std::shared_ptr<const Block>> blocks = {};
  };
  struct Bucket {
    std::int64_t at_ns = 0;
    double bytes = 0;
  };
  using Job = std::move_only_function<void()>;

  std::int64_t now_ns() const { return clock_.wall().since_epoch.count(); }
  std::string block_path(std::uint64_t id) const;
  // Runs `work` on the background thread and waits for it.
  Result<> run_there(std::function<Result<>()> work);
  Result<> admit(const LogBatch& batch);
  Result<WriteReport> take(const LogBatch& batch, Generation& generation);

  // start()
  Result<> open_blocks();
  void remove_strangers();
  Result<> replay();

  // On the background thread (or in start()).
  Result<> flush_now();
  Result<> freeze();
  Result<> write_frozen();
  Result<> write_blocks(Frozen& frozen);
  void maintain(bool all);
  void apply_retention();
  bool merge_once(bool all);
  std::vector<std::shared_ptr<const Block>> pick_merge(const std::string& tenant, const TenantState& state,
                                                       bool all) const;
  Result<> merge(const std::string& tenant, const std::vector<std::shared_ptr<const Block>>& inputs);
  void finish_deletions();
  // Puts `added` in the place of `removed`, durably, and shows it to readers.
  Result<> replace_blocks(const std::string& tenant, const std::vector<std::shared_ptr<const Block>>& removed,
                          const std::vector<std::shared_ptr<const Block>>& added);
  Result<> save(const StoreState& next, LogPosition log);
  void report_damage(const std::string& what, bool block);
  // A copy of the state to change and publish; changes happen on the background thread alone.
  std::shared_ptr<StoreState> copy_state() const { return std::make_shared<StoreState>(*state_.read()); }

  StoreSettings settings_;
  const Clock& clock_;
  io::Snapshot<StoreState> state_;
  io::Guarded<std::shared_ptr<Generation>> current_;
  std::unique_ptr<RecordLog> log_;
  io::Guarded<std::map<std::string, Bucket, std::less<>>> rates_;
  std::atomic<std::size_t> frozen_bytes_{0};
  std::atomic<bool> disk_failing_{false};
  std::atomic<bool> flush_queued_{false}, maintenance_queued_{false}, sync_queued_{false};
  std::atomic<std::int64_t> last_maintenance_ns_{0};
  // Of the background thread.
  std::vector<Frozen> frozen_;
  LogPosition log_position_;
  std::atomic<std::uint64_t> next_block_{1};
  std::uint64_t next_generation_ = 1;
  std::set<std::uint64_t> unreadable_;  // blocks that are not merged because a part of them is damaged

  struct Damage {
    std::uint64_t blocks = 0, records = 0;
    std::string first;
  };
  mutable io::Guarded<Damage> damage_;
  Counter& lines_;
  Counter& bytes_;
  Counter& rejected_;
  Counter& damaged_;
  Counter& flushes_;
  Counter& merges_;
  Gauge& head_bytes_;
  Gauge& block_bytes_;
  io::Funnel<Job> background_;  // last: it runs what uses the members before it
};

}  // namespace aloft::telemetry::logs
