// From bytes to a table of spans; nothing in them is believed before it is checked.
#include "telemetry/core/compression.h"
#include "telemetry/traces/store/column_codec.h"
#include "telemetry/traces/store/table_codec.h"
#include "telemetry/traces/store/table_sections.h"
#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

struct Entry {
  Section section = Section::shape;
  std::string_view key;
  ColumnType type = ColumnType::string;
  bool packed = false;
  std::string_view stored;
  std::uint64_t raw_size = 0;
  std::uint32_t crc = 0;
};

std::string_view name_of(Section section) {
  constexpr std::array<std::string_view, 15> names = {
      "shape",  "strings", "span ids",       "parents",         "times",
      "names",  "kinds",   "resources",      "status messages", "rare columns",
      "events", "links",   "span attribute", "event attribute", "link attribute"};
  return names[static_cast<std::size_t>(section)];
}

Result<std::vector<Entry>> read_directory(std::string_view bytes) {
  const auto bad = [] { return fail(Code::invalid, "table of spans: damaged directory"); };
  ByteReader in(bytes);
  if (in.take(table_magic.size()) != table_magic) return bad();
  const auto crc = in.fixed<std::uint32_t>();
  const std::string_view directory = in.run();
  if (!in.ok() || crc32c(directory) != crc) return bad();
  ByteReader entries(directory);
  const std::uint64_t count = entries.bounded(directory.size());
  std::vector<Entry> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    Entry entry;
    const auto section = entries.fixed<std::uint8_t>();
    entry.key = entries.run();
    const auto type = entries.fixed<std::uint8_t>();
    entry.packed = entries.fixed<std::uint8_t>() != 0;
    const std::uint64_t stored = entries.varint();
    entry.raw_size = entries.varint();
    entry.crc = entries.fixed<std::uint32_t>();
    if (!entries.ok() || section > last_section || type > static_cast<std::uint8_t>(ColumnType::other))
      return bad();
    entry.section = static_cast<Section>(section);
    entry.type = static_cast<ColumnType>(type);
    entry.stored = in.take(stored);
    if (!in.ok()) return bad();
    out.push_back(entry);
  }
  return out;
}

class TableDecoder {
 public:
  TableDecoder(const ColumnChoice& choice, const DecodeLimits& limits) : choice_(choice), limits_(limits) {}

  Result<bool> holds(std::string_view bytes, const TraceId& id) {
    TRY(entries, read_directory(bytes));
    if (entries.empty() || entries[0].section != Section::shape)
      return fail(Code::invalid, "table of spans: incomplete directory");
    TRY_DO(read(entries[0]));
    return std::binary_search(table_.trace_ids.begin(), table_.trace_ids.end(), id);
  }

  Result<SpanTable> decode(std::string_view bytes) {
    TRY(entries, read_directory(bytes));
    // Shape and strings come first in every table; the others rely on them.
    if (entries.size() < 8 || entries[0].section != Section::shape ||
        entries[1].section != Section::strings) {
      return fail(Code::invalid, "table of spans: incomplete directory");
    }
    std::uint32_t seen = 0;
    for (const Entry& entry : entries) {
      const std::uint32_t bit = 1U << static_cast<unsigned>(entry.section);
      if (entry.section < Section::span_attribute && (seen & bit) != 0) {
        return fail(Code::invalid, "table of spans: a section stands twice");
      }
      seen |= bit;
      if (!wanted(entry)) continue;
      TRY_DO(read(entry));
    }
    TRY_DO(complete());
    return std::move(table_);
  }

 private:
  bool wanted(const Entry& entry) const {
    if (choice_.everything) return true;
    switch (entry.section) {
      case Section::status_messages:
        return choice_.status_messages;
      case Section::rare:
        return false;
      case Section::events:
        return choice_.events;
      case Section::links:
        return choice_.links;
      case Section::span_attribute:
        return choice_.all_span_keys || choice_.span_keys.contains(entry.key);
      case Section::event_attribute:
        return choice_.events && (choice_.all_event_keys || choice_.event_keys.contains(entry.key));
      case Section::link_attribute:
        return choice_.links && (choice_.all_link_keys || choice_.link_keys.contains(entry.key));
      default:
        return true;
    }
  }

