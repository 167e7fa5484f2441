// Spans into columns. A column of a batch is looked up by its key once for a run of like spans: spans of one
// library carry the same keys in the same order.
#include "telemetry/traces/store/table_builder.h"

#include "telemetry/traces/store/value_codec.h"

namespace aloft::telemetry::traces {
namespace {

// At a border of UTF-8 characters.
std::string_view cut_text(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t at = limit;
  while (at > 0 && (static_cast<std::uint8_t>(text[at]) & 0xC0) == 0x80) --at;
  return text.substr(0, at);
}

// Columns that grow item by item.
class ColumnsBuilder {
 public:
  ColumnsBuilder(StringPool& pool, Interner& interner, const AttributeLimits& limits, Trimmed& trimmed)
      : pool_(pool), interner_(interner), limits_(limits), trimmed_(trimmed) {}

  void add(std::uint32_t item, const Attributes& attributes) {
    if (recent_.size() < attributes.size()) recent_.resize(attributes.size(), no_row);
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const auto& [key, value] = attributes[i];
      if (i >= limits_.per_item || key.empty() || key.size() > limits_.key_bytes) {
        ++trimmed_.dropped;
        continue;
      }
      Open& open = column_for(i, key, type_of(value));
      // A key that stands twice in one item is against the protocol; the first counts.
      if (seen_elsewhere(open, item)) {
        ++trimmed_.dropped;
        continue;
      }
      put(open, item, value);
    }
  }

  AttributeColumns finish(std::uint32_t items) {
    AttributeColumns columns;
    columns.reserve(open_.size());
    for (Open& open : open_) {
      if (open.column.size() == 0) continue;
      if (open.column.size() < items) {
        open.bits.resize((items + 63) / 64);
        open.column.present = Presence(std::move(open.bits));
      }
      columns.push_back(std::move(open.column));
    }
    return columns;
  }

 private:
  struct Open {
    AttributeColumn column;
    std::vector<std::uint64_t> bits;
    std::uint32_t last = no_row;
    std::uint32_t next_of_key = no_row;  // the same key with another type; a ring
  };

  static ColumnType type_of(const AttributeValue& value) {
    switch (value.data.index()) {
      case 1:
        return ColumnType::string;
      case 2:
        return ColumnType::boolean;
      case 3:
        return ColumnType::integer;
      case 4:
        return ColumnType::real;
      default:
        return ColumnType::other;
    }
  }

  Open& column_for(std::size_t position, const std::string& key, ColumnType type) {
    if (const std::uint32_t guess = recent_[position]; guess != no_row) {
      Open& open = open_[guess];
      if (open.column.type == type && pool_.at(open.column.key) == key) return open;
    }
    const std::uint32_t id = interner_.intern(key);
    std::uint32_t first = no_row;
    if (id < by_key_.size()) first = by_key_[id];
    for (std::uint32_t at = first; at != no_row; at = open_[at].next_of_key) {
      if (open_[at].column.type == type) {
        recent_[position] = at;
        return open_[at];
      }
    }
    const auto made = static_cast<std::uint32_t>(open_.size());
    Open& open = open_.emplace_back();
    open.column.key = id;
    open.column.type = type;
    open.next_of_key = first;
    if (id >= by_key_.size()) by_key_.resize(std::size_t{id} + 32, no_row);
    by_key_[id] = made;
    recent_[position] = made;
    return open;
  }

  bool seen_elsewhere(const Open& open, std::uint32_t item) const {
    for (std::uint32_t at = by_key_[open.column.key]; at != no_row; at = open_[at].next_of_key) {
      if (open_[at].last == item) return true;
    }
    return false;
  }

  void put(Open& open, std::uint32_t item, const AttributeValue& value) {
    AttributeColumn& column = open.column;
    switch (column.type) {
      case ColumnType::string: {
        const std::string_view text = *value.if_string();
        const std::string_view kept = cut_text(text, limits_.value_bytes);
        if (kept.size() < text.size()) ++trimmed_.cut;
        column.ids.push_back(interner_.intern(kept));
        break;
      }
      case ColumnType::boolean:
        column.integers.push_back(std::get<bool>(value.data) ? 1 : 0);
        break;
      case ColumnType::integer:
        column.integers.push_back(std::get<std::int64_t>(value.data));
        break;
      case ColumnType::real:
        column.reals.push_back(std::get<double>(value.data));
        break;
      case ColumnType::other: {
        std::string bytes;
        put_value(bytes, value);
        if (bytes.size() > limits_.value_bytes) {
          ++trimmed_.dropped;
          return;
        }
        column.ids.push_back(interner_.intern(bytes));
      }
    }
    open.last = item;
    if (open.bits.size() <= item / 64) open.bits.resize(item / 64 + 1);
    open.bits[item / 64] |= std::uint64_t{1} << (item % 64);
  }

