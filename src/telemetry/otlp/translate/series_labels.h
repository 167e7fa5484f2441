// The label sets of one request's series: gathered once per point, encoded once per series. For this module's
// sources only.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "telemetry/core/metric_batch.h"
#include "telemetry/otlp/translate/metric_translator.h"

namespace aloft::telemetry::otlp {

// Encoded labels live in large strings that the batch keeps, not in one string each.
class SeriesArena {
 public:
  explicit SeriesArena(MetricBatch& batch) : batch_(batch) {}
  // A place for `bytes` more, at whose end the caller writes; done() gives what was written.
  std::string& room(std::size_t bytes);
  std::string_view done() const;

 private:
  MetricBatch& batch_;
  std::string* open_ = nullptr;
  std::size_t begin_ = 0;
};

// Labels of a resource, a scope and a point under their translated names.
class SeriesLabels {
 public:
  SeriesLabels(const MetricSettings& settings, SeriesArena& arena) : settings_(settings), arena_(arena) {}
  // In this order, each keeping what the outer one set.
  void resource(const Attributes& resource);
  void scope(const InstrumentationScope& scope, std::string_view schema_url);
  void point(const Attributes& attributes);

  // The series `name` of the present point, with one more label where `extra` is not empty.
  std::string_view series(std::string_view name, std::string_view extra = {}, std::string_view value = {});
  // target_info of the present resource; empty when it has nothing to tell.
  std::string_view target_info();

 private:
  using Pair = std::pair<std::string, std::string>;
  using Pairs = std::vector<Pair>;
  const std::string& translated(std::string_view key);
  bool promoted(std::string_view key) const;
  static void set(Pairs& pairs, std::string_view name, std::string value);
  static void set_missing(Pairs& pairs, std::string_view name, std::string value);
  // Attributes whose names become the same are joined with ';'.
  void add_attributes(Pairs& pairs, std::span<const Attribute* const> attributes);
  std::string_view encode(const Pairs& pairs, std::string_view name, std::string_view extra,
                          std::string_view value);

  const MetricSettings& settings_;
  SeriesArena& arena_;
  std::unordered_map<std::string, std::string> names_;
  const Attributes* resource_ = nullptr;
  Pairs identity_;  // job, instance
  Pairs promoted_;
  Pairs scope_;
  Pairs point_;
};

}  // namespace aloft::telemetry::otlp
