// Metrics that follow from spans, under the names of Tempo's metrics generator: requests, errors and duration
// of every operation, and the graph of which service calls which.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "io/guarded.h"
#include "io/loop.h"
#include "io/task.h"
#include "telemetry/core/pipeline.h"

namespace aloft::telemetry::traces {

struct SpanMetricsSettings {
  std::vector<std::string> dimensions;  // attributes that become labels, besides the four of every series
  std::vector<double> latency_bounds;   // seconds; empty: 2 ms doubling to 16.384 s
  std::vector<double> edge_bounds;      // seconds; empty: 0.1 doubling to 12.8 s
  std::size_t series_limit = 10'000;    // label sets of each kind
  std::size_t edges_limit = 20'000;     // calls that wait for their other side
  Duration edge_wait = 10s;
  Duration every = 15s;  // between two writes of run()
};

// traces_spanmetrics_calls_total and _latency {service, span_name, span_kind, status_code}, the latter with
// the last trace of each bucket as exemplar; traces_service_graph_request_total, _request_failed_total,
// _request_server_seconds and _request_client_seconds {client, server, connection_type}.
//
// An exporter of the pipeline, beside the store: it looks at spans and keeps none. Any thread.
class SpanMetrics final : public Exporter<SpanBatch> {
 public:
  SpanMetrics(SpanMetricsSettings settings, const Clock& clock, Metrics& metrics);
  std::string_view name() const override { return "span metrics"; }
  Result<WriteReport> write(const SpanBatch& batch) override;

  // Every series as it stands now.
  MetricBatch collect();
  // Hands collect() to `sink` again and again until dropped.
  io::Task<> run(io::Loop& loop, std::function<void(MetricBatch)> sink);

 private:
  struct Exemplar {
    TraceId trace{};
    double value = 0;
    std::int64_t time_ms = 0;
  };
  struct Distribution {
    std::vector<std::uint64_t> counts;  // by bucket, the last one beyond all bounds
    std::vector<Exemplar> exemplars;
    double sum = 0;
    std::uint64_t count = 0;
  };
  struct Calls {
    Distribution latency;
  };
  struct Edge {
    std::uint64_t requests = 0;
    std::uint64_t failed = 0;
    Distribution client;
    Distribution server;
  };
  // One side of a call, waiting for the other.
  struct Side {
    std::string service;
    double seconds = 0;
    bool failed = false;
    bool client = false;
    std::int64_t arrived_ns = 0;
    std::string type;
  };
  struct CallKey {
    TraceId trace{};
    SpanId client{};
    bool operator==(const CallKey&) const = default;
  };
  struct CallHash {
    std::size_t operator()(const CallKey& key) const;
  };
  using Key = std::vector<std::string>;
  struct State {
    std::map<Key, Calls> calls;
    std::map<Key, Edge> edges;
    std::unordered_map<CallKey, Side, CallHash> sides;
  };
  void count_call(State& state, const std::string& service, const Attributes& resource, const Span& span);
  void count_edge(State& state, const std::string& service, const Span& span);
  void finish_edge(State& state, const Side& client, const Side& server);
  void expire_sides(State& state);
  static void observe(Distribution& into, const std::vector<double>& bounds, double seconds,
                      const Span* span);

  SpanMetricsSettings settings_;
  const Clock& clock_;
  Counter& overflow_;
  Counter& unpaired_;
  io::Guarded<State> state_;
};

}  // namespace aloft::telemetry::traces
