// Reading spans back out of columns.
#include "telemetry/traces/store/table.h"

#include "telemetry/traces/store/value_codec.h"

namespace aloft::telemetry::traces {
namespace {

// Differences were taken the same way, so any two times come back as they were.
std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::size_t bytes_of(const AttributeColumns& columns) {
  std::size_t bytes = 0;
  for (const AttributeColumn& column : columns) {
    bytes += sizeof column + column.present.bytes() + column.ids.size() * 4 + column.integers.size() * 8 +
             column.reals.size() * 8;
  }
  return bytes;
}

Result<AttributeValue> read_column(const SpanTable& table, const AttributeColumn& column,
                                   std::uint32_t place) {
  AttributeValue value;
  switch (column.type) {
    case ColumnType::string:
      value.data = std::string(table.strings.at(column.ids[place]));
      break;
    case ColumnType::boolean:
      value.data = column.integers[place] != 0;
      break;
    case ColumnType::integer:
      value.data = column.integers[place];
      break;
    case ColumnType::real:
      value.data = column.reals[place];
      break;
    case ColumnType::other:
      return decode_value(table.strings.at(column.ids[place]));
  }
  return value;
}

Result<> read_events(const SpanTable& table, std::uint32_t row, Span& span) {
  if (table.events.first.empty()) return {};
  for (std::uint32_t i = table.events.first[row]; i < table.events.first[row + 1]; ++i) {
    SpanEvent event;
    event.time_ns = wrapping_sum(span.start_ns, table.events.offsets[i]);
    event.name = table.strings.at(table.events.names[i]);
    TRY(attributes, read_attributes(table, table.events.attributes, i));
    event.attributes = std::move(attributes);
    span.events.push_back(std::move(event));
  }
  return {};
}

Result<> read_links(const SpanTable& table, std::uint32_t row, Span& span) {
  if (table.links.first.empty()) return {};
  for (std::uint32_t i = table.links.first[row]; i < table.links.first[row + 1]; ++i) {
    SpanLink link;
    link.trace_id = table.links.trace_ids[i];
    link.span_id = to_span_id(table.links.span_ids[i]);
    link.trace_state = table.strings.at(table.links.states[i]);
    TRY(attributes, read_attributes(table, table.links.attributes, i));
    link.attributes = std::move(attributes);
    span.links.push_back(std::move(link));
  }
  return {};
}

}  // namespace

Presence::Presence(std::vector<std::uint64_t> bits) : bits_(std::move(bits)) {
  before_.reserve(bits_.size());
  std::uint32_t count = 0;
  for (const std::uint64_t word : bits_) {
    before_.push_back(count);
    count += static_cast<std::uint32_t>(std::popcount(word));
  }
}

std::uint64_t to_number(const SpanId& id) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : id) number = number << 8 | byte;
  return number;
}

SpanId to_span_id(std::uint64_t number) {
  SpanId id{};
  for (std::size_t i = 8; i-- > 0; number >>= 8) id[i] = static_cast<std::uint8_t>(number);
  return id;
}

std::pair<std::uint32_t, std::uint32_t> SpanTable::rows_of(const TraceId& id) const {
  const auto found = std::lower_bound(trace_ids.begin(), trace_ids.end(), id);
  if (found == trace_ids.end() || *found != id) return {0, 0};
  const auto at = static_cast<std::size_t>(found - trace_ids.begin());
  return {trace_rows[at], trace_rows[at + 1]};
}

std::size_t SpanTable::bytes() const {
  const std::size_t wide = span_ids.size() * 4 * 8 + trace_ids.size() * 20;
  const std::size_t narrow = names.size() * 14;
  const std::size_t rare = status_messages.size() + trace_states.size() + flags.size() +
                           dropped_attributes.size() + dropped_events.size() + dropped_links.size();
  const std::size_t nested = (events.first.size() + links.first.size()) * 4 + events.offsets.size() * 12 +
                             links.span_ids.size() * 28;
  return sizeof *this + strings.bytes() + wide + narrow + rare * 4 + nested + bytes_of(attributes) +
         bytes_of(events.attributes) + bytes_of(links.attributes);
}

Result<Attributes> read_attributes(const SpanTable& table, const AttributeColumns& columns,
                                   std::uint32_t item) {
  Attributes attributes;
  for (const AttributeColumn& column : columns) {
    const std::uint32_t place = column.present.place(item);
    if (place == no_row) continue;
    TRY(value, read_column(table, column, place));
    attributes.push_back({std::string(table.strings.at(column.key)), std::move(value)});
  }
  std::sort(attributes.begin(), attributes.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return attributes;
}

Result<Span> read_span(const SpanTable& table, std::uint32_t row) {
  Span span;
  const auto trace = std::upper_bound(table.trace_rows.begin(), table.trace_rows.end(), row);
  span.trace_id = table.trace_ids[static_cast<std::size_t>(trace - table.trace_rows.begin()) - 1];
  span.span_id = to_span_id(table.span_ids[row]);
  span.parent_id = to_span_id(table.parent_ids[row]);
  span.trace_state = table.strings.at(at_or_zero(table.trace_states, row));
  span.flags = at_or_zero(table.flags, row);
  span.name = table.strings.at(table.names[row]);
  span.kind = static_cast<SpanKind>(table.kinds[row]);
  span.start_ns = table.starts[row];
  span.end_ns = wrapping_sum(table.starts[row], table.durations[row]);
  span.status = static_cast<SpanStatus>(table.statuses[row]);
  span.status_message = table.strings.at(at_or_zero(table.status_messages, row));
  span.dropped_attributes = at_or_zero(table.dropped_attributes, row);
  span.dropped_events = at_or_zero(table.dropped_events, row);
  span.dropped_links = at_or_zero(table.dropped_links, row);
  TRY(attributes, read_attributes(table, table.attributes, row));
  span.attributes = std::move(attributes);
  TRY_DO(read_events(table, row, span));
  TRY_DO(read_links(table, row, span));
  return span;
}

}  // namespace aloft::telemetry::traces
