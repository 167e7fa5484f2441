// Splitting lines into templates and columns of variables, and joining them again.
#include "telemetry/logs/store/line_codec.h"

#include <array>
#include <charconv>
#include <cstring>

#include <xxhash.h>

#include "telemetry/core/compression.h"
#include "telemetry/logs/store/cursor.h"

namespace aloft::telemetry::logs {
namespace {

// Stands for a variable in a template. Lines that hold it are kept whole.
constexpr char hole = '\x11';

enum class Layout : std::uint8_t { plain = 0, split = 1 };
enum class ColumnKind : std::uint8_t { text = 0, number = 1, padded = 2, constant = 3 };

enum : std::uint8_t { other_byte = 0, letter_byte = 1, digit_byte = 2, hole_byte = 4 };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 'a'; c <= 'z'; ++c) classes[c] = letter_byte;
  for (unsigned c = 'A'; c <= 'Z'; ++c) classes[c] = letter_byte;
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] = digit_byte;
  classes[static_cast<unsigned char>(hole)] = hole_byte;
  return classes;
}
constexpr std::array<std::uint8_t, 256> classes = make_classes();
std::uint8_t class_of(char c) { return classes[static_cast<unsigned char>(c)]; }

struct Column {
  std::string text;  // each value with a line feed behind it
  std::size_t values = 0;
};

struct Template {
  std::string text;
  std::uint64_t hash = 0;
  std::vector<Column> columns;
};

// An open table from a template's text to its number.
class TemplateTable {
 public:
  TemplateTable() : slots_(256, 0) {}
  std::size_t find_or_add(std::string_view text, std::size_t holes) {
    const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at] != 0) {
      const Template& known = templates_[slots_[at] - 1];
      if (known.hash == hash && known.text == text) return slots_[at] - 1;
      at = (at + 1) & (slots_.size() - 1);
    }
    templates_.push_back({.text = std::string(text), .hash = hash, .columns = std::vector<Column>(holes)});
    slots_[at] = static_cast<std::uint32_t>(templates_.size());
    if (templates_.size() * 2 > slots_.size()) grow();
    return templates_.size() - 1;
  }
  std::vector<Template>& templates() { return templates_; }

 private:
  void grow() {
    std::vector<std::uint32_t> wider(slots_.size() * 2, 0);
    for (std::size_t i = 0; i < templates_.size(); ++i) {
      std::size_t at = templates_[i].hash & (wider.size() - 1);
      while (wider[at] != 0) at = (at + 1) & (wider.size() - 1);
      wider[at] = static_cast<std::uint32_t>(i + 1);
    }
    slots_.swap(wider);
  }
  std::vector<Template> templates_;
  std::vector<std::uint32_t> slots_;
};

// Splits one line; false when it must be kept whole.
bool split(std::string_view line, std::string& shape, std::vector<std::string_view>& variables) {
  shape.clear();
  variables.clear();
  const char* at = line.data();
  const char* const end = at + line.size();
  const char* copied = at;
  while (at != end) {
    std::uint8_t kind = class_of(*at);
    if (kind == other_byte) {
      ++at;
      continue;
    }
    if (kind == hole_byte) return false;
    const char* const word = at;
    std::uint8_t seen = 0;
    do {
      seen |= kind;
      ++at;
    } while (at != end && ((kind = class_of(*at)) & (letter_byte | digit_byte)) != 0);
    if ((seen & digit_byte) == 0) continue;
    shape.append(copied, word);
    shape += hole;
    copied = at;
    variables.emplace_back(word, static_cast<std::size_t>(at - word));
  }
  shape.append(copied, end);
  return true;
}

// What a column of values is best kept as.
struct Analysis {
  ColumnKind kind = ColumnKind::text;
  std::size_t width = 0;
};

