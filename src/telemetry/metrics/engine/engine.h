// The store itself: how its parts work together. Locks, in the order in which they may be taken: structure,
// catalogue writer, index, catalogue, table, intake. Only the first two are held while a disk is waited for.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "io/guarded.h"
#include "telemetry/core/record_log.h"
#include "telemetry/metrics/block/chunk_cache.h"
#include "telemetry/metrics/engine/catalogue.h"
#include "telemetry/metrics/engine/exemplar_rings.h"
#include "telemetry/metrics/engine/last_times.h"
#include "telemetry/metrics/engine/observers.h"
#include "telemetry/metrics/engine/run_merge.h"
#include "telemetry/metrics/engine/view.h"
#include "telemetry/metrics/head/sample_buffer.h"
#include "telemetry/metrics/head/series_index.h"
#include "telemetry/metrics/head/series_table.h"
#include "telemetry/metrics/head/write_record.h"
#include "telemetry/metrics/storage.h"

namespace aloft::telemetry::metrics {

// Without a write for so long the disk is used for what can wait.
inline constexpr Duration idle_after = 3s;

class Engine final : public Store {
 public:
  Engine(StoreSettings settings, const Clock& clock, Metrics& metrics);
  ~Engine() override;
  Result<> start();

  Result<WriteReport> write(const MetricBatch& batch) override;
  Result<> maintain() override;
  Result<> flush() override;
  Result<> compact() override;
  Result<> delete_series(Millis from, Millis to,
                         const std::vector<std::vector<Matcher>>& matcher_sets) override;
  Result<> clean_tombstones() override;
  Result<std::string> snapshot() override;
  std::vector<MetricMetadata> metadata(std::string_view family, std::size_t limit) const override;
  CardinalityReport cardinality(std::size_t limit) const override;
  StoreStatus status() const override;
  std::unique_ptr<Observation> observe(std::vector<Matcher> matchers, IngestObserver& observer) override;

  Result<std::unique_ptr<Selection>> select(Millis from, Millis to, std::span<const Matcher> matchers,
                                            const SelectHints& hints) const override;
  Result<std::vector<std::string>> label_names(Millis from, Millis to, std::span<const Matcher> matchers,
                                               std::size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, Millis from, Millis to,
                                                std::span<const Matcher> matchers,
                                                std::size_t limit) const override;
  Result<std::vector<ExemplarSeries>> exemplars(
      Millis from, Millis to, std::span<const std::vector<Matcher>> matcher_sets) const override;

 private:
  using BufferPtr = std::shared_ptr<SampleBuffer>;
  // What writers change.
  struct Intake {
    BufferPtr current;
    std::vector<BufferPtr> frozen;             // full ones on their way to disk, oldest first
    std::vector<const SampleBuffer*> claimed;  // of the frozen ones: somebody writes them out
    ViewPtr view = std::make_shared<const View>();
    std::uint64_t next_sequence = 1;
    std::uint64_t next_file = 1;
    std::uint64_t samples_written = 0;
    Millis min_time = INT64_MAX, max_time = INT64_MIN;
    WallTime first_sample{};  // when the first one came into the current buffer
    WallTime last_write{};
    std::map<Millis, WallTime> window_activity;  // when samples of a window last went to disk
  };
  // What the catalogue's log still has to learn, and what stands in it beside series.
  struct Catalogue {
    std::vector<SeriesRef> pending;
    std::map<std::string, MetricMetadata, std::less<>> metadata;
    std::vector<std::string> tenants{std::string()};  // by number; the first is the default one
    std::uint64_t bytes_after_checkpoint = 0;
  };
  struct Structure {};  // held by whoever flushes in the background, merges, deletes or takes snapshots
  struct Trouble {
    std::vector<std::string> damage;
    RecordLogReport replay;
  };
  struct Missing {  // a series that the table does not know
    std::size_t at = 0;
    std::string labels;
    LabelHash raw;
    LabelHash canonical;
  };
  class Rejections;

