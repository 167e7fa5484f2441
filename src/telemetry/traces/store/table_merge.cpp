// One table out of several: rows are put in order first, then every column is copied as a whole.
#include <queue>
#include <unordered_set>

#include "telemetry/traces/store/table_builder.h"

namespace aloft::telemetry::traces {
namespace {

struct RowRef {
  std::uint32_t slice = 0;
  std::uint32_t row = 0;
};

// A source table with the numbers its strings have in the merged one; filled as they are met.
class Source {
 public:
  Source(const TableSlice& slice, Interner& out)
      : slice_(slice), out_(out), ids_(slice.table->strings.size(), no_row) {
    ids_[0] = 0;
    target_.assign(slice.end - slice.begin, no_row);
  }
  const SpanTable& table() const { return *slice_.table; }
  std::uint32_t begin() const { return slice_.begin; }
  std::uint32_t end() const { return slice_.end; }
  std::uint32_t id(std::uint32_t id) {
    if (ids_[id] == no_row) ids_[id] = out_.intern(table().strings.at(id));
    return ids_[id];
  }
  // The merged row of a row; no_row when it was a duplicate.
  std::uint32_t& target(std::uint32_t row) { return target_[row - slice_.begin]; }

 private:
  TableSlice slice_;
  Interner& out_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint32_t> target_;
};

// A column being filled in any order, ordered afterwards.
struct Scatter {
  AttributeColumn column;
  std::vector<std::uint64_t> bits;
  std::vector<std::uint64_t> values;  // by item; ids, integers or the bits of doubles
};

// Where the values of one kind of item (spans, events, links) of a source go.
struct ItemMap {
  Source* source = nullptr;
  const AttributeColumns* columns = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  const std::vector<std::uint32_t>* target = nullptr;  // by item - begin
};

void copy_column(Scatter& out, const ItemMap& map, const AttributeColumn& column) {
  column.present.each(map.begin, map.end, [&](std::uint32_t item, std::uint32_t place) {
    const std::uint32_t to = (*map.target)[item - map.begin];
    if (to == no_row) return;
    out.bits[to / 64] |= std::uint64_t{1} << (to % 64);
    std::uint64_t& value = out.values[to];
    switch (column.type) {
      case ColumnType::string:
      case ColumnType::other:
        value = map.source->id(column.ids[place]);
        break;
      case ColumnType::boolean:
      case ColumnType::integer:
        value = static_cast<std::uint64_t>(column.integers[place]);
        break;
      case ColumnType::real:
        value = std::bit_cast<std::uint64_t>(column.reals[place]);
    }
  });
}

AttributeColumn settle(Scatter& scatter, std::uint32_t items) {
  AttributeColumn& column = scatter.column;
  for (std::uint32_t word = 0; word < scatter.bits.size(); ++word) {
    for (std::uint64_t bits = scatter.bits[word]; bits != 0; bits &= bits - 1) {
      const std::uint64_t value =
          scatter.values[word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits))];
      switch (column.type) {
        case ColumnType::string:
        case ColumnType::other:
          column.ids.push_back(static_cast<std::uint32_t>(value));
          break;
        case ColumnType::boolean:
        case ColumnType::integer:
          column.integers.push_back(static_cast<std::int64_t>(value));
          break;
        case ColumnType::real:
          column.reals.push_back(std::bit_cast<double>(value));
      }
    }
  }
  if (column.size() < items) column.present = Presence(std::move(scatter.bits));
  return std::move(column);
}

AttributeColumns merge_columns(std::vector<ItemMap>& maps, std::uint32_t items) {
  // The columns of one key and type from all sources, in a steady order.
  std::map<std::pair<std::uint32_t, ColumnType>, std::vector<std::pair<ItemMap*, const AttributeColumn*>>>
      like;
  for (ItemMap& map : maps) {
    for (const AttributeColumn& column : *map.columns) {
      like[{map.source->id(column.key), column.type}].emplace_back(&map, &column);
    }
  }
  AttributeColumns columns;
  std::vector<std::uint64_t> values(items);
  for (auto& [name, sources] : like) {
    Scatter scatter;
    scatter.column.key = name.first;
    scatter.column.type = name.second;
    scatter.bits.assign((items + 63) / 64, 0);
    scatter.values.swap(values);
    for (const auto& [map, column] : sources) copy_column(scatter, *map, *column);
    AttributeColumn settled = settle(scatter, items);
    if (settled.size() > 0) columns.push_back(std::move(settled));
    values.swap(scatter.values);
  }
  return columns;
}

class Merger {
 public:
  explicit Merger(std::span<const TableSlice> slices) : interner_(table_.strings, 256) {
    sources_.reserve(slices.size());
    for (const TableSlice& slice : slices) {
      if (slice.begin < slice.end) sources_.emplace_back(slice, interner_);
    }
  }

