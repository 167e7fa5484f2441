// Steps that let entries fall or join them: keep, drop, sample, rate_limit, multiline.
#include <algorithm>

#include "base/bytes.h"
#include "io/guarded.h"
#include "telemetry/core/regex.h"
#include "telemetry/logs/ingest/processors.h"

namespace aloft::telemetry::logs {
namespace {

class Keep final : public LogStep {
 public:
  Keep(StepConfig config, bool keeps) : when_(std::move(config.when)), keeps_(keeps) {}
  void process(LogBatch& batch) override {
    for (LogStream& stream : batch.streams) {
      std::erase_if(stream.entries, [&](const LogEntry& entry) {
        return (!when_ || when_->covers(stream.labels, entry)) != keeps_;
      });
    }
  }

 private:
  std::optional<EntryCondition> when_;
  bool keeps_;
};

// Keeps a share of entries; which ones follows from what they say, so that the same entry fares the same
// twice.
class Sample final : public LogStep {
 public:
  Sample(StepConfig config, double share) : when_(std::move(config.when)), share_(share) {}
  void process(LogBatch& batch) override {
    for (LogStream& stream : batch.streams) {
      std::erase_if(stream.entries, [&](const LogEntry& entry) {
        if (when_ && !when_->covers(stream.labels, entry)) return false;
        const std::uint64_t hash =
            (stable_hash(entry.line) ^ static_cast<std::uint64_t>(entry.time_ns)) * 0x9e3779b97f4a7c15u;
        return static_cast<double>(hash >> 11) / 9007199254740992.0 >= share_;
      });
    }
  }

 private:
  std::optional<EntryCondition> when_;
  double share_;
};

// A bucket of lines for each value of a label, or one for all.
class RateLimit final : public LogStep {
 public:
  RateLimit(StepConfig config, double rate, double burst)
      : when_(std::move(config.when)),
        by_(config.text("by")),
        rate_(rate),
        burst_(burst),
        clock_(config.clock),
        dropped_(config.metrics.counter("telemetry_logs_rate_limited_lines_total",
                                        "Lines that a rate_limit step let fall.")) {}
  void process(LogBatch& batch) override {
    const std::int64_t now = clock_.wall().since_epoch.count();
    for (LogStream& stream : batch.streams) {
      const std::string key(by_.empty() ? std::string_view() : stream.labels.get(by_));
      dropped_.add(std::erase_if(stream.entries, [&](const LogEntry& entry) {
        if (when_ && !when_->covers(stream.labels, entry)) return false;
        return !take(key, now);
      }));
    }
  }

 private:
  struct Bucket {
    double lines = 0;
    std::int64_t at_ns = 0;
  };
  static constexpr std::size_t most_buckets = 10'000;
  bool take(const std::string& key, std::int64_t now) {
    return buckets_.with([&](auto& buckets) {
      if (buckets.size() >= most_buckets && !buckets.contains(key)) buckets.clear();
      auto [at, fresh] = buckets.try_emplace(key, Bucket{.lines = burst_, .at_ns = now});
      Bucket& bucket = at->second;
      bucket.lines = std::min(
          burst_,
          bucket.lines + rate_ * static_cast<double>(std::max<std::int64_t>(now - bucket.at_ns, 0)) / 1e9);
      bucket.at_ns = now;
      if (bucket.lines < 1) return false;
      bucket.lines -= 1;
      return true;
    });
  }
  std::optional<EntryCondition> when_;
  std::string by_;
  double rate_, burst_;
  const Clock& clock_;
  Counter& dropped_;
  io::Guarded<std::map<std::string, Bucket>> buckets_;
};

// Joins lines that continue the one before them. Entries that come in different batches stay apart: what was
// taken over must not wait in memory alone.
class Multiline final : public LogStep {
 public:
  Multiline(StepConfig config, std::shared_ptr<const Regex> first, std::size_t most)
      : when_(std::move(config.when)), first_(std::move(first)), most_(most) {}
  void process(LogBatch& batch) override {
    for (LogStream& stream : batch.streams) {
      if (when_ && !when_->covers_stream(stream.labels)) continue;
      std::vector<LogEntry> joined;
      std::size_t lines = 0;
      for (LogEntry& entry : stream.entries) {
        if (joined.empty() || lines >= most_ || first_->matches(entry.line)) {
          joined.push_back(std::move(entry));
          lines = 1;
          continue;
        }
        joined.back().line += '\n';
        joined.back().line += entry.line;
        ++lines;
      }
      stream.entries.swap(joined);
    }
  }

 private:
  std::optional<EntryCondition> when_;
  std::shared_ptr<const Regex> first_;
  std::size_t most_;
};

}  // namespace

Result<std::unique_ptr<LogStep>> make_filter_step(std::string_view name, StepConfig config) {
  if (name == "keep" || name == "drop") {
    if (!config.when) return fail(Code::invalid, "`when` is required");
    return std::make_unique<Keep>(std::move(config), name == "keep");
  }
  if (name == "sample") {
    const double share = config.number("share", -1);
    if (share < 0 || share > 1) return fail(Code::invalid, "`share` must be a number from 0 to 1");
    return std::make_unique<Sample>(std::move(config), share);
  }
  if (name == "rate_limit") {
    const double rate = config.number("lines_per_second", -1);
    if (rate <= 0) return fail(Code::invalid, "`lines_per_second` must be a number above 0");
    const double burst = config.number("burst", std::max(rate, 1.0));
    return std::make_unique<RateLimit>(std::move(config), rate, burst);
  }
  TRY(first, Regex::compile(config.text("first"), Regex::Anchor::none));
  if (config.text("first").empty())
    return fail(Code::invalid, "`first`, what an entry begins with, is required");
  const double most = std::max(config.number("max_lines", 128), 1.0);
  return std::make_unique<Multiline>(std::move(config), std::move(first), static_cast<std::size_t>(most));
}

}  // namespace aloft::telemetry::logs
