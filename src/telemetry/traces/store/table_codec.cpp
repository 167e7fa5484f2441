// Layout: "ATB1", u32 CRC of the directory, its length, the directory, the sections one after another. A
// directory entry: kind, key (attribute sections), type, flags, stored and raw length, CRC of what is stored.
#include "telemetry/traces/store/table_codec.h"

#include "telemetry/core/compression.h"
#include "telemetry/traces/store/column_codec.h"
#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::string_view magic = "ATB1";

enum class Section : std::uint8_t {
  shape,  // counts, trace ids and rows
  strings,
  ids,  // span ids
  parents,
  times,
  names,
  kinds,
  origins,  // resources and scopes
  status_messages,
  rare,  // trace states, flags, dropped counts
  events,
  links,
  span_attribute,
  event_attribute,
  link_attribute
};
constexpr std::uint8_t last_section = static_cast<std::uint8_t>(Section::link_attribute);

struct Entry {
  Section section = Section::shape;
  std::string_view key;
  ColumnType type = ColumnType::string;
  bool packed = false;
  std::string_view stored;
  std::uint64_t raw_size = 0;
  std::uint32_t crc = 0;
};

class Encoder {
 public:
  Encoder(const SpanTable& table, Packing packing) : table_(table), packing_(packing) {}

  std::string encode() {
    add(Section::shape, shape());
    add(Section::strings, strings());
    add(Section::ids, ids());
    add(Section::parents, parents());
    add(Section::times, times());
    add_with(Section::names, [this](std::string& out) { put_ids(out, table_.names); });
    add_with(Section::kinds, [this](std::string& out) {
      put_small(out, table_.kinds);
      put_small(out, table_.statuses);
    });
    add(Section::origins, origins());
    if (!table_.status_messages.empty()) {
      add_with(Section::status_messages, [this](std::string& out) { put_ids(out, table_.status_messages); });
    }
    add_rare();
    if (table_.events.count() > 0) add(Section::events, events());
    if (table_.links.count() > 0) add(Section::links, links());
    add_columns(Section::span_attribute, table_.attributes);
    add_columns(Section::event_attribute, table_.events.attributes);
    add_columns(Section::link_attribute, table_.links.attributes);
    return join();
  }

 private:
  std::string shape() const {
    std::string out;
    put_varint(out, table_.rows());
    put_varint(out, table_.traces());
    put_varint(out, table_.events.count());
    put_varint(out, table_.links.count());
    for (std::size_t i = 0; i < table_.traces(); ++i) {
      put_varint(out, table_.trace_rows[i + 1] - table_.trace_rows[i]);
    }
    for (const TraceId& id : table_.trace_ids) out.append(id.begin(), id.end());
    return out;
  }

  std::string strings() const {
    std::string out;
    put_varint(out, table_.strings.size());
    for (std::uint32_t id = 1; id < table_.strings.size(); ++id)
      put_varint(out, table_.strings.at(id).size());
    out += table_.strings.text();
    return out;
  }

  std::string ids() const {
    std::string out;
    out.reserve(table_.span_ids.size() * 8);
    for (const std::uint64_t id : table_.span_ids) put_fixed(out, id);
    return out;
  }

  // 0: none; n: the n-th span of the trace; one more than the trace has spans: an id that follows apart.
  std::string parents() const {
    std::string places;
    std::string apart;
    std::unordered_map<std::uint64_t, std::uint32_t> known;
    for (std::size_t trace = 0; trace < table_.traces(); ++trace) {
      const std::uint32_t begin = table_.trace_rows[trace];
      const std::uint32_t end = table_.trace_rows[trace + 1];
      known.clear();
      if (end - begin > 24) {
        for (std::uint32_t row = begin; row < end; ++row)
          known.emplace(table_.span_ids[row], row - begin + 1);
      }
      for (std::uint32_t row = begin; row < end; ++row) {
        const std::uint64_t parent = table_.parent_ids[row];
        std::uint32_t place = parent == 0 ? 0 : end - begin + 1;
        if (parent != 0) place = place_of(parent, begin, end, known);
        put_varint(places, place);
        if (place == end - begin + 1) put_fixed(apart, parent);
      }
    }
    return places + apart;
  }

  std::uint32_t place_of(std::uint64_t parent, std::uint32_t begin, std::uint32_t end,
                         const std::unordered_map<std::uint64_t, std::uint32_t>& known) const {
    if (!known.empty()) {
      const auto found = known.find(parent);
      return found != known.end() ? found->second : end - begin + 1;
    }
    std::uint32_t row = begin;
    while (row < end && table_.span_ids[row] != parent) ++row;
    return row - begin + 1;
  }