  SpanTable merge() {
    order_rows();
    copy_rows();
    copy_attributes();
    copy_events();
    copy_links();
    return std::move(table_);
  }

 private:
  // Positions of sources within their traces, smallest trace id on top.
  struct Cursor {
    std::uint32_t source = 0;
    std::size_t trace = 0;
  };

  void order_rows() {
    const auto id_of = [this](const Cursor& at) -> const TraceId& {
      return sources_[at.source].table().trace_ids[at.trace];
    };
    const auto later = [&](const Cursor& a, const Cursor& b) { return id_of(b) < id_of(a); };
    std::priority_queue<Cursor, std::vector<Cursor>, decltype(later)> queue(later);
    for (std::uint32_t i = 0; i < sources_.size(); ++i) {
      const auto& rows = sources_[i].table().trace_rows;
      const auto trace = std::upper_bound(rows.begin(), rows.end(), sources_[i].begin()) - rows.begin() - 1;
      queue.push({i, static_cast<std::size_t>(trace)});
    }
    std::vector<RowRef> trace_rows;
    while (!queue.empty()) {
      const TraceId id = id_of(queue.top());
      trace_rows.clear();
      while (!queue.empty() && id_of(queue.top()) == id) {
        Cursor at = queue.top();
        queue.pop();
        const Source& source = sources_[at.source];
        for (std::uint32_t row = source.table().trace_rows[at.trace];
             row < source.table().trace_rows[at.trace + 1]; ++row) {
          trace_rows.push_back({at.source, row});
        }
        if (source.table().trace_rows[++at.trace] < source.end()) queue.push(at);
      }
      add_trace(id, trace_rows);
    }
    table_.trace_rows.push_back(static_cast<std::uint32_t>(order_.size()));
  }

  void add_trace(const TraceId& id, std::vector<RowRef>& rows) {
    table_.trace_ids.push_back(id);
    table_.trace_rows.push_back(static_cast<std::uint32_t>(order_.size()));
    const auto key = [this](const RowRef& ref) {
      const SpanTable& table = sources_[ref.slice].table();
      return std::tuple(table.starts[ref.row], table.span_ids[ref.row], table.kinds[ref.row], ref.slice);
    };
    std::sort(rows.begin(), rows.end(), [&](const RowRef& a, const RowRef& b) { return key(a) < key(b); });
    seen_.clear();
    const bool several = rows.size() > 1;
    for (const RowRef& ref : rows) {
      const SpanTable& table = sources_[ref.slice].table();
      if (several && !seen_.insert(mix64(table.span_ids[ref.row]) + table.kinds[ref.row]).second) continue;
      sources_[ref.slice].target(ref.row) = static_cast<std::uint32_t>(order_.size());
      order_.push_back(ref);
    }
  }

  template <class T, class F>
  std::vector<T> column(F value) {
    std::vector<T> out;
    out.reserve(order_.size());
    for (const RowRef& ref : order_) out.push_back(value(sources_[ref.slice], ref.row));
    return out;
  }

  // A column that is empty where all are zero.
  template <class F>
  std::vector<std::uint32_t> rare(std::vector<std::uint32_t> SpanTable::* member, F value) {
    for (const Source& source : sources_) {
      if (!(source.table().*member).empty()) {
        return column<std::uint32_t>([&](Source& from, std::uint32_t row) {
          return value(from, at_or_zero(from.table().*member, row));
        });
      }
    }
    return {};
  }

  std::vector<std::uint32_t> distinct(std::vector<std::uint32_t> SpanTable::* list,
                                      std::vector<std::uint32_t> SpanTable::* of,
                                      std::vector<std::uint32_t>& out_list) {
    std::unordered_map<std::uint32_t, std::uint32_t> index;
    return column<std::uint32_t>([&](Source& from, std::uint32_t row) {
      const std::uint32_t id = from.id((from.table().*list)[(from.table().*of)[row]]);
      const auto [found, fresh] = index.emplace(id, static_cast<std::uint32_t>(out_list.size()));
      if (fresh) out_list.push_back(id);
      return found->second;
    });
  }

