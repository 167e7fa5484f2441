// Adding up.
#include "telemetry/otlp/translate/delta_state.h"

#include "telemetry/otlp/translate/native.h"

namespace aloft::telemetry::otlp {
namespace {

void add_optional(std::optional<double>& total, const std::optional<double>& part) {
  if (total && part) {
    *total += *part;
  } else {
    total.reset();
  }
}

// Points keep what belongs to themselves: labels, times, exemplars, flags.
void add(HistogramPoint& total, const HistogramPoint& part) {
  total.count += part.count;
  add_optional(total.sum, part.sum);
  for (std::size_t i = 0; i < total.bucket_counts.size(); ++i)
    total.bucket_counts[i] += part.bucket_counts[i];
}

}  // namespace

Result<> DeltaState::with_held(std::string_view series, WallTime now, std::uint64_t time_ns, auto&& add) {
  return shards_[std::hash<std::string_view>()(series) % shards].with([&](Shard& shard) -> Result<> {
    auto found = shard.find(series);
    if (found == shard.end()) {
      if (shard.size() >= limits_.series / shards + 1)
        std::erase_if(shard, [&](const auto& entry) { return now - entry.second.seen > limits_.stale; });
      if (shard.size() >= limits_.series / shards + 1) {
        return fail(Code::too_many_requests,
                    fmt::format("more than {} series of delta temporality", limits_.series));
      }
      found = shard.try_emplace(std::string(series)).first;
    } else if (now - found->second.seen > limits_.stale) {
      found->second = Held();
    } else if (time_ns <= found->second.time_ns) {
      return fail(Code::invalid, "a delta point is not newer than the one before it");
    }
    Held& held = found->second;
    held.time_ns = time_ns;
    held.seen = now;
    add(held);
    return {};
  });
}

Result<> DeltaState::accumulate(std::string_view series, WallTime now, double& value, std::uint64_t time_ns) {
  return with_held(series, now, time_ns, [&](Held& held) {
    const double* before = std::get_if<double>(&held.total);
    if (before != nullptr) value += *before;
    held.total = value;
  });
}

Result<> DeltaState::accumulate(std::string_view series, WallTime now, HistogramPoint& point) {
  return with_held(series, now, point.time_ns, [&](Held& held) {
    auto* total = std::get_if<HistogramPoint>(&held.total);
    if (total == nullptr || total->bounds != point.bounds ||
        total->bucket_counts.size() != point.bucket_counts.size()) {
      // Other bounds begin a new life of the series, as a restarted process does.
      HistogramPoint& fresh = held.total.emplace<HistogramPoint>();
      fresh.start_ns = point.start_ns;
      fresh.count = point.count;
      fresh.sum = point.sum;
      fresh.bounds = point.bounds;
      fresh.bucket_counts = point.bucket_counts;
      return;
    }
    add(*total, point);
    point.start_ns = total->start_ns;
    point.count = total->count;
    point.sum = total->sum;
    point.bucket_counts = total->bucket_counts;
  });
}

Result<> DeltaState::accumulate(std::string_view series, WallTime now, ExponentialPoint& point) {
  return with_held(series, now, point.time_ns, [&](Held& held) {
    auto* total = std::get_if<ExponentialPoint>(&held.total);
    if (total == nullptr) {
      ExponentialPoint& fresh = held.total.emplace<ExponentialPoint>();
      fresh.start_ns = point.start_ns;
      fresh.count = point.count;
      fresh.sum = point.sum;
      fresh.scale = point.scale;
      fresh.zero_count = point.zero_count;
      fresh.zero_threshold = point.zero_threshold;
      fresh.positive = point.positive;
      fresh.negative = point.negative;
      return;
    }
    const std::int32_t scale = std::min(total->scale, point.scale);
    downscale(total->positive, total->scale, scale);
    downscale(total->negative, total->scale, scale);
    downscale(point.positive, point.scale, scale);
    downscale(point.negative, point.scale, scale);
    total->scale = scale;
    total->count += point.count;
    total->zero_count += point.zero_count;
    total->zero_threshold = std::max(total->zero_threshold, point.zero_threshold);
    add_optional(total->sum, point.sum);
    add_buckets(total->positive, point.positive);
    add_buckets(total->negative, point.negative);
    point.start_ns = total->start_ns;
    point.scale = scale;
    point.count = total->count;
    point.sum = total->sum;
    point.zero_count = total->zero_count;
    point.zero_threshold = total->zero_threshold;
    point.positive = total->positive;
    point.negative = total->negative;
  });
}

std::size_t DeltaState::size() {
  std::size_t total = 0;
  for (io::Guarded<Shard>& shard : shards_) {
    total += shard.with([](const Shard& entries) { return entries.size(); });
  }
  return total;
}

}  // namespace aloft::telemetry::otlp
