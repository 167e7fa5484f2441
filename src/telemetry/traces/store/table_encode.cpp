// From a table of spans to bytes.
#include "telemetry/core/compression.h"
#include "telemetry/traces/store/column_codec.h"
#include "telemetry/traces/store/table_codec.h"
#include "telemetry/traces/store/table_sections.h"
#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

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
    std::string out(table_magic);
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

}  // namespace aloft::telemetry::traces
