// A fleet of instances as their exporters would show it: what the metrics load is made of. One hundred series
// an instance: integer counters of requests, histograms of durations, processor seconds, bytes, gauges of
// memory, constants.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "telemetry/core/metric_batch.h"

namespace aloft::bench {

// Deterministic: the same numbers for the same arguments.
class Fleet {
 public:
  explicit Fleet(std::size_t instances);
  std::size_t series() const { return series_.size(); }
  // The next scrape of one instance, at `time`: appends its hundred samples.
  void scrape(std::size_t instance, telemetry::Millis time, telemetry::MetricBatch& out);

 private:
  enum class Shape { count, seconds, bytes, memory, level, constant, bucket, sum, total };
  struct Series {
    telemetry::Labels labels;
    Shape shape = Shape::constant;
    double value = 0;
    double rate = 0;
    std::size_t bucket = 0;
  };
  struct Timing {
    double buckets[12] = {};
    double sum = 0;
    double total = 0;
    double rate = 0;
    double mean = 0;
  };
  void add(const std::string& name, std::vector<std::pair<std::string, std::string>> labels, Shape shape,
           double value, double rate);
  void add_instance(std::size_t number);
  void observe(Timing& timing);
  double step(Series& series, const Timing& timing);

  std::mt19937_64 random_{20240607};
  std::vector<Series> series_;   // a hundred for each instance
  std::vector<Timing> timings_;  // two for each instance
};

}  // namespace aloft::bench
