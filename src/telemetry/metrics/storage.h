// The time series store: samples go to a log on disk and a bounded buffer in memory, from there to compressed
// runs, and with time to immutable blocks that carry their own index. Reading sees all of it at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/record_log.h"
#include "telemetry/metrics/ingest_observer.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// Bounds on the number of series with recent samples; 0: none. A series beyond one is refused by name, the
// others of its batch are taken.
struct SeriesLimits {
  std::uint64_t total = 0;
  std::uint64_t per_tenant = 0;
  std::uint64_t per_metric = 0;  // series of one metric name
  // Asked for each new series, after the others; an error refuses it. Called with locks held: short, and
  // never back into the store.
  std::function<Result<>(std::string_view tenant, LabelsView labels)> admit;
};

struct StoreSettings {
  std::string folder;  // made when missing
  Duration retention = 15 * 24h;
  std::uint64_t retention_bytes = 0;  // of blocks on disk; 0: no limit
  // How far behind the newest sample of its series a sample may be.
  Duration out_of_order_window = 1h;
  Duration future_window = 48h;  // how far ahead of the clock; 0: no limit
  SeriesLimits limits;
  // Samples kept in memory before they go to disk; each takes 24 bytes.
  std::size_t buffer_samples = 400'000;
  Duration flush_after = 30min;  // at the latest
  Duration block_duration = 6h;
  Duration largest_block = 4 * 24h;
  std::size_t cache_bytes = 16 * 1024 * 1024;
  std::size_t exemplars = 100'000;  // kept in all
  std::size_t exemplars_per_series = 32;
  std::uint64_t select_limit = 10'000'000;  // series one query may select
  // Blocks older than these get rows of 5 minutes and of 1 hour; 0: never.
  Duration downsample_5m_after = 40h;
  Duration downsample_1h_after = 10 * 24h;
  Duration raw_retention{};  // full resolution; 0: as long as `retention`
};

// For /api/v1/status/tsdb and for finding what makes too many series.
struct CardinalityReport {
  struct Item {
    std::string name;
    std::uint64_t value = 0;
  };
  std::uint64_t series = 0;
  std::uint64_t label_pairs = 0;
  std::uint64_t chunks = 0;
  Millis min_time = 0, max_time = 0;
  std::vector<Item> series_by_metric;
  std::vector<Item> values_by_label;
  std::vector<Item> memory_by_label;   // bytes of the values
  std::vector<Item> series_by_pair;    // "name=value"
  std::vector<Item> series_by_tenant;  // tenants other than the default one
  std::string worst_label;             // the label with the most values in proportion to series; may be empty
};

struct StoreStatus {
  std::uint64_t series = 0;           // with recent samples
  std::uint64_t samples_written = 0;  // since the start
  std::uint64_t samples_buffered = 0;
  std::uint64_t runs = 0;
  std::uint64_t blocks = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t disk_bytes = 0;  // all files
  Millis min_time = 0, max_time = 0;
  bool writable = true;  // false while the disk refuses writes
  RecordLogReport replay;
  std::vector<std::string> damage;  // files that were set aside or could not be read, newest last; bounded
};

// write(), the reading calls and observe() from any thread; they block on disk, so on a pool thread. The
// others from one thread at a time each.
class Store : public Queryable, public Exporter<MetricBatch>, public Observable {
 public:
  // Takes up what the folder holds. Damaged files are set aside and reported, they never stop a start.
  // Error: I/O, naming the file; conflict when another process uses the folder.
  static Result<std::unique_ptr<Store>> open(StoreSettings settings, const Clock& clock, Metrics& metrics);

  std::string_view name() const override { return "store"; }
  // What it reports as accepted survives the end of the process. Duplicates are accepted; of two values at
  // one time the later written counts. Error: unavailable when the disk is full or fails; nothing of the
  // batch counts then.
  Result<WriteReport> write(const MetricBatch& batch) override = 0;

  // Background work that is due at the clock's time: moving the buffer to disk, merging, retention,
  // downsampling, syncing. Call it about once a second on a pool thread.
  virtual Result<> maintain() = 0;
  // Everything written so far into runs on disk, and the log emptied.
  virtual Result<> flush() = 0;
  // All runs and overlapping blocks merged, deleted samples left out; what one does before measuring or
  // shipping.
  virtual Result<> compact() = 0;

  // Hides the samples of from <= time <= to of the series that match any of the sets; durable when it
  // returns. What is written later is not affected.
  virtual Result<> delete_series(Millis from, Millis to,
                                 const std::vector<std::vector<Matcher>>& matcher_sets) = 0;
  // Removes deleted samples from disk.
  virtual Result<> clean_tombstones() = 0;
  // A copy of everything as of now, by hard links, below <folder>/snapshots; a store can be opened there.
  // Gives its name.
  virtual Result<std::string> snapshot() = 0;

  // By family, sorted; all when `family` is empty; `limit` 0: no limit.
  virtual std::vector<MetricMetadata> metadata(std::string_view family, std::size_t limit) const = 0;
  virtual CardinalityReport cardinality(std::size_t limit) const = 0;
  virtual StoreStatus status() const = 0;
};

}  // namespace aloft::telemetry::metrics