Analysis analyse(const Column& column) {
  const std::string_view text = column.text;
  const std::size_t first_end = text.find('\n');
  const std::string_view first = text.substr(0, first_end);
  bool constant = true, digits = true, canonical = true, same_width = true;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < column.values; ++i) {
    const std::size_t end = text.find('\n', begin);
    const std::string_view value = text.substr(begin, end - begin);
    begin = end + 1;
    constant = constant && value == first;
    same_width = same_width && value.size() == first.size();
    if (!digits) {
      if (!constant) break;
      continue;
    }
    digits = value.size() <= 18;
    for (const char c : value) digits = digits && class_of(c) == digit_byte;
    canonical = canonical && (value.size() == 1 || value[0] != '0');
  }
  if (constant && column.values > 1) return {ColumnKind::constant, 0};
  if (column.values < 2 || !digits) return {};
  if (canonical) return {ColumnKind::number, 0};
  if (same_width) return {ColumnKind::padded, first.size()};
  return {};
}

void append_numbers(const Column& column, std::string& numbers) {
  std::uint64_t before = 0;
  std::uint64_t value = 0;
  for (const char c : column.text) {
    if (c != '\n') {
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
      continue;
    }
    append_zigzag(numbers, static_cast<std::int64_t>(value - before));
    before = value;
    value = 0;
  }
}

void encode_plain(const std::vector<std::string_view>& lines, int level, std::string& out) {
  std::string text, sizes;
  for (const std::string_view line : lines) {
    append_varint(sizes, line.size());
    text += line;
  }
  out += static_cast<char>(Layout::plain);
  append_section(out, sizes, level);
  append_section(out, text, level);
}

struct Splitter {
  TemplateTable table;
  std::string ids;    // 0: a whole line, otherwise template + 1
  std::string whole;  // whole lines, each with its size before it
  std::size_t kept_whole = 0;
  std::string shape;
  std::vector<std::string_view> variables;

  void add(std::string_view line) {
    if (!split(line, shape, variables)) {
      ids += '\0';
      append_text(whole, line);
      ++kept_whole;
      return;
    }
    const std::size_t id = table.find_or_add(shape, variables.size());
    append_varint(ids, id + 1);
    std::vector<Column>& columns = table.templates()[id].columns;
    for (std::size_t i = 0; i < variables.size(); ++i) {
      columns[i].text += variables[i];
      columns[i].text += '\n';
      ++columns[i].values;
    }
  }
};

}  // namespace

bool is_word_byte(char c) { return (class_of(c) & (letter_byte | digit_byte)) != 0; }

void append_section(std::string& out, std::string_view bytes, int level) {
  std::string packed;
  if (bytes.size() >= 32) packed = zstd_compress(bytes, level);
  const bool pays = !packed.empty() && packed.size() < bytes.size();
  append_varint(out, bytes.size());
  append_varint(out, pays ? packed.size() + 1 : 0);
  out += pays ? std::string_view(packed) : bytes;
}

Result<std::string> read_section(Cursor& cursor, std::size_t limit_bytes) {
  std::size_t size = 0, packed = 0;
  std::string_view bytes;
  if (!cursor.count(size, limit_bytes) || !cursor.count(packed, cursor.left() + 1) ||
      !cursor.bytes(packed == 0 ? size : packed - 1, bytes)) {
    return fail(Code::invalid, "a section of a block is cut off or too large");
  }
  if (packed == 0) return std::string(bytes);
  TRY(plain, zstd_decompress(bytes, size));
  if (plain.size() != size) return fail(Code::invalid, "a section of a block has another size than it says");
  return plain;
}

void encode_lines(const std::vector<std::string_view>& lines, int level, std::string& out) {
  Splitter splitter;
  // Text whose shapes hardly repeat gains nothing from the split; that shows early.
  constexpr std::size_t sample = 1024;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    splitter.add(lines[i]);
    if ((i + 1) % sample == 0 && (splitter.table.templates().size() + splitter.kept_whole) * 4 > (i + 1) * 3)
      return encode_plain(lines, level, out);
  }
  std::string shapes, kinds, numbers, text;
  append_varint(shapes, splitter.table.templates().size());
  for (const Template& shape : splitter.table.templates()) {
    append_text(shapes, shape.text);
    for (const Column& column : shape.columns) {
      const Analysis analysis = analyse(column);
      kinds += static_cast<char>(analysis.kind);
      if (analysis.kind == ColumnKind::padded) kinds += static_cast<char>(analysis.width);
      if (analysis.kind == ColumnKind::text) {
        text += column.text;
      } else if (analysis.kind == ColumnKind::constant) {
        text.append(column.text, 0, column.text.find('\n') + 1);
      } else {
        append_numbers(column, numbers);
      }
    }
  }
  out += static_cast<char>(Layout::split);
  for (const std::string* section : {&splitter.ids, &shapes, &kinds, &numbers, &text, &splitter.whole})
    append_section(out, *section, level);
}

