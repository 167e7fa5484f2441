// Packing of fields, order and duplicates of rows.
#include "telemetry/logs/store/rows.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

namespace aloft::telemetry::logs {
namespace {

bool same(const Row& a, const Row& b) { return a.line == b.line && a.fields == b.fields; }

std::size_t hash(const Row& row) {
  return std::hash<std::string_view>()(row.line) * 31 + std::hash<std::string_view>()(row.fields.packed());
}

void sort_by_time(std::vector<Row>& rows) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> order(rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) order[i] = {rows[i].time_ns, i};
  std::sort(order.begin(), order.end());
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const auto& [time, i] : order) sorted.push_back(rows[i]);
  rows.swap(sorted);
}

// Rows of one time, [from, to): keeps the first of equal ones, moving them to `kept`.
void deduplicate_instant(std::vector<Row>& rows, std::size_t from, std::size_t to, std::size_t& kept) {
  if (to - from == 1) {
    rows[kept++] = rows[from];
    return;
  }
  const std::size_t first = kept;
  if (to - from <= 8) {
    for (std::size_t i = from; i < to; ++i) {
      const bool known = std::any_of(rows.begin() + static_cast<std::ptrdiff_t>(first),
                                     rows.begin() + static_cast<std::ptrdiff_t>(kept),
                                     [&](const Row& row) { return same(row, rows[i]); });
      if (!known) rows[kept++] = rows[i];
    }
    return;
  }
  struct Hash {
    std::size_t operator()(const Row& row) const { return hash(row); }
  };
  struct Equal {
    bool operator()(const Row& a, const Row& b) const { return same(a, b); }
  };
  std::unordered_set<Row, Hash, Equal> seen;
  seen.reserve(to - from);
  for (std::size_t i = from; i < to; ++i) {
    const Row row = rows[i];
    if (seen.insert(row).second) rows[kept++] = row;
  }
}

}  // namespace

void pack_fields(std::string& out, const std::vector<std::pair<std::string, std::string>>& fields) {
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    append_text(out, name);
    append_text(out, value);
  }
}

void sort_and_deduplicate(std::vector<Row>& rows) {
  bool rising = true;
  bool strictly = true;
  for (std::size_t i = 1; i < rows.size() && rising; ++i) {
    rising = rows[i].time_ns >= rows[i - 1].time_ns;
    strictly = strictly && rows[i].time_ns > rows[i - 1].time_ns;
  }
  if (rising && strictly) return;
  if (!rising) sort_by_time(rows);
  std::size_t kept = 0;
  for (std::size_t from = 0; from < rows.size();) {
    std::size_t to = from + 1;
    while (to < rows.size() && rows[to].time_ns == rows[from].time_ns) ++to;
    deduplicate_instant(rows, from, to, kept);
    from = to;
  }
  rows.resize(kept);
}

}  // namespace aloft::telemetry::logs
