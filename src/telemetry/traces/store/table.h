// Spans in columns: the one form that the head in memory, the log and the blocks on disk share. Rows stand in
// the order of trace id, then start, so a trace is a run of rows and is found by binary search.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/span_batch.h"
#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {

inline constexpr std::uint32_t no_row = ~std::uint32_t{0};

// Which items of a table have a value: a bit for each, with counts so that the place of an item's value is
// found in constant time. No bits at all: every item has one.
class Presence {
 public:
  Presence() = default;
  // Takes the bits over; `items` bits count.
  explicit Presence(std::vector<std::uint64_t> bits);
  bool every() const { return bits_.empty(); }
  // The place among the values; no_row when the item has none.
  std::uint32_t place(std::uint32_t item) const {
    if (bits_.empty()) return item;
    const std::uint64_t word = bits_[item / 64];
    const std::uint64_t bit = std::uint64_t{1} << (item % 64);
    if ((word & bit) == 0) return no_row;
    return before_[item / 64] + static_cast<std::uint32_t>(std::popcount(word & (bit - 1)));
  }
  // Calls f(item, place) for the present ones of [begin, end) in order.
  template <class F>
  void each(std::uint32_t begin, std::uint32_t end, F&& f) const {
    if (bits_.empty()) {
      for (std::uint32_t item = begin; item < end; ++item) f(item, item);
      return;
    }
    for (std::uint32_t word = begin / 64; word * 64 < end; ++word) {
      std::uint64_t bits = bits_[word];
      std::uint32_t place = before_[word];
      for (; bits != 0; bits &= bits - 1, ++place) {
        const std::uint32_t item = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
        if (item >= end) return;
        if (item >= begin) f(item, place);
      }
    }
  }
  const std::vector<std::uint64_t>& bits() const { return bits_; }
  std::size_t bytes() const { return bits_.size() * 12; }

 private:
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> before_;
};

// The types that have columns of their own. `other` (bytes, lists, maps, empty values) keeps encoded values
// in the string pool; see value_codec.h.
enum class ColumnType : std::uint8_t { string, boolean, integer, real, other };

// The values of one key that have one type.
struct AttributeColumn {
  std::uint32_t key = 0;  // in the string pool
  ColumnType type = ColumnType::string;
  Presence present;
  std::vector<std::uint32_t> ids;      // string, other
  std::vector<std::int64_t> integers;  // integer, boolean
  std::vector<double> reals;           // real
  std::size_t size() const { return ids.size() + integers.size() + reals.size(); }
};
using AttributeColumns = std::vector<AttributeColumn>;

struct EventTable {
  std::vector<std::uint32_t> first;   // by span row, with the count at the end; empty: no events at all
  std::vector<std::int64_t> offsets;  // ns since the start of the span
  std::vector<std::uint32_t> names;
  AttributeColumns attributes;
  std::uint32_t count() const { return static_cast<std::uint32_t>(offsets.size()); }
};
struct LinkTable {
  std::vector<std::uint32_t> first;  // as above
  std::vector<TraceId> trace_ids;
  std::vector<std::uint64_t> span_ids;
  std::vector<std::uint32_t> states;
  AttributeColumns attributes;
  std::uint32_t count() const { return static_cast<std::uint32_t>(span_ids.size()); }
};

// Span ids are kept as the number whose big-endian bytes they are.
std::uint64_t to_number(const SpanId& id);
SpanId to_span_id(std::uint64_t number);

// A value. Immutable once built; then every reading is safe from any thread.
struct SpanTable {
  StringPool strings;
  std::vector<TraceId> trace_ids;         // rising
  std::vector<std::uint32_t> trace_rows;  // the first row of each, with the row count at the end
  std::vector<std::uint64_t> span_ids;
  std::vector<std::uint64_t> parent_ids;
  std::vector<std::int64_t> starts;     // ns
  std::vector<std::int64_t> durations;  // ns; negative when a span ends before it starts
  std::vector<std::uint32_t> names;
  std::vector<std::uint8_t> kinds;
  std::vector<std::uint8_t> statuses;
  std::vector<std::uint32_t> resources;    // distinct; encoded attributes in the pool
  std::vector<std::uint32_t> resource_of;  // index into `resources`, by row
  std::vector<std::uint32_t> scopes;       // distinct; encoded scopes in the pool
  std::vector<std::uint32_t> scope_of;
  // Empty when zero for every row.
  std::vector<std::uint32_t> status_messages;
  std::vector<std::uint32_t> trace_states;
  std::vector<std::uint32_t> flags;
  std::vector<std::uint32_t> dropped_attributes;
  std::vector<std::uint32_t> dropped_events;
  std::vector<std::uint32_t> dropped_links;
  AttributeColumns attributes;
  EventTable events;
  LinkTable links;

  std::uint32_t rows() const { return static_cast<std::uint32_t>(span_ids.size()); }
  std::size_t traces() const { return trace_ids.size(); }
  // The rows of a trace; an empty range when it is not here.
  std::pair<std::uint32_t, std::uint32_t> rows_of(const TraceId& id) const;
  std::size_t bytes() const;  // of memory, about
};

// Where a span ends; the last instant there is when that does not fit.
inline std::int64_t end_of_span(std::int64_t start, std::int64_t duration) {
  if (duration <= 0) return start;
  return start > std::numeric_limits<std::int64_t>::max() - duration
             ? std::numeric_limits<std::int64_t>::max()
             : start + duration;
}

inline std::uint32_t at_or_zero(const std::vector<std::uint32_t>& column, std::uint32_t row) {
  return column.empty() ? 0 : column[row];
}

// The span at a row, whole. The resource and scope are read apart. Error: invalid for values that no encoder
// made.
Result<Span> read_span(const SpanTable& table, std::uint32_t row);
// Attributes of one item (span, event or link) by key.
Result<Attributes> read_attributes(const SpanTable& table, const AttributeColumns& columns,
                                   std::uint32_t item);

}  // namespace aloft::telemetry::traces