namespace {

std::unexpected<Error> damaged_lines(std::string_view what) {
  return fail(Code::invalid, fmt::format("the lines of a block are damaged: {}", what));
}

// Where lines are put together: room that was made beforehand, never exceeded.
struct Sink {
  char* at;
  char* end;
  bool put(std::string_view piece) {
    if (piece.size() > static_cast<std::size_t>(end - at)) return false;
    std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
    return true;
  }
};

// A column while it is read, value by value.
struct ColumnReader {
  ColumnKind kind = ColumnKind::text;
  std::size_t width = 0;
  Cursor numbers{std::string_view()};
  std::string_view text;
  std::uint64_t value = 0;

  bool append_next(Sink& out) {
    switch (kind) {
      case ColumnKind::constant:
        return out.put(text);
      case ColumnKind::text: {
        const auto* end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
        if (end == nullptr) return false;
        const auto size = static_cast<std::size_t>(end - text.data());
        const std::string_view word = text.substr(0, size);
        text.remove_prefix(size + 1);
        return out.put(word);
      }
      case ColumnKind::number:
      case ColumnKind::padded: {
        std::int64_t step = 0;
        if (!numbers.zigzag(step)) return false;
        value += static_cast<std::uint64_t>(step);
        std::array<char, 20> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        const auto size = static_cast<std::size_t>(end - digits.data());
        static constexpr std::string_view zeros = "00000000000000000000";
        return (width <= size || out.put(zeros.substr(0, width - size))) &&
               out.put(std::string_view(digits.data(), size));
      }
    }
    return false;
  }
};

struct Shape {
  std::vector<std::string_view> pieces;  // one more than there are holes
  std::size_t first_column = 0;
};

class Joiner {
 public:
  Result<> open(Cursor& cursor, std::size_t count, std::size_t limit_bytes) {
    for (std::string* section : {&ids_, &shapes_text_, &kinds_, &numbers_, &text_, &whole_}) {
      TRY(bytes, read_section(cursor, limit_bytes * 2 + 65536));
      *section = std::move(bytes);
    }
    TRY_DO(read_shapes(count));
    return lay_out_columns(count);
  }

  Result<DecodedLines> join(std::size_t count, std::size_t limit_bytes) {
    DecodedLines out;
    out.ends.reserve(count);
    bool whole = false;
    out.text.resize_and_overwrite(limit_bytes, [&](char* begin, std::size_t size) {
      Sink sink{.at = begin, .end = begin + size};
      whole = join_into(sink, begin, count, out.ends);
      return static_cast<std::size_t>(sink.at - begin);
    });
    if (!whole)
      return damaged_lines("a column or a line is too short, or there is more text than the block says");
    return out;
  }

 private:
  bool join_into(Sink& sink, const char* begin, std::size_t count, std::vector<std::uint32_t>& ends) {
    Cursor ids(ids_), whole(whole_);
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t id = 0;
      if (!ids.count(id, shapes_.size())) return false;
      if (id == 0) {
        std::string_view line;
        if (!whole.text(line) || !sink.put(line)) return false;
      } else if (!append(shapes_[id - 1], sink)) {
        return false;
      }
      ends.push_back(static_cast<std::uint32_t>(sink.at - begin));
    }
    return true;
  }

  bool append(const Shape& shape, Sink& out) {
    if (!out.put(shape.pieces[0])) return false;
    ColumnReader* column = columns_.data() + shape.first_column;
    for (std::size_t i = 1; i < shape.pieces.size(); ++i, ++column)
      if (!column->append_next(out) || !out.put(shape.pieces[i])) return false;
    return true;
  }

