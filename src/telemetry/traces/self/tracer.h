// Spans of Aloft's own work. A component that is given no tracer, or one that is off, pays for one comparison
// and nothing else.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "base/time.h"
#include "io/guarded.h"
#include "io/loop.h"
#include "io/task.h"
#include "telemetry/core/span_batch.h"
#include "telemetry/traces/ingest/context.h"

namespace aloft::telemetry::traces {

struct TracerSettings {
  std::string service = "aloft";
  double probability = 0;             // of new traces; those that come with a context follow their caller
  std::size_t buffered_spans = 2048;  // more are counted and left out until the next hand-over
  Duration every = 1s;
};

class Tracer;

// A span that is under way; ends with this object at the latest. Move-only; used by one thread or loop at a
// time. Off when it was not sampled: then every call does nothing.
class LiveSpan {
 public:
  LiveSpan() = default;
  LiveSpan(LiveSpan&& other) noexcept
      : tracer_(std::exchange(other.tracer_, nullptr)), span_(std::move(other.span_)) {}
  LiveSpan& operator=(LiveSpan&& other) noexcept;
  ~LiveSpan() { end(); }
  bool on() const { return tracer_ != nullptr; }
  void set(std::string_view key, std::string_view value);
  void set(std::string_view key, std::int64_t value);
  void fail(std::string_view message);
  void end();
  // What a callee needs to continue the trace; nullopt when off.
  std::optional<TraceContext> context() const;

 private:
  friend class Tracer;
  LiveSpan(Tracer& tracer, std::unique_ptr<Span> span) : tracer_(&tracer), span_(std::move(span)) {}
  Tracer* tracer_ = nullptr;
  std::unique_ptr<Span> span_;
};

// start() and the ends of spans from any thread. Outlives its spans.
class Tracer {
 public:
  using Sink = std::function<void(SpanBatch)>;
  Tracer(TracerSettings settings, const Clock& clock, Random& random, Sink sink);

  LiveSpan start(std::string_view name, SpanKind kind = SpanKind::internal) {
    if (probability_.load(std::memory_order_relaxed) <= 0) return {};
    return start_root(name, kind);
  }
  // Continues the caller's trace when it is sampled.
  LiveSpan start(std::string_view name, SpanKind kind, const TraceContext& parent);
  LiveSpan start_child(std::string_view name, const LiveSpan& parent);

  void set_probability(double probability) { probability_.store(probability, std::memory_order_relaxed); }
  // Hands what has ended to the sink. Blocks as long as the sink does.
  void flush();
  // flush() again and again until dropped.
  io::Task<> run(io::Loop& loop);
  std::uint64_t left_out() const { return left_out_.load(std::memory_order_relaxed); }

 private:
  friend class LiveSpan;
  LiveSpan start_root(std::string_view name, SpanKind kind);
  LiveSpan make(std::string_view name, SpanKind kind, const TraceId& trace, const SpanId& parent);
  SpanId next_id();
  void take(std::unique_ptr<Span> span);

  TracerSettings settings_;
  const Clock& clock_;
  Sink sink_;
  std::atomic<double> probability_;
  std::uint64_t seed_;
  std::uint64_t trace_seed_;
  std::atomic<std::uint64_t> number_{0};
  std::atomic<std::uint64_t> left_out_{0};
  io::Guarded<std::vector<Span>> ended_;
};

}  // namespace aloft::telemetry::traces