  StringPool& pool_;
  Interner& interner_;
  const AttributeLimits& limits_;
  Trimmed& trimmed_;
  std::vector<Open> open_;
  std::vector<std::uint32_t> by_key_;  // the newest column of a key
  std::vector<std::uint32_t> recent_;  // the column that the attribute at a position had last
};

// Sets a value of a column that stays empty while all are zero.
void set_rare(std::vector<std::uint32_t>& column, std::uint32_t row, std::uint32_t value, std::size_t rows) {
  if (value == 0) return;
  if (column.empty()) column.resize(rows);
  column[row] = value;
}

struct SpanPlace {
  const Span* span = nullptr;
  std::uint32_t resource = 0;
  std::uint32_t scope = 0;
};

class TableBuilder {
 public:
  TableBuilder(const AttributeLimits& limits, Trimmed& trimmed)
      : limits_(limits),
        trimmed_(trimmed),
        interner_(table_.strings),
        attributes_(table_.strings, interner_, limits, trimmed),
        event_attributes_(table_.strings, interner_, limits, trimmed),
        link_attributes_(table_.strings, interner_, limits, trimmed) {}

  SpanTable build(const SpanBatch& batch, const std::vector<bool>& take) {
    std::vector<SpanPlace> places = gather(batch, take);
    std::sort(places.begin(), places.end(), [](const SpanPlace& a, const SpanPlace& b) {
      if (a.span->trace_id != b.span->trace_id) return a.span->trace_id < b.span->trace_id;
      if (a.span->start_ns != b.span->start_ns) return a.span->start_ns < b.span->start_ns;
      return a.span->span_id < b.span->span_id;
    });
    reserve(places.size());
    for (const SpanPlace& place : places) add(place, places.size());
    finish();
    return std::move(table_);
  }

 private:
  std::vector<SpanPlace> gather(const SpanBatch& batch, const std::vector<bool>& take) {
    std::vector<SpanPlace> places;
    std::size_t number = 0;
    for (const ResourceSpans& resource : batch.resources) {
      const std::uint32_t resource_index = distinct(table_.resources, encode_attributes(resource.resource));
      for (const ScopeSpans& scope : resource.scopes) {
        const std::uint32_t scope_index = distinct(table_.scopes, encode_scope(scope.scope));
        for (const Span& span : scope.spans) {
          if (take.empty() || take[number]) places.push_back({&span, resource_index, scope_index});
          ++number;
        }
      }
    }
    return places;
  }

  std::uint32_t distinct(std::vector<std::uint32_t>& list, std::string_view bytes) {
    const std::uint32_t id = interner_.intern(bytes);
    const auto found = std::find(list.begin(), list.end(), id);
    if (found == list.end()) {
      list.push_back(id);
      return static_cast<std::uint32_t>(list.size() - 1);
    }
    return static_cast<std::uint32_t>(found - list.begin());
  }

  void reserve(std::size_t rows) {
    table_.span_ids.reserve(rows);
    table_.parent_ids.reserve(rows);
    table_.starts.reserve(rows);
    table_.durations.reserve(rows);
    table_.names.reserve(rows);
    table_.kinds.reserve(rows);
    table_.statuses.reserve(rows);
    table_.resource_of.reserve(rows);
    table_.scope_of.reserve(rows);
  }

