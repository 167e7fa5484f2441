// The targets of one job: follows what its providers find, scrapes each target at its own pace, and keeps
// what the targets pages show.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/guarded.h"
#include "io/loop.h"
#include "io/scope.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/scrape/targets/fetcher.h"
#include "telemetry/scrape/targets/scrape_target.h"
#include "telemetry/scrape/targets/target_series.h"

namespace aloft::telemetry::scrape {

// Where scraped samples go: decodes on whatever thread it likes, then stores.
class ScrapeSink {
 public:
  virtual ~ScrapeSink() = default;
  virtual io::Task<Result<WriteReport>> take(std::size_t bytes,
                                             std::move_only_function<Result<MetricBatch>()> decode) = 0;
};
// Through the pipeline, on its pool.
std::unique_ptr<ScrapeSink> make_pipeline_sink(io::Loop& loop, Pipeline& pipeline);

// A page is read on a pool thread and may still be when its target has gone.
using SharedSeries = io::Guarded<TargetSeries>;

// What all scrapes share. Outlives the pools.
struct ScrapeEnvironment {
  io::Loop& loop;
  const Clock& clock;
  ScrapeSink& sink;
  std::uint64_t offset_seed = 0;  // differs between servers that scrape the same targets
  bool zero_at_start = false;     // see SampleRules; protobuf is asked for first then, as it tells most
};

enum class TargetHealth { unknown, up, down };
std::string_view to_string(TargetHealth health);

// What pages show of a target.
struct TargetStatus {
  ScrapeTarget target;
  TargetHealth health = TargetHealth::unknown;
  std::string last_error;
  std::optional<WallTime> last_scrape;
  Duration last_duration{};
  std::vector<MetricMetadata> metadata;
};

// Lives on one loop.
class ScrapePool {
 public:
  ScrapePool(const ScrapeEnvironment& environment, ScrapeConfig config, std::unique_ptr<Fetcher> fetcher);
  ~ScrapePool();
  // Follows the providers from now on. Once.
  void start(std::vector<std::unique_ptr<TargetProvider>> providers);
  // Takes over the series of a pool whose place this one takes, before start().
  void inherit(ScrapePool& before);
  // No target is scraped any more; all series become stale.
  io::Task<> retire();

  const ScrapeConfig& config() const { return config_; }
  // Sorted by URL.
  std::vector<const TargetStatus*> active() const;
  const std::vector<Labels>& dropped() const { return dropped_; }
  std::size_t dropped_count() const { return dropped_count_; }

 private:
  struct Active;

  void on_groups(std::size_t provider, std::vector<TargetGroup> groups);
  io::Task<> sync_soon();
  void sync();
  void add_target(ScrapeTarget target);
  void remove_target(std::unique_ptr<Active> target);
  io::Task<> run(Active& active);
  io::Task<> scrape(Active& active, WallTime at);
  io::Task<Result<FetchedPage>> fetch(Active& active);
  io::Task<> end_later(std::shared_ptr<SharedSeries> series, Duration interval, std::uint64_t identity);
  io::Task<> give(MetricBatch batch);

  const ScrapeEnvironment& environment_;
  ScrapeConfig config_;
  std::unique_ptr<Fetcher> fetcher_;
  std::string accept_;
  std::shared_ptr<const SampleRules> rules_;
  std::vector<std::unique_ptr<TargetProvider>> providers_;
  std::vector<std::vector<TargetGroup>> groups_;  // by provider
  std::map<std::uint64_t, std::unique_ptr<Active>> active_;
  std::map<std::uint64_t, std::shared_ptr<SharedSeries>> ghosts_;    // gone, not yet stale
  std::map<std::uint64_t, std::shared_ptr<SharedSeries>> heritage_;  // of the pool before
  bool heritage_watched_ = false;
  std::vector<Labels> dropped_;
  std::size_t dropped_count_ = 0;
  std::optional<Error> limit_error_;  // target_limit exceeded
  bool sync_pending_ = false;
  std::optional<Time> last_sync_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::scrape