  Result<> read(const Entry& entry) {
    const auto bad = [&entry] {
      return fail(Code::invalid,
                  fmt::format("table of spans: section {}{}{} is damaged", name_of(entry.section),
                              entry.key.empty() ? "" : " ", entry.key));
    };
    if (crc32c(entry.stored) != entry.crc || entry.raw_size > limits_.section_bytes) return bad();
    std::string unpacked;
    std::string_view raw = entry.stored;
    if (entry.packed) {
      auto plain = zstd_decompress(entry.stored, entry.raw_size);
      if (!plain) return bad();
      unpacked = std::move(*plain);
      raw = unpacked;
    }
    if (raw.size() != entry.raw_size) return bad();
    ByteReader in(raw);
    take(entry, in);
    if (!in.ok() || !in.at_end()) return bad();
    return {};
  }

  void take(const Entry& entry, ByteReader& in) {
    switch (entry.section) {
      case Section::shape:
        return take_shape(in);
      case Section::strings:
        return take_strings(in);
      case Section::ids:
        table_.span_ids.clear();
        if (in.left() / 8 < rows_) return in.spoil();
        for (std::size_t i = 0; i < rows_; ++i) table_.span_ids.push_back(in.fixed<std::uint64_t>());
        return;
      case Section::parents:
        return take_parents(in);
      case Section::times:
        return take_times(in);
      case Section::names:
        table_.names = get_ids(in, rows_, table_.strings.size());
        return;
      case Section::kinds:
        table_.kinds = get_small(in, rows_, static_cast<std::uint8_t>(SpanKind::consumer));
        table_.statuses = get_small(in, rows_, static_cast<std::uint8_t>(SpanStatus::error));
        return;
      case Section::origins:
        return take_origins(in);
      case Section::status_messages:
        table_.status_messages = get_ids(in, rows_, table_.strings.size());
        return;
      case Section::rare:
        return take_rare(in);
      case Section::events:
        return take_events(in);
      case Section::links:
        return take_links(in);
      case Section::span_attribute:
        return take_column(entry, in, table_.attributes, rows_);
      case Section::event_attribute:
        return take_column(entry, in, table_.events.attributes, events_);
      case Section::link_attribute:
        return take_column(entry, in, table_.links.attributes, links_);
    }
  }

  void take_shape(ByteReader& in) {
    rows_ = in.bounded(limits_.rows);
    const std::uint64_t traces = in.bounded(rows_);
    events_ = in.bounded(limits_.rows);
    links_ = in.bounded(limits_.rows);
    if (in.left() / 17 < traces) return in.spoil();
    std::uint64_t row = 0;
    for (std::uint64_t i = 0; i < traces; ++i) {
      table_.trace_rows.push_back(static_cast<std::uint32_t>(row));
      row += in.bounded(rows_ - row);
      if (row == table_.trace_rows.back()) in.spoil();  // a trace has spans
    }
    table_.trace_rows.push_back(static_cast<std::uint32_t>(row));
    if (row != rows_) in.spoil();
    for (std::uint64_t i = 0; i < traces; ++i) {
      const std::string_view bytes = in.take(16);
      if (!in.ok()) return;
      TraceId id{};
      std::copy(bytes.begin(), bytes.end(), id.begin());
      if (!table_.trace_ids.empty() && !(table_.trace_ids.back() < id)) in.spoil();
      table_.trace_ids.push_back(id);
    }
  }

