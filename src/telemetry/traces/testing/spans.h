// Spans for tests: simple ones by number, and a store in a folder of its own.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "io/pool.h"
#include "telemetry/traces/store/store.h"

namespace aloft::telemetry::traces::testing {

TraceId trace_id(std::uint64_t number);
SpanId span_id(std::uint64_t number);
// Starts `number` milliseconds after 2024-01-01 and lasts as many milliseconds.
Span make_span(std::uint64_t trace, std::uint64_t number, std::string name, std::uint64_t parent = 0);
SpanBatch one_span(Span span, std::string service = "shop");
SpanBatch batch_of(std::vector<Span> spans, std::string service = "shop");
inline constexpr std::int64_t base_time_ns = 1'704'067'200'000'000'000;

// Adds the spans by trace and id; attributes sorted by key, as the store gives them.
void remember(const SpanBatch& batch, std::map<TraceId, std::map<SpanId, Span>>& into);

class TestClock final : public Clock {
 public:
  WallTime wall() const override { return now; }
  WallTime now{Duration(base_time_ns)};
};

// The folder goes with it.
class TestStore {
 public:
  explicit TestStore(TraceStoreSettings settings = {});
  ~TestStore();
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;
  TraceStore& store() { return *store_; }
  const std::string& folder() const { return settings_.folder; }
  TestClock& clock() { return clock_; }
  io::Pool& pool() { return pool_; }
  // As after kill -9: nothing is flushed.
  void restart();

 private:
  TraceStoreSettings settings_;
  TestClock clock_;
  Metrics metrics_;
  io::Pool pool_{2};
  std::unique_ptr<TraceStore> store_;
};

}  // namespace aloft::telemetry::traces::testing
