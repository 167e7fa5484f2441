// Summaries of tables, and the part that is one table in memory.
#include "telemetry/traces/store/part.h"

#include "telemetry/traces/store/value_codec.h"

namespace aloft::telemetry::traces {
namespace {

void add_keys(std::set<std::string>& keys, const SpanTable& table, const AttributeColumns& columns) {
  for (const AttributeColumn& column : columns) keys.emplace(table.strings.at(column.key));
}

// The services of a table's resources; the name of a resource without one is empty.
std::vector<std::string> read_resources(const SpanTable& table, PartSummary& summary) {
  std::vector<std::string> services;
  for (const std::uint32_t id : table.resources) {
    std::string service;
    if (const auto attributes = decode_attributes(table.strings.at(id))) {
      for (const auto& [key, value] : *attributes) {
        summary.resource_keys.insert(key);
        if (key == "service.name") service = value.to_text();
      }
    }
    services.push_back(std::move(service));
  }
  return services;
}

class MemoryPart final : public Part {
 public:
  explicit MemoryPart(std::shared_ptr<const SpanTable> table)
      : table_(std::move(table)), groups_{describe(*table_)} {
    sum_up(groups_);
  }
  const std::string& name() const override { return name_; }
  const std::vector<GroupInfo>& groups() const override { return groups_; }
  bool may_hold(const TraceId& id) const override {
    const auto [begin, end] = table_->rows_of(id);
    return begin < end;
  }
  Result<std::shared_ptr<const SpanTable>> load(std::size_t, const ColumnChoice&) const override {
    return table_;
  }
  Result<std::shared_ptr<const SpanTable>> load_for(std::size_t, const TraceId& id,
                                                    const ColumnChoice&) const override {
    return may_hold(id) ? table_ : nullptr;
  }
  std::shared_ptr<const PartSummary> summary() const override {
    return std::make_shared<const PartSummary>(summarize(*table_));
  }
  bool has_summary() const override { return false; }

 private:
  std::string name_ = "memory";
  std::shared_ptr<const SpanTable> table_;
  std::vector<GroupInfo> groups_;
};

}  // namespace

void PartSummary::merge(const PartSummary& other) {
  for (const auto& [service, operations] : other.services) {
    std::set<Operation>& known = services[service];
    for (const Operation& operation : operations) {
      if (known.size() >= operations_limit) break;
      known.insert(operation);
    }
  }
  resource_keys.insert(other.resource_keys.begin(), other.resource_keys.end());
  scope_keys.insert(other.scope_keys.begin(), other.scope_keys.end());
  span_keys.insert(other.span_keys.begin(), other.span_keys.end());
  event_keys.insert(other.event_keys.begin(), other.event_keys.end());
  link_keys.insert(other.link_keys.begin(), other.link_keys.end());
}

PartSummary summarize(const SpanTable& table) {
  PartSummary summary;
  const std::vector<std::string> services = read_resources(table, summary);
  for (const std::uint32_t id : table.scopes) {
    if (const auto scope = decode_scope(table.strings.at(id))) {
      for (const auto& [key, value] : scope->attributes) summary.scope_keys.insert(key);
    }
  }
  add_keys(summary.span_keys, table, table.attributes);
  add_keys(summary.event_keys, table, table.events.attributes);
  add_keys(summary.link_keys, table, table.links.attributes);
  // Each (resource, name, kind) once, since strings are compared by number then.
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint8_t>> seen;
  for (std::uint32_t row = 0; row < table.rows(); ++row) {
    const auto key = std::tuple(table.resource_of[row], table.names[row], table.kinds[row]);
    if (!seen.insert(key).second) continue;
    std::set<Operation>& operations = summary.services[services[table.resource_of[row]]];
    if (operations.size() >= operations_limit) continue;
    operations.insert(
        {std::string(table.strings.at(table.names[row])), static_cast<SpanKind>(table.kinds[row])});
  }
  return summary;
}

GroupInfo describe(const SpanTable& table) {
  GroupInfo info;
  info.rows = table.rows();
  info.traces = static_cast<std::uint32_t>(table.traces());
  if (table.rows() == 0) return info;
  info.first = table.trace_ids.front();
  info.last = table.trace_ids.back();
  const auto [least, most] = std::minmax_element(table.starts.begin(), table.starts.end());
  info.starts = {*least, *most};
  info.latest_end = std::numeric_limits<std::int64_t>::min();
  for (std::uint32_t row = 0; row < table.rows(); ++row) {
    const std::int64_t end = end_of_span(table.starts[row], table.durations[row]);
    info.latest_end = std::max(info.latest_end, end);
  }
  return info;
}

void Part::sum_up(const std::vector<GroupInfo>& groups) {
  starts_ = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
  for (const GroupInfo& group : groups) {
    starts_.begin = std::min(starts_.begin, group.starts.begin);
    starts_.end = std::max(starts_.end, group.starts.end);
    rows_ += group.rows;
  }
}

std::shared_ptr<const Part> make_memory_part(std::shared_ptr<const SpanTable> table) {
  return std::make_shared<const MemoryPart>(std::move(table));
}

}  // namespace aloft::telemetry::traces
