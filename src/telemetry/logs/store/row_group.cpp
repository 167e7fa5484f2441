// Times as differences of differences in the coarsest unit that loses nothing; lines by the line codec; one
// column for each name of a field.
#include "telemetry/logs/store/row_group.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "telemetry/logs/store/cursor.h"

namespace aloft::telemetry::logs {
namespace {

std::unexpected<Error> damaged_rows(std::string_view what) {
  return fail(Code::invalid, fmt::format("rows are damaged: {}", what));
}

std::string encode_times(const std::vector<Row>& rows, const std::vector<std::uint32_t>& run_sizes) {
  std::int64_t unit = 1'000'000'000;
  for (const Row& row : rows) {
    while (unit > 1 && row.time_ns % unit != 0) unit /= 1000;
    if (unit == 1) break;
  }
  std::string out;
  append_varint(out, static_cast<std::uint64_t>(unit));
  std::size_t at = 0;
  for (const std::uint32_t size : run_sizes) {
    // The arithmetic wraps, so that any two times have a difference.
    std::uint64_t before = 0, step = 0;
    for (std::uint32_t i = 0; i < size; ++i, ++at) {
      const auto time = static_cast<std::uint64_t>(rows[at].time_ns / unit);
      const std::uint64_t next = time - before;
      append_zigzag(out, static_cast<std::int64_t>(next - step));
      before = time;
      step = i == 0 ? 0 : next;
    }
  }
  return out;
}

Result<> decode_times(std::string_view bytes, const std::vector<std::uint32_t>& run_sizes,
                      std::vector<Row>& rows) {
  Cursor cursor(bytes);
  std::uint64_t unit = 0;
  if (!cursor.varint(unit) || unit == 0) return damaged_rows("the unit of times");
  std::size_t at = 0;
  for (const std::uint32_t size : run_sizes) {
    std::uint64_t before = 0, step = 0;
    for (std::uint32_t i = 0; i < size; ++i, ++at) {
      std::int64_t change = 0;
      if (!cursor.zigzag(change)) return damaged_rows("a time");
      const std::uint64_t next = step + static_cast<std::uint64_t>(change);
      before += next;
      step = i == 0 ? 0 : next;
      rows[at].time_ns = static_cast<std::int64_t>(before * unit);
    }
  }
  return {};
}

// The values of one name: for each row the size plus one, or zero where there is none; and the bytes.
struct FieldColumn {
  std::string sizes;
  std::string bytes;
  std::size_t rows = 0;
  void skip_to(std::size_t row) {
    sizes.append(row - rows, '\0');
    rows = row;
  }
};

std::string encode_fields(const std::vector<Row>& rows, int level) {
  std::map<std::string_view, FieldColumn> columns;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].fields.for_each([&](std::string_view name, std::string_view value) {
      FieldColumn& column = columns[name];
      if (column.rows > i) return;  // a name that stands twice counts once
      column.skip_to(i);
      append_varint(column.sizes, value.size() + 1);
      column.bytes += value;
      column.rows = i + 1;
    });
  }
  std::string out;
  append_varint(out, columns.size());
  for (auto& [name, column] : columns) {
    column.skip_to(rows.size());
    append_text(out, name);
    append_section(out, column.sizes, level);
    append_section(out, column.bytes, level);
  }
  return out;
}

Result<> decode_fields(Cursor& cursor, std::size_t raw_bytes, DecodedRows& out) {
  const std::size_t count = out.rows.size();
  std::size_t columns = 0;
  if (!cursor.count(columns, cursor.left())) return damaged_rows("the number of fields");
  if (columns == 0) return {};
  struct Open {
    std::string name, sizes, bytes;
    Cursor size_cursor{std::string_view()};
    std::size_t at = 0;
  };
  std::vector<Open> open(columns);
  for (Open& column : open) {
    std::string_view name;
    if (!cursor.text(name)) return damaged_rows("the name of a field");
    column.name = name;
    TRY(sizes, read_section(cursor, count * 10));
    TRY(bytes, read_section(cursor, raw_bytes));
    column.sizes = std::move(sizes);
    column.bytes = std::move(bytes);
    column.size_cursor = Cursor(column.sizes);
  }
  std::vector<std::size_t> ends(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (Open& column : open) {
      std::size_t size = 0;
      if (!column.size_cursor.count(size, column.bytes.size() - column.at + 1))
        return damaged_rows("a field");
      if (size == 0) continue;
      append_text(out.fields, column.name);
      append_text(out.fields, std::string_view(column.bytes).substr(column.at, size - 1));
      column.at += size - 1;
    }
    if (out.fields.size() > raw_bytes) return damaged_rows("more fields than the block says");
    ends[i] = out.fields.size();
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out.rows[i].fields = PackedFields(std::string_view(out.fields).substr(begin, ends[i] - begin));
    begin = ends[i];
  }
  return {};
}

}  // namespace

std::string encode_rows(const std::vector<Row>& rows, const std::vector<std::uint32_t>& run_sizes,
                        int level) {
  std::string out;
  append_section(out, encode_times(rows, run_sizes), level);
  out += encode_fields(rows, level);
  std::vector<std::string_view> lines;
  lines.reserve(rows.size());
  for (const Row& row : rows) lines.push_back(row.line);
  encode_lines(lines, level, out);
  return out;
}

Result<std::unique_ptr<DecodedRows>> decode_rows(std::string_view encoded,
                                                 const std::vector<std::uint32_t>& run_sizes,
                                                 std::size_t raw_bytes) {
  const std::size_t count = std::accumulate(run_sizes.begin(), run_sizes.end(), std::size_t{0});
  auto out = std::make_unique<DecodedRows>();
  Cursor cursor(encoded);
  TRY(times, read_section(cursor, count * 10 + 10));
  if (times.size() < count) return damaged_rows("the number of times");
  out->rows.resize(count);
  TRY_DO(decode_times(times, run_sizes, out->rows));
  TRY_DO(decode_fields(cursor, raw_bytes, *out));
  std::string_view rest;
  if (!cursor.bytes(cursor.left(), rest)) return damaged_rows("the lines");
  TRY(lines, decode_lines(rest, count, raw_bytes));
  out->lines = std::move(lines);
  for (std::size_t i = 0; i < count; ++i) out->rows[i].line = out->lines.line(i);
  return out;
}

}  // namespace aloft::telemetry::logs