  std::string times() const {
    std::string out;
    std::int64_t base = 0;
    for (std::size_t i = 0; i < table_.starts.size(); ++i) {
      base = i == 0 ? table_.starts[i] : std::min(base, table_.starts[i]);
    }
    put_signed(out, base);
    for (std::size_t trace = 0; trace < table_.traces(); ++trace) {
      std::int64_t before = base;
      for (std::uint32_t row = table_.trace_rows[trace]; row < table_.trace_rows[trace + 1]; ++row) {
        // Rises within a trace, so the difference is no negative number; it may need all 64 bits.
        put_varint(out, static_cast<std::uint64_t>(table_.starts[row]) - static_cast<std::uint64_t>(before));
        before = table_.starts[row];
      }
    }
    for (const std::int64_t duration : table_.durations) put_signed(out, duration);
    return out;
  }

  std::string origins() const {
    std::string out;
    put_varint(out, table_.resources.size());
    put_ids(out, table_.resources);
    put_ids(out, table_.resource_of);
    put_varint(out, table_.scopes.size());
    put_ids(out, table_.scopes);
    put_ids(out, table_.scope_of);
    return out;
  }

  void add_rare() {
    const std::array columns = {&table_.trace_states, &table_.flags, &table_.dropped_attributes,
                                &table_.dropped_events, &table_.dropped_links};
    if (std::all_of(columns.begin(), columns.end(), [](const auto* column) { return column->empty(); }))
      return;
    std::string out;
    for (const auto* column : columns) {
      out += column->empty() ? '\0' : '\1';
      if (!column->empty()) put_ids(out, *column);
    }
    add(Section::rare, std::move(out));
  }

  static void put_runs(std::string& out, const std::vector<std::uint32_t>& first) {
    std::vector<std::uint32_t> counts;
    counts.reserve(first.size());
    for (std::size_t i = 0; i + 1 < first.size(); ++i) counts.push_back(first[i + 1] - first[i]);
    put_ids(out, counts);
  }

  std::string events() const {
    std::string out;
    put_runs(out, table_.events.first);
    put_integers(out, table_.events.offsets);
    put_ids(out, table_.events.names);
    return out;
  }

  std::string links() const {
    std::string out;
    put_runs(out, table_.links.first);
    for (const TraceId& id : table_.links.trace_ids) out.append(id.begin(), id.end());
    for (const std::uint64_t id : table_.links.span_ids) put_fixed(out, id);
    put_ids(out, table_.links.states);
    return out;
  }

  void add_columns(Section section, const AttributeColumns& columns) {
    for (const AttributeColumn& column : columns) {
      std::string out;
      put_varint(out, column.size());
      out += column.present.every() ? '\0' : '\1';
      for (const std::uint64_t word : column.present.bits()) put_fixed(out, word);
      switch (column.type) {
        case ColumnType::string:
        case ColumnType::other:
          put_ids(out, column.ids);
          break;
        case ColumnType::boolean:
        case ColumnType::integer:
          put_integers(out, column.integers);
          break;
        case ColumnType::real:
          put_reals(out, column.reals);
      }
      add(section, std::move(out), table_.strings.at(column.key), column.type);
    }
  }

  template <class F>
  void add_with(Section section, F fill) {
    std::string out;
    fill(out);
    add(section, std::move(out));
  }

  void add(Section section, std::string raw, std::string_view key = {},
           ColumnType type = ColumnType::string) {
    const std::size_t raw_size = raw.size();
    bool packed = false;
    if (packing_ == Packing::zstd && raw.size() > 64) {
      std::string smaller = zstd_compress(raw, 3);
      if (smaller.size() < raw.size()) {
        raw = std::move(smaller);
        packed = true;
      }
    }
    ++count_;
    directory_ += static_cast<char>(section);
    put_run(directory_, key);
    directory_ += static_cast<char>(type);
    directory_ += packed ? '\1' : '\0';
    put_varint(directory_, raw.size());
    put_varint(directory_, raw_size);
    put_fixed(directory_, crc32c(raw));
    sections_ += raw;
  }

  std::string join() const {
    std::string directory;
    put_varint(directory, count_);
    directory += directory_;
    std::string out(magic);
    put_fixed(out, crc32c(directory));
    put_run(out, directory);
    return out + sections_;
  }

  const SpanTable& table_;
  Packing packing_;
  std::size_t count_ = 0;
  std::string directory_;
  std::string sections_;
};

}  // namespace

std::string encode_table(const SpanTable& table, Packing packing) { return Encoder(table, packing).encode(); }

namespace {

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
  if (in.take(magic.size()) != magic) return bad();
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

class Decoder {
 public:
  Decoder(const ColumnChoice& choice, const DecodeLimits& limits) : choice_(choice), limits_(limits) {}

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
  return Decoder(choice, limits).decode(bytes);
}

}  // namespace aloft::telemetry::traces
