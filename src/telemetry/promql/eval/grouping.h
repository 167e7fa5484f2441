// Which group of an aggregation a series belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "telemetry/promql/eval/grid.h"

namespace aloft::telemetry::promql {

// Numbers groups in the order in which their first series came.
class Grouping {
 public:
  // `names` of by (...) or without (...).
  Grouping(QueryContext& query, std::vector<std::string> names, bool without);

  // `name_dropped`: the series' metric name, type and unit count as absent. A new group is the last one.
  std::size_t group_of(LabelsView labels, bool name_dropped);
  std::size_t size() const { return labels_.size(); }
  LabelsView labels(std::size_t group) const { return labels_[group]; }

 private:
  LabelsView make_labels(LabelsView labels, const std::vector<std::string>& names) const;

  QueryContext& query_;
  bool without_;
  bool all_ = false;                         // one group of everything
  std::vector<std::string> names_;           // sorted
  std::vector<std::string> nameless_names_;  // the same for series without metadata
  std::unordered_map<std::uint64_t, std::size_t> groups_;
  std::vector<LabelsView> labels_;
};

}  // namespace aloft::telemetry::promql