  void take_strings(ByteReader& in) {
    const std::uint64_t count = in.bounded(in.left());
    if (count == 0) return in.spoil();
    std::vector<std::uint64_t> sizes;
    sizes.reserve(count);
    for (std::uint64_t i = 1; i < count && in.ok(); ++i) sizes.push_back(in.varint());
    StringPool pool;
    pool.reserve(count, in.left());
    for (const std::uint64_t size : sizes) {
      const std::string_view text = in.take(size);
      if (!in.ok()) return;
      pool.append(text);
    }
    table_.strings = std::move(pool);
  }

  void take_parents(ByteReader& in) {
    std::vector<std::uint32_t> apart;
    table_.parent_ids.assign(rows_, 0);
    if (table_.span_ids.size() != rows_) return in.spoil();
    for (std::size_t trace = 0; trace < table_.traces(); ++trace) {
      const std::uint32_t begin = table_.trace_rows[trace];
      const std::uint32_t end = table_.trace_rows[trace + 1];
      for (std::uint32_t row = begin; row < end && in.ok(); ++row) {
        const auto place = static_cast<std::uint32_t>(in.bounded(end - begin + 1));
        if (place == 0) continue;
        if (place == end - begin + 1) {
          apart.push_back(row);
        } else {
          table_.parent_ids[row] = table_.span_ids[begin + place - 1];
        }
      }
    }
    for (const std::uint32_t row : apart) table_.parent_ids[row] = in.fixed<std::uint64_t>();
  }

  void take_times(ByteReader& in) {
    const std::int64_t base = in.signed_varint();
    if (in.left() < rows_ * 2) return in.spoil();
    table_.starts.reserve(rows_);
    for (std::size_t trace = 0; trace < table_.traces(); ++trace) {
      auto time = static_cast<std::uint64_t>(base);
      for (std::uint32_t row = table_.trace_rows[trace]; row < table_.trace_rows[trace + 1]; ++row) {
        time += in.varint();
        table_.starts.push_back(static_cast<std::int64_t>(time));
      }
    }
    table_.durations.reserve(rows_);
    for (std::size_t i = 0; i < rows_; ++i) table_.durations.push_back(in.signed_varint());
  }

  void take_origins(ByteReader& in) {
    table_.resources = get_ids(in, in.bounded(rows_), table_.strings.size());
    table_.resource_of = get_ids(in, rows_, table_.resources.size());
    table_.scopes = get_ids(in, in.bounded(rows_), table_.strings.size());
    table_.scope_of = get_ids(in, rows_, table_.scopes.size());
  }

  void take_rare(ByteReader& in) {
    const auto column = [&](std::uint64_t limit) {
      std::vector<std::uint32_t> out;
      if (in.fixed<std::uint8_t>() != 0) out = get_ids(in, rows_, limit);
      return out;
    };
    constexpr std::uint64_t any = std::uint64_t{1} << 32;
    table_.trace_states = column(table_.strings.size());
    table_.flags = column(any);
    table_.dropped_attributes = column(any);
    table_.dropped_events = column(any);
    table_.dropped_links = column(any);
  }

  std::vector<std::uint32_t> take_runs(ByteReader& in, std::uint64_t count) const {
    std::vector<std::uint32_t> first;
    std::uint64_t at = 0;
    for (const std::uint32_t size : get_ids(in, rows_, count + 1)) {
      first.push_back(static_cast<std::uint32_t>(at));
      at += size;
      if (at > count) in.spoil();
    }
    first.push_back(static_cast<std::uint32_t>(at));
    if (at != count || first.size() != rows_ + 1) in.spoil();
    return first;
  }

  void take_events(ByteReader& in) {
    table_.events.first = take_runs(in, events_);
    if (!in.ok()) return;
    table_.events.offsets = get_integers(in, events_);
    table_.events.names = get_ids(in, events_, table_.strings.size());
  }

