// What all parts of one running query share: storage, limits, kept labels, warnings.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/promql/engine.h"
#include "telemetry/promql/eval/annotations.h"

namespace aloft::telemetry::promql {

// Counts the samples that a query holds. Any thread.
class SampleBudget {
 public:
  explicit SampleBudget(std::uint64_t most) : most_(most) {}
  // Error: invalid beyond the limit.
  Result<> take(std::uint64_t samples);
  void give_back(std::uint64_t samples) { held_.fetch_sub(samples, std::memory_order_relaxed); }
  std::uint64_t peak() const { return peak_.load(std::memory_order_relaxed); }

 private:
  std::uint64_t most_;
  std::atomic<std::uint64_t> held_{0};
  std::atomic<std::uint64_t> peak_{0};
};

// A share of the budget; given back when it goes. Move-only.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), samples_(std::exchange(other.samples_, 0)) {}
  Reservation& operator=(Reservation&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(samples_, other.samples_);
    return *this;
  }
  ~Reservation() {
    if (budget_ != nullptr) budget_->give_back(samples_);
  }
  // Adds to the share.
  Result<> grow(SampleBudget& budget, std::uint64_t samples);

 private:
  SampleBudget* budget_ = nullptr;
  std::uint64_t samples_ = 0;
};

// Keeps label sets that the query makes for as long as it runs. One thread.
class LabelArena {
 public:
  LabelsView keep(std::string encoded) { return LabelsView(sets_.emplace_back(std::move(encoded))); }
  LabelsView keep(const Labels& labels) { return keep(std::string(labels.encoded())); }

 private:
  std::deque<std::string> sets_;
};

// The times of one evaluation.
struct Steps {
  Millis start = 0;
  Millis end = 0;
  Millis interval = 1;
  std::size_t count() const {
    // From one end of time to the other is further than a signed number counts.
    return end < start ? 0
                       : (static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(start)) /
                                 static_cast<std::uint64_t>(interval) +
                             1;
  }
  Millis at(std::size_t step) const { return start + static_cast<Millis>(step) * interval; }
  bool single() const { return start == end; }
};

// Lives as long as the query. The evaluators of its parts work on it one after another; what they hand to
// ParallelFor touches only the budget and the stop signal.
struct QueryContext {
  QueryContext(const metrics::Queryable& s, ParallelFor& p, const EngineOptions& o, std::uint64_t most)
      : storage(s), parallel(p), options(o), budget(most) {}

  // Error: cancelled or timeout, when the query was stopped.
  Result<> check_running() const;

  const metrics::Queryable& storage;
  ParallelFor& parallel;
  const EngineOptions& options;
  Millis lookback = 0;
  std::shared_ptr<const StopSignal> stop;
  SampleBudget budget;
  LabelArena labels;
  Annotations notes;
  std::vector<std::unique_ptr<metrics::Selection>> selections;
  // See QueryStats. Any thread.
  std::atomic<std::uint64_t> samples_loaded{0};
  std::atomic<std::uint64_t> samples_read{0};
  void count_samples(std::uint64_t loaded, std::uint64_t read) {
    samples_loaded.fetch_add(loaded, std::memory_order_relaxed);
    samples_read.fetch_add(read, std::memory_order_relaxed);
  }
  std::uint64_t series = 0;
};

}  // namespace aloft::telemetry::promql