  // engine_write.cpp
  template <class Items>
  void resolve(const Items& items, std::string_view tenant, std::vector<SeriesRef>& refs,
               Rejections& rejections);
  void add_missing(std::vector<Missing>& missing, std::string_view tenant, std::vector<SeriesRef>& refs,
                   Rejections& rejections);
  Result<> refusal(const SeriesIndex& index, LabelsView labels, std::string_view tenant,
                   std::uint16_t tenant_number) const;
  std::uint16_t tenant_number(std::string_view tenant);
  Result<> persist_pending();
  Result<BufferPtr> reserve(std::size_t count);
  void rotate(Intake& intake, std::size_t least_capacity);
  bool check_time(SeriesRef ref, Millis time, Millis latest, std::string_view labels,
                  Rejections& rejections) const;
  void append(Intake& intake, SampleBuffer& buffer, const std::vector<NewSample>& samples,
              const std::vector<NewHistogram>& histograms);
  void add_starts(const MetricBatch& batch, const std::vector<SeriesRef>& refs,
                  std::vector<NewSample>& samples, std::vector<NewHistogram>& histograms) const;
  Result<> write_exemplars(const MetricBatch& batch, WriteReport& report);
  Result<> write_metadata(const MetricBatch& batch);

  // engine_flush.cpp
  Result<> flush_all();
  Result<> flush_ready();
  Result<> flush_buffer(SampleBuffer& buffer);
  Result<> write_runs(const SampleBuffer& buffer,
                      std::vector<RunPtr>& runs);  // those that are ready, also when it fails
  void drop_log();
  Millis window_of(Millis time) const;
  std::string run_path(std::uint64_t id) const;
  std::uint64_t new_file();
  SeriesOrderPtr series_order() const;

  // engine_maintain.cpp
  Result<> maintain_all();
  bool flush_is_due() const;
  Result<> sync_logs();
  void apply_retention();
  void collect_series();
  Result<> checkpoint();
  Result<> write_catalogue(RecordLog& log) const;

  // engine_compact.cpp
  std::map<Millis, std::vector<RunPtr>> settled_runs() const;
  Result<> merge_runs(bool all);
  Result<> merge_window(std::vector<RunPtr> runs);
  Result<> runs_to_blocks(bool all);
  bool window_is_closed(Millis window) const;
  Result<> make_block(Millis window, const std::vector<RunPtr>& runs);
  Result<> merge_blocks(bool all);
  Result<> merge_block_set(const std::vector<BlockPtr>& blocks);
  Result<> downsample();
  Result<> make_rows_block(const BlockPtr& raw, Millis resolution);
  std::vector<HiddenSeries> hidden_series(const View& view) const;
  void replace(const std::vector<RunPtr>& runs_out, const RunPtr& run_in,
               const std::vector<BlockPtr>& blocks_out, const BlockPtr& block_in,
               const std::set<std::string>& damaged);
  void remove_block(const BlockPtr& block) const;

  // engine_open.cpp
  Result<> lock_folder();
  Result<> load_blocks();
  Result<> load_catalogue();
  Result<> load_runs();
  Result<> replay_log();
  void set_aside(const std::string& path, const Error& why);
  void note_damage(std::string what) const;
  void update_gauges();

  ViewPtr view() const;

  StoreSettings settings_;
  const Clock& clock_;
  Log log_line_{"telemetry_metrics"};
  std::uint64_t seed_;
  int lock_fd_ = -1;
  std::shared_ptr<ChunkCache> cache_;
  std::unique_ptr<RecordLog> log_;  // of samples
  std::unique_ptr<RecordLog> catalogue_log_;
  mutable io::Guarded<Structure> structure_;
  mutable io::Guarded<Structure> catalogue_writer_;  // held while pending series are written or all is anew
  mutable io::Guarded<SeriesIndex> index_;
  mutable io::Guarded<SeriesTable> table_;
  mutable io::Guarded<Intake> intake_;
  mutable io::Guarded<Catalogue> catalogue_;
  mutable io::Guarded<Trouble> trouble_;
  LastTimes last_times_;
  std::atomic<std::uint64_t> pending_series_{0};
  std::atomic<bool> writable_{true};
  std::atomic<int> active_writes_{0};
  std::atomic<bool> collect_wanted_{false};
  LogPosition retired_at_;  // under structure: the log up to here may name series that are gone
  Observers observers_;
  ExemplarRings exemplars_;

  Counter& samples_total_;
  Counter& rejected_total_;
  Counter& damaged_total_;
  Counter& flushed_total_;
  Counter& merged_total_;
  Gauge& series_gauge_;
  Gauge& buffered_gauge_;
  Gauge& log_bytes_gauge_;
  Gauge& disk_bytes_gauge_;
  Gauge& writable_gauge_;
};

}  // namespace aloft::telemetry::metrics