  void copy_rows() {
    const auto text = [](Source& from, std::uint32_t id) { return from.id(id); };
    const auto number = [](Source&, std::uint32_t value) { return value; };
    table_.span_ids = column<std::uint64_t>([](Source& s, std::uint32_t r) { return s.table().span_ids[r]; });
    table_.parent_ids =
        column<std::uint64_t>([](Source& s, std::uint32_t r) { return s.table().parent_ids[r]; });
    table_.starts = column<std::int64_t>([](Source& s, std::uint32_t r) { return s.table().starts[r]; });
    table_.durations =
        column<std::int64_t>([](Source& s, std::uint32_t r) { return s.table().durations[r]; });
    table_.names = column<std::uint32_t>([](Source& s, std::uint32_t r) { return s.id(s.table().names[r]); });
    table_.kinds = column<std::uint8_t>([](Source& s, std::uint32_t r) { return s.table().kinds[r]; });
    table_.statuses = column<std::uint8_t>([](Source& s, std::uint32_t r) { return s.table().statuses[r]; });
    table_.resource_of = distinct(&SpanTable::resources, &SpanTable::resource_of, table_.resources);
    table_.scope_of = distinct(&SpanTable::scopes, &SpanTable::scope_of, table_.scopes);
    table_.status_messages = rare(&SpanTable::status_messages, text);
    table_.trace_states = rare(&SpanTable::trace_states, text);
    table_.flags = rare(&SpanTable::flags, number);
    table_.dropped_attributes = rare(&SpanTable::dropped_attributes, number);
    table_.dropped_events = rare(&SpanTable::dropped_events, number);
    table_.dropped_links = rare(&SpanTable::dropped_links, number);
  }

  void copy_attributes() {
    std::vector<std::vector<std::uint32_t>> targets(sources_.size());
    std::vector<ItemMap> maps;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      Source& source = sources_[i];
      for (std::uint32_t row = source.begin(); row < source.end(); ++row) {
        targets[i].push_back(source.target(row));
      }
      maps.push_back({&source, &source.table().attributes, source.begin(), source.end(), &targets[i]});
    }
    table_.attributes = merge_columns(maps, static_cast<std::uint32_t>(order_.size()));
  }

  // Where each event (or link) goes: those of a row follow one another in the order of rows. Gives their
  // number; `first` becomes the merged table's.
  template <class Table>
  std::uint32_t place_nested(Table SpanTable::* member, std::vector<std::vector<std::uint32_t>>& targets,
                             std::vector<ItemMap>& maps, std::vector<std::uint32_t>& first) {
    targets.resize(sources_.size());
    bool any = false;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const Table& nested = sources_[i].table().*member;
      if (nested.first.empty()) continue;
      const std::uint32_t begin = nested.first[sources_[i].begin()];
      const std::uint32_t end = nested.first[sources_[i].end()];
      targets[i].assign(end - begin, no_row);
      maps.push_back({&sources_[i], &nested.attributes, begin, end, &targets[i]});
      any |= end > begin;
    }
    if (!any) return 0;
    std::uint32_t count = 0;
    first.reserve(order_.size() + 1);
    for (const RowRef& ref : order_) {
      first.push_back(count);
      const Table& nested = sources_[ref.slice].table().*member;
      if (nested.first.empty()) continue;
      const std::uint32_t base = nested.first[sources_[ref.slice].begin()];
      for (std::uint32_t i = nested.first[ref.row]; i < nested.first[ref.row + 1]; ++i) {
        targets[ref.slice][i - base] = count++;
      }
    }
    first.push_back(count);
    if (count == 0) first.clear();
    return count;
  }

  void copy_events() {
    std::vector<std::vector<std::uint32_t>> targets;
    std::vector<ItemMap> maps;
    const std::uint32_t count = place_nested(&SpanTable::events, targets, maps, table_.events.first);
    if (count == 0) return;
    table_.events.offsets.resize(count);
    table_.events.names.resize(count);
    for (const ItemMap& map : maps) {
      const EventTable& from = map.source->table().events;
      for (std::uint32_t i = map.begin; i < map.end; ++i) {
        const std::uint32_t to = (*map.target)[i - map.begin];
        if (to == no_row) continue;
        table_.events.offsets[to] = from.offsets[i];
        table_.events.names[to] = map.source->id(from.names[i]);
      }
    }
    table_.events.attributes = merge_columns(maps, count);
  }

  void copy_links() {
    std::vector<std::vector<std::uint32_t>> targets;
    std::vector<ItemMap> maps;
    const std::uint32_t count = place_nested(&SpanTable::links, targets, maps, table_.links.first);
    if (count == 0) return;
    table_.links.trace_ids.resize(count);
    table_.links.span_ids.resize(count);
    table_.links.states.resize(count);
    for (const ItemMap& map : maps) {
      const LinkTable& from = map.source->table().links;
      for (std::uint32_t i = map.begin; i < map.end; ++i) {
        const std::uint32_t to = (*map.target)[i - map.begin];
        if (to == no_row) continue;
        table_.links.trace_ids[to] = from.trace_ids[i];
        table_.links.span_ids[to] = from.span_ids[i];
        table_.links.states[to] = map.source->id(from.states[i]);
      }
    }
    table_.links.attributes = merge_columns(maps, count);
  }

  SpanTable table_;
  Interner interner_;
  std::vector<Source> sources_;
  std::vector<RowRef> order_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

SpanTable merge_tables(std::span<const TableSlice> slices) { return Merger(slices).merge(); }

}  // namespace aloft::telemetry::traces
