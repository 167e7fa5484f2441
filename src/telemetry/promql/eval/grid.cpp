// Intermediate results: series by steps.
#include "telemetry/promql/eval/grid.h"

#include <algorithm>
#include <unordered_set>

#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

bool same_labels_possible(const Grid& grid) { return grid.rows() > 1 && !grid.unique_without_name; }

Result<> merge_row(Grid& grid, std::size_t into, std::size_t from) {
  for (std::size_t step = 0; step < grid.steps; ++step) {
    if (!grid.has(from, step)) continue;
    if (grid.has(into, step)) return same_labels_error();
    grid.values[into * grid.steps + step] = grid.values[from * grid.steps + step];
    if (!grid.histograms.empty())
      grid.histograms[into * grid.steps + step] = std::move(grid.histograms[from * grid.steps + step]);
  }
  return {};
}

}  // namespace

std::unexpected<Error> same_labels_error() {
  return fail(Code::invalid, "vector cannot contain metrics with the same labelset");
}

Result<std::size_t> Grid::add_row(QueryContext& query, LabelsView set, bool drop) {
  TRY_DO(reserved.grow(query.budget, steps));
  labels.push_back(set);
  drop_name.push_back(drop);
  values.resize(values.size() + steps, absent());
  if (!histograms.empty()) histograms.resize(values.size());
  return labels.size() - 1;
}

Result<> Grid::append(QueryContext& query, Grid&& other) {
  if (rows() == 0) {
    const bool unique = unique_without_name;
    *this = std::move(other);
    unique_without_name = unique;
    return {};
  }
  TRY_DO(reserved.grow(query.budget, other.values.size()));
  if (!other.histograms.empty()) {
    need_histograms();
    histograms.insert(histograms.end(), std::make_move_iterator(other.histograms.begin()),
                      std::make_move_iterator(other.histograms.end()));
  }
  labels.insert(labels.end(), other.labels.begin(), other.labels.end());
  drop_name.insert(drop_name.end(), other.drop_name.begin(), other.drop_name.end());
  values.insert(values.end(), other.values.begin(), other.values.end());
  if (!histograms.empty()) histograms.resize(values.size());
  return {};
}

void Grid::remove_empty_rows() {
  std::size_t kept = 0;
  for (std::size_t r = 0; r < rows(); ++r) {
    const double* from = row(r);
    if (std::all_of(from, from + steps, is_absent)) continue;
    if (kept != r) {
      labels[kept] = labels[r];
      drop_name[kept] = drop_name[r];
      std::copy(from, from + steps, row(kept));
      if (!histograms.empty()) std::move(histogram_row(r), histogram_row(r) + steps, histogram_row(kept));
    }
    ++kept;
  }
  labels.resize(kept);
  drop_name.resize(kept);
  values.resize(kept * steps);
  if (!histograms.empty()) histograms.resize(kept * steps);
}

void Grid::select_rows(const std::vector<std::size_t>& order) {
  Grid out = make_grid(steps);
  out.labels.reserve(order.size());
  out.values.reserve(order.size() * steps);
  for (const std::size_t r : order) {
    out.labels.push_back(labels[r]);
    out.drop_name.push_back(drop_name[r]);
    out.values.insert(out.values.end(), row(r), row(r) + steps);
    if (!histograms.empty())
      out.histograms.insert(out.histograms.end(), histogram_row(r), histogram_row(r) + steps);
  }
  labels = std::move(out.labels);
  drop_name = std::move(out.drop_name);
  values = std::move(out.values);
  histograms = std::move(out.histograms);
}

Grid make_grid(std::size_t steps) {
  Grid grid;
  grid.steps = steps;
  return grid;
}

Result<Grid> constant_grid(QueryContext& query, std::size_t steps, double value) {
  Grid grid = make_grid(steps);
  TRY_DO(grid.add_row(query, {}, false));
  std::fill(grid.values.begin(), grid.values.end(), value);
  grid.unique_without_name = true;
  return grid;
}

Result<std::size_t> RowIndex::row_for(QueryContext& query, LabelsView labels, bool drop_name) {
  const auto [found, made] = rows_.try_emplace(labels.encoded(), grid_.rows());
  if (made) TRY_DO(grid_.add_row(query, labels, drop_name));
  return found->second;
}

bool is_metadata_label(std::string_view name) {
  return name == metric_name_label || name == "__type__" || name == "__unit__";
}

LabelsView without_metadata(QueryContext& query, LabelsView labels) {
  bool any = false;
  for (const Label& label : labels) any = any || is_metadata_label(label.name);
  if (!any) return labels;
  std::string encoded;
  encoded.reserve(labels.encoded().size());
  for (const Label& label : labels)
    if (!is_metadata_label(label.name)) append_label(encoded, label.name, label.value);
  return query.labels.keep(std::move(encoded));
}

std::string series_text(LabelsView labels) {
  std::string out = "{";
  for (const Label& label : labels) {
    if (out.size() > 1) out += ", ";
    out += is_classic_label_name(label.name) ? std::string(label.name) : quote(label.name);
    out += "=" + quote(label.value);
  }
  return out + "}";
}

void drop_names(QueryContext& query, Grid& grid) {
  if (query.options.delayed_name_removal) {
    std::fill(grid.drop_name.begin(), grid.drop_name.end(), std::uint8_t{1});
    return;
  }
  for (LabelsView& labels : grid.labels) labels = without_metadata(query, labels);
}

Result<> merge_same_labels(QueryContext&, Grid& grid) {
  if (!same_labels_possible(grid)) return {};
  std::unordered_map<std::string_view, std::size_t> seen;
  seen.reserve(grid.rows());
  std::vector<std::size_t> kept;
  for (std::size_t r = 0; r < grid.rows(); ++r) {
    const auto [found, made] = seen.try_emplace(grid.labels[r].encoded(), r);
    if (made)
      kept.push_back(r);
    else
      TRY_DO(merge_row(grid, found->second, r));
  }
  if (kept.size() != grid.rows()) grid.select_rows(kept);
  return {};
}

Result<> refuse_same_labels(const Grid& grid) {
  if (!same_labels_possible(grid)) return {};
  std::unordered_set<std::string_view> seen;
  seen.reserve(grid.rows());
  for (const LabelsView labels : grid.labels)
    if (!seen.insert(labels.encoded()).second) return same_labels_error();
  return {};
}

}  // namespace aloft::telemetry::promql