  Result<> read_shapes(std::size_t count) {
    Cursor cursor(shapes_text_);
    std::size_t shapes = 0;
    if (!cursor.count(shapes, count)) return damaged_lines("the number of templates");
    std::size_t columns = 0;
    for (std::size_t i = 0; i < shapes; ++i) {
      std::string_view text;
      if (!cursor.text(text)) return damaged_lines("a template");
      Shape shape{.pieces = {}, .first_column = columns};
      for (std::size_t found = 0; (found = text.find(hole)) != std::string_view::npos; ++columns) {
        shape.pieces.push_back(text.substr(0, found));
        text.remove_prefix(found + 1);
      }
      shape.pieces.push_back(text);
      shapes_.push_back(std::move(shape));
    }
    columns_.resize(columns);
    return {};
  }

  // Where each column begins follows from how many values those before it have.
  Result<> lay_out_columns(std::size_t count) {
    std::vector<std::size_t> uses(shapes_.size(), 0);
    Cursor ids(ids_);
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t id = 0;
      if (!ids.count(id, shapes_.size())) return damaged_lines("a template number");
      if (id != 0) ++uses[id - 1];
    }
    Cursor kinds(kinds_), numbers(numbers_);
    std::string_view text = text_;
    std::string_view rest = numbers_;
    for (std::size_t s = 0; s < shapes_.size(); ++s) {
      for (std::size_t i = 0; i + 1 < shapes_[s].pieces.size(); ++i) {
        ColumnReader& column = columns_[shapes_[s].first_column + i];
        std::uint8_t kind = 0;
        if (!kinds.byte(kind) || kind > 3) return damaged_lines("the kind of a column");
        column.kind = static_cast<ColumnKind>(kind);
        if (column.kind == ColumnKind::padded) {
          std::uint8_t width = 0;
          if (!kinds.byte(width) || width > 20) return damaged_lines("the width of a column");
          column.width = width;
        }
        if (!place(column, uses[s], text, rest)) return damaged_lines("the end of a column");
      }
    }
    return {};
  }

  static bool place(ColumnReader& column, std::size_t values, std::string_view& text,
                    std::string_view& numbers) {
    if (column.kind == ColumnKind::text || column.kind == ColumnKind::constant) {
      const std::size_t lines = column.kind == ColumnKind::constant ? 1 : values;
      column.text = text;
      std::size_t size = 0;
      for (std::size_t i = 0; i < lines; ++i) {
        const std::size_t found = text.find('\n', size);
        if (found == std::string_view::npos) return false;
        size = found + 1;
      }
      column.text = text.substr(0, column.kind == ColumnKind::constant ? size - 1 : size);
      text.remove_prefix(size);
      return true;
    }
    std::size_t size = 0;
    for (std::size_t i = 0; i < values; ++i) {
      while (size < numbers.size() && (static_cast<unsigned char>(numbers[size]) & 0x80) != 0) ++size;
      if (size++ >= numbers.size()) return false;
    }
    column.numbers = Cursor(numbers.substr(0, size));
    numbers.remove_prefix(size);
    return true;
  }

  std::string ids_, shapes_text_, kinds_, numbers_, text_, whole_;
  std::vector<Shape> shapes_;
  std::vector<ColumnReader> columns_;
};

Result<DecodedLines> decode_plain(Cursor& cursor, std::size_t count, std::size_t limit_bytes) {
  TRY(sizes, read_section(cursor, count * 10));
  TRY(text, read_section(cursor, limit_bytes));
  DecodedLines out;
  out.ends.reserve(count);
  Cursor size_cursor(sizes);
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t size = 0;
    if (!size_cursor.count(size, text.size() - at)) return damaged_lines("the size of a line");
    at += size;
    out.ends.push_back(static_cast<std::uint32_t>(at));
  }
  out.text = std::move(text);
  return out;
}

}  // namespace

Result<DecodedLines> decode_lines(std::string_view encoded, std::size_t count, std::size_t limit_bytes) {
  Cursor cursor(encoded);
  std::uint8_t layout = 0;
  if (!cursor.byte(layout) || layout > 1) return damaged_lines("the layout");
  if (static_cast<Layout>(layout) == Layout::plain) return decode_plain(cursor, count, limit_bytes);
  Joiner joiner;
  TRY_DO(joiner.open(cursor, count, limit_bytes));
  return joiner.join(count, limit_bytes);
}

}  // namespace aloft::telemetry::logs