  void take_links(ByteReader& in) {
    table_.links.first = take_runs(in, links_);
    if (!in.ok() || in.left() / 24 < links_) return in.spoil();
    for (std::size_t i = 0; i < links_; ++i) {
      const std::string_view bytes = in.take(16);
      TraceId id{};
      std::copy(bytes.begin(), bytes.end(), id.begin());
      table_.links.trace_ids.push_back(id);
    }
    for (std::size_t i = 0; i < links_; ++i) table_.links.span_ids.push_back(in.fixed<std::uint64_t>());
    table_.links.states = get_ids(in, links_, table_.strings.size());
  }

  void take_column(const Entry& entry, ByteReader& in, AttributeColumns& columns, std::size_t items) {
    AttributeColumn column;
    column.type = entry.type;
    const std::uint64_t count = in.bounded(items);
    if (in.fixed<std::uint8_t>() != 0) {
      std::vector<std::uint64_t> bits((items + 63) / 64);
      if (in.left() / 8 < bits.size()) return in.spoil();
      std::size_t set = 0;
      for (std::uint64_t& word : bits) {
        word = in.fixed<std::uint64_t>();
        set += static_cast<std::size_t>(std::popcount(word));
      }
      const bool beyond = items % 64 != 0 && !bits.empty() && (bits.back() >> (items % 64)) != 0;
      if (set != count || beyond || bits.empty()) return in.spoil();
      column.present = Presence(std::move(bits));
    } else if (count != items) {
      return in.spoil();
    }
    switch (column.type) {
      case ColumnType::string:
      case ColumnType::other:
        column.ids = get_ids(in, count, table_.strings.size());
        break;
      case ColumnType::boolean:
      case ColumnType::integer:
        column.integers = get_integers(in, count);
        break;
      case ColumnType::real:
        column.reals = get_reals(in, count);
    }
    if (column.size() != count) return in.spoil();
    column.key = table_.strings.append(entry.key);
    columns.push_back(std::move(column));
  }

  // What every reader of a table relies on, even where a section is missing or stands twice.
  Result<> complete() const {
    const SpanTable& t = table_;
    const auto full = [this](const auto& column) { return column.size() == rows_; };
    const auto rare = [this](const auto& column) { return column.empty() || column.size() == rows_; };
    const bool whole = t.trace_rows.size() == t.traces() + 1 && full(t.span_ids) && full(t.parent_ids) &&
                       full(t.starts) && full(t.durations) && full(t.names) && full(t.kinds) &&
                       full(t.statuses) && full(t.resource_of) && full(t.scope_of);
    const bool others = rare(t.status_messages) && rare(t.trace_states) && rare(t.flags) &&
                        rare(t.dropped_attributes) && rare(t.dropped_events) && rare(t.dropped_links);
    const bool events = t.events.first.empty()
                            ? t.events.attributes.empty() && t.events.offsets.empty()
                            : t.events.offsets.size() == events_ && t.events.names.size() == events_;
    const bool links = t.links.first.empty()
                           ? t.links.attributes.empty() && t.links.span_ids.empty()
                           : t.links.span_ids.size() == links_ && t.links.trace_ids.size() == links_ &&
                                 t.links.states.size() == links_;
    if (whole && others && events && links) return {};
    return fail(Code::invalid, "table of spans: a section is missing or stands twice");
  }

  const ColumnChoice& choice_;
  const DecodeLimits& limits_;
  SpanTable table_;
  std::size_t rows_ = 0;
  std::size_t events_ = 0;
  std::size_t links_ = 0;
};

}  // namespace

Result<SpanTable> decode_table(std::string_view bytes, const ColumnChoice& choice,
                               const DecodeLimits& limits) {
  return TableDecoder(choice, limits).decode(bytes);
}

Result<bool> table_holds(std::string_view bytes, const TraceId& id) {
  const ColumnChoice nothing;
  const DecodeLimits limits;
  return TableDecoder(nothing, limits).holds(bytes, id);
}

}  // namespace aloft::telemetry::traces
