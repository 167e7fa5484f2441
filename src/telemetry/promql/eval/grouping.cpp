// Which group of an aggregation a series belongs to.
#include "telemetry/promql/eval/grouping.h"

#include <algorithm>

namespace aloft::telemetry::promql {
namespace {

void sort_unique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

Grouping::Grouping(QueryContext& query, std::vector<std::string> names, bool without)
    : query_(query), without_(without), names_(std::move(names)) {
  sort_unique(names_);
  nameless_names_ = names_;
  if (without_) {
    nameless_names_.insert(nameless_names_.end(), {"__type__", "__unit__"});
    sort_unique(nameless_names_);
  } else {
    std::erase_if(nameless_names_, [](const std::string& name) { return is_metadata_label(name); });
    all_ = names_.empty();
  }
}

std::size_t Grouping::group_of(LabelsView labels, bool name_dropped) {
  if (all_) {
    if (labels_.empty()) labels_.emplace_back();
    return 0;
  }
  const std::vector<std::string>& names = name_dropped ? nameless_names_ : names_;
  const std::uint64_t key = without_ ? hash_labels_without(labels, names) : hash_labels_by(labels, names);
  const auto [found, made] = groups_.try_emplace(key, labels_.size());
  if (made) labels_.push_back(make_labels(labels, names));
  return found->second;
}

LabelsView Grouping::make_labels(LabelsView labels, const std::vector<std::string>& names) const {
  std::string encoded;
  for (const Label& label : labels) {
    const bool named = std::binary_search(names.begin(), names.end(), label.name);
    if (without_ ? !named && label.name != metric_name_label : named)
      append_label(encoded, label.name, label.value);
  }
  return query_.labels.keep(std::move(encoded));
}

}  // namespace aloft::telemetry::promql
