// A query's fields found in a table: which columns they are, and what each resource and scope gives. And a
// trace as queries see it: its spans from all parts of the store together.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "telemetry/traces/store/part.h"
#include "telemetry/traces/traceql/ast.h"

namespace aloft::telemetry::traces::traceql {

// Trace ids in answers and comparisons have no leading zeros, as Tempo's.
std::string short_trace_id(const TraceId& id);

// The columns that a query needs of a table.
ColumnChoice columns_of(const Query& query);

// Used by one thread. Borrows the query, owns the table.
class BoundTable {
 public:
  BoundTable(std::shared_ptr<const SpanTable> table, const std::vector<FieldName>& fields);
  const SpanTable& table() const { return *table_; }
  std::string_view service(std::uint32_t row) const { return services_[table_->resource_of[row]]; }
  std::string_view name(std::uint32_t row) const { return table_->strings.at(table_->names[row]); }

  // An attribute of a span, of its resource or scope, or of any of its events or links (a list when several
  // have one). Nil when there is none. `lists` keeps what lists point to.
  Value attribute(std::uint32_t row, std::uint32_t slot, std::deque<std::vector<Value>>& lists) const;
  // The columns of a field among the span's attributes.
  const std::vector<const AttributeColumn*>& span_columns(std::uint32_t slot) const {
    return fields_[slot].columns;
  }
  // By index into the table's resources (scopes).
  const std::vector<Value>& resource_values(std::uint32_t slot) const { return fields_[slot].resources; }
  const std::vector<Value>& scope_values(std::uint32_t slot) const { return fields_[slot].scopes; }
  Value column_value(const AttributeColumn& column, std::uint32_t place) const;
  const InstrumentationScope& scope(std::uint32_t row) const { return scopes_[table_->scope_of[row]]; }
  const Attributes& resource(std::uint32_t row) const { return resources_[table_->resource_of[row]]; }

 private:
  struct Bound {
    FieldName field;
    std::vector<const AttributeColumn*> columns;
    std::vector<Value> resources;
    std::vector<Value> scopes;
  };
  void bind(Bound& bound) const;
  Value convert(const AttributeValue& value) const;
  Value nested(const Bound& bound, std::uint32_t begin, std::uint32_t end,
               std::deque<std::vector<Value>>& lists) const;

  std::shared_ptr<const SpanTable> table_;
  std::vector<Attributes> resources_;
  std::vector<InstrumentationScope> scopes_;
  std::vector<std::string_view> services_;
  std::vector<Bound> fields_;
  // Lists, maps and bytes decoded so far, by string number; the values inside are borrowed from here.
  mutable std::unordered_map<std::uint32_t, Value> others_;
  mutable std::deque<AttributeValue> decoded_;
  mutable std::deque<std::string> texts_;
  mutable std::deque<std::vector<Value>> lists_;
};

struct SpanRef {
  const BoundTable* table = nullptr;
  std::uint32_t row = 0;
  std::uint64_t span_id() const { return table->table().span_ids[row]; }
  std::uint64_t parent_id() const { return table->table().parent_ids[row]; }
  std::int64_t start() const { return table->table().starts[row]; }
  std::int64_t duration() const { return table->table().durations[row]; }
  SpanKind kind() const { return static_cast<SpanKind>(table->table().kinds[row]); }
  SpanStatus status() const { return static_cast<SpanStatus>(table->table().statuses[row]); }
};

inline constexpr std::uint32_t no_span = ~std::uint32_t{0};

// One trace, its spans by start and without duplicates. Used by one thread.
class TraceView {
 public:
  TraceView(const TraceId& id, std::vector<SpanRef> spans);
  const TraceId& id() const { return id_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(spans_.size()); }
  const SpanRef& span(std::uint32_t index) const { return spans_[index]; }
  std::int64_t start() const { return start_; }
  std::int64_t end() const { return end_; }
  // no_span when the span has no parent here.
  std::uint32_t parent(std::uint32_t index) const { return parents()[index]; }
  // The first span without a parent id; no_span when it has not come.
  std::uint32_t root() const;
  std::uint32_t child_count(std::uint32_t index) const;
  // Numbers of the nested set: 0 for spans that no root leads to; the parent of a root is -1.
  struct Nested {
    std::int64_t left = 0;
    std::int64_t right = 0;
    std::int64_t parent = 0;
  };
  const Nested& nested(std::uint32_t index) const;
  // A value of the span at `index` for a field of the query.
  Value value(std::uint32_t index, const FieldName& field, std::uint32_t slot) const;

 private:
  const std::vector<std::uint32_t>& parents() const;
  Value intrinsic(std::uint32_t index, Intrinsic field) const;
  Value nested_text(std::uint32_t index, Intrinsic field) const;
  std::string_view keep(std::string text) const { return texts_.emplace_back(std::move(text)); }

  TraceId id_;
  std::vector<SpanRef> spans_;
  std::int64_t start_ = 0;
  std::int64_t end_ = 0;
  // Computed when first asked for.
  mutable std::vector<std::uint32_t> parents_;
  mutable std::vector<std::uint32_t> child_counts_;
  mutable std::vector<Nested> nested_;
  mutable std::deque<std::string> texts_;
  mutable std::deque<std::vector<Value>> lists_;
};

}  // namespace aloft::telemetry::traces::traceql