  void add(const SpanPlace& place, std::size_t rows) {
    const Span& span = *place.span;
    const std::uint32_t row = table_.rows();
    if (table_.trace_ids.empty() || table_.trace_ids.back() != span.trace_id) {
      table_.trace_ids.push_back(span.trace_id);
      table_.trace_rows.push_back(row);
    }
    table_.span_ids.push_back(to_number(span.span_id));
    table_.parent_ids.push_back(to_number(span.parent_id));
    table_.starts.push_back(span.start_ns);
    // Wraps like the machine for times that no clock gives; reading wraps back.
    table_.durations.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(span.end_ns) -
                                                         static_cast<std::uint64_t>(span.start_ns)));
    table_.names.push_back(interner_.intern(text(span.name)));
    table_.kinds.push_back(static_cast<std::uint8_t>(span.kind));
    table_.statuses.push_back(static_cast<std::uint8_t>(span.status));
    table_.resource_of.push_back(place.resource);
    table_.scope_of.push_back(place.scope);
    set_rare(table_.status_messages, row, interner_.intern(text(span.status_message)), rows);
    set_rare(table_.trace_states, row, interner_.intern(text(span.trace_state)), rows);
    set_rare(table_.flags, row, span.flags, rows);
    set_rare(table_.dropped_attributes, row, span.dropped_attributes, rows);
    set_rare(table_.dropped_events, row, span.dropped_events, rows);
    set_rare(table_.dropped_links, row, span.dropped_links, rows);
    attributes_.add(row, span.attributes);
    add_events(row, span, rows);
    add_links(row, span, rows);
  }

  std::string_view text(std::string_view value) {
    const std::string_view kept = cut_text(value, limits_.value_bytes);
    if (kept.size() < value.size()) ++trimmed_.cut;
    return kept;
  }

  // The start of each row's run, filled up to this row.
  static void open_run(std::vector<std::uint32_t>& first, std::uint32_t row, std::uint32_t count,
                       std::size_t rows) {
    if (first.empty()) first.reserve(rows + 1);
    first.resize(std::size_t{row} + 1, count);
  }

  void add_events(std::uint32_t row, const Span& span, std::size_t rows) {
    if (span.events.empty()) return;
    EventTable& events = table_.events;
    open_run(events.first, row, events.count(), rows);
    const std::size_t kept = std::min(span.events.size(), limits_.events);
    trimmed_.dropped += span.events.size() - kept;
    for (std::size_t i = 0; i < kept; ++i) {
      const SpanEvent& event = span.events[i];
      event_attributes_.add(events.count(), event.attributes);
      events.offsets.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(event.time_ns) -
                                                         static_cast<std::uint64_t>(span.start_ns)));
      events.names.push_back(interner_.intern(text(event.name)));
    }
    events.first.resize(std::size_t{row} + 2, events.count());
  }

  void add_links(std::uint32_t row, const Span& span, std::size_t rows) {
    if (span.links.empty()) return;
    LinkTable& links = table_.links;
    open_run(links.first, row, links.count(), rows);
    const std::size_t kept = std::min(span.links.size(), limits_.events);
    trimmed_.dropped += span.links.size() - kept;
    for (std::size_t i = 0; i < kept; ++i) {
      const SpanLink& link = span.links[i];
      link_attributes_.add(links.count(), link.attributes);
      links.trace_ids.push_back(link.trace_id);
      links.states.push_back(interner_.intern(text(link.trace_state)));
      links.span_ids.push_back(to_number(link.span_id));
    }
    links.first.resize(std::size_t{row} + 2, links.count());
  }

  void finish() {
    const std::uint32_t rows = table_.rows();
    table_.trace_rows.push_back(rows);
    if (!table_.events.first.empty())
      table_.events.first.resize(std::size_t{rows} + 1, table_.events.count());
    if (!table_.links.first.empty()) table_.links.first.resize(std::size_t{rows} + 1, table_.links.count());
    table_.attributes = attributes_.finish(rows);
    table_.events.attributes = event_attributes_.finish(table_.events.count());
    table_.links.attributes = link_attributes_.finish(table_.links.count());
  }

  const AttributeLimits& limits_;
  Trimmed& trimmed_;
  SpanTable table_;
  Interner interner_;
  ColumnsBuilder attributes_;
  ColumnsBuilder event_attributes_;
  ColumnsBuilder link_attributes_;
};

}  // namespace

SpanTable build_table(const SpanBatch& batch, const AttributeLimits& limits, const std::vector<bool>& take,
                      Trimmed& trimmed) {
  return TableBuilder(limits, trimmed).build(batch, take);
}

}  // namespace aloft::telemetry::traces
