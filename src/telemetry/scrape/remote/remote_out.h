// Remote write out: an exporter that sends every sample on to another server, in order for each series, over
// as many connections at once as keep up with the load, and patiently when the other side is in trouble.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/pool.h"
#include "io/scope.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/targets/fetcher.h"

namespace aloft::telemetry::scrape {

// What remote writers share. Outlives them.
struct RemoteOutEnvironment {
  io::Loop& loop;
  io::Pool* pool = nullptr;  // where requests are encoded; null: on the loop (tests)
  const Clock& clock;
  Metrics& metrics;
};

// Lives on one loop; write() from any thread. At most capacity x max_shards samples wait: beyond that a batch
// is refused with too_many_requests and counted, nothing is kept. What cannot be delivered (4xx) is dropped
// and counted; 5xx, 429 and a broken connection are tried again, after the Retry-After that the other side
// asks for or a growing delay, for ever.
class RemoteWriter final : public Exporter<MetricBatch> {
  struct Private {};  // only make() makes one

 public:
  // Error: invalid for a URL that cannot be used.
  static Result<std::unique_ptr<RemoteWriter>> make(const RemoteOutEnvironment& environment,
                                                    RemoteWriteConfig config, Labels external_labels,
                                                    std::unique_ptr<Fetcher> fetcher);
  RemoteWriter(Private, const RemoteOutEnvironment& environment, RemoteWriteConfig config,
               Labels external_labels, std::unique_ptr<Fetcher> fetcher, Url url);
  ~RemoteWriter() override;
  std::string_view name() const override { return name_; }
  Result<WriteReport> write(const MetricBatch& batch) override;

  // Waits until everything has been sent, at most `grace`.
  io::Task<> drain(Duration grace);
  std::size_t shards() const { return shards_.size(); }
  std::size_t pending() const { return pending_->load(std::memory_order_relaxed); }

 private:
  // A piece of a batch for one shard; owns its bytes.
  struct Piece {
    MetricBatch batch;
    std::size_t items() const { return batch.samples.size() + batch.histograms.size(); }
  };
  struct Shard;
  using Known = std::unordered_map<std::string, MetricMetadata>;

  void start();
  aloft::Labels labels() const;
  Counter& counter(std::string_view name, std::string_view help);
  std::vector<Piece> split(const MetricBatch& batch) const;
  bool final_labels(std::string_view labels, std::string& scratch, std::string_view& out) const;
  void accept(std::vector<Piece> pieces, const std::vector<MetricMetadata>& metadata);
  void open_shards(std::size_t count);
  io::Task<> send_shard(Shard& shard);
  io::Task<Piece> collect(Shard& shard);
  io::Task<> deliver(MetricBatch batch, std::size_t items);
  io::Task<Result<FetchedPage>> post(std::string body);
  io::Task<std::string> encode(MetricBatch batch);
  io::Task<> send_metadata();
  io::Task<> adjust_shards();
  io::Task<bool> all_sent();

  const RemoteOutEnvironment& environment_;
  RemoteWriteConfig config_;
  Labels external_labels_;
  std::unique_ptr<Fetcher> fetcher_;
  Url url_;
  std::string name_;
  std::shared_ptr<std::atomic<std::size_t>> pending_;  // samples that wait or are under way
  std::shared_ptr<std::atomic<bool>> open_;            // false once the writer is gone
  Counter &sent_, &failed_, &retried_, &dropped_, &bytes_;
  Gauge &pending_gauge_, &shards_gauge_;
  std::shared_ptr<const Known> known_;
  std::size_t target_shards_ = 1;
  std::uint64_t delivered_ = 0;  // samples since the last adjustment
  Duration busy_{};              // time that requests took since then
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::unique_ptr<Shard>> retiring_;  // empty themselves before shards_ begin
  io::Scope scope_;
};

}  // namespace aloft::telemetry::scrape
