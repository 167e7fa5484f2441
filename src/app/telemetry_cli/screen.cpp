// Drawing with characters.
#include "app/telemetry_cli/screen.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"

namespace aloft::app {
namespace {

constexpr std::size_t least_width = 20;
// Colours that can be read on dark and on light backgrounds.
constexpr int colours[] = {36, 33, 35, 32, 34, 31};

struct CodePoint {
  unsigned point = 0;
  std::size_t bytes = 1;
};
// The character at `at`; malformed bytes count as one each.
CodePoint code_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0x80 || length == 1 || at + length > text.size()) return {first, 1};
  unsigned point = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (byte(i) & 0x3f);
  return {point, length};
}

bool is_wide(unsigned point) {
  return (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
         (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
         (point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) ||
         (point >= 0x1f300 && point <= 0x1faff);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("+-.,0123456789eEkKMGTPmµn%InfNa") == std::string_view::npos;
}

std::string pad(std::string_view text, std::size_t width, bool right) {
  const std::size_t used = shown_width(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

// A grid of dots, four rows and two columns in each character (Unicode braille).
class Dots {
 public:
  Dots(std::size_t width, std::size_t height) : width_(width), cells_(width * height) {}
  void set(std::size_t x, std::size_t y, std::size_t line) {
    static constexpr unsigned bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    Cell& cell = cells_[y / 4 * width_ + x / 2];
    cell.bits |= bits[y % 4][x % 2];
    cell.line = line;
  }
  // A straight line between two dots.
  void connect(std::size_t x0, std::size_t y0, std::size_t x1, std::size_t y1, std::size_t line) {
    const auto dx = static_cast<std::int64_t>(x1) - static_cast<std::int64_t>(x0);
    const auto dy = static_cast<std::int64_t>(y1) - static_cast<std::int64_t>(y0);
    const std::int64_t steps = std::max<std::int64_t>({std::abs(dx), std::abs(dy), 1});
    for (std::int64_t i = 0; i <= steps; ++i) {
      set(static_cast<std::size_t>(static_cast<std::int64_t>(x0) + dx * i / steps),
          static_cast<std::size_t>(static_cast<std::int64_t>(y0) + dy * i / steps), line);
    }
  }
  std::string row(std::size_t y, bool with_colours) const {
    std::string out;
    for (std::size_t x = 0; x < width_; ++x) {
      const Cell& cell = cells_[y * width_ + x];
      std::string glyph;
      if (cell.bits == 0) {
        glyph = " ";
      } else {
        append_utf8(glyph, 0x2800 + cell.bits);
      }
      out += with_colours && cell.bits != 0 ? coloured(glyph, cell.line) : glyph;
    }
    return out;
  }

 private:
  struct Cell {
    unsigned bits = 0;
    std::size_t line = 0;
  };
  std::size_t width_;
  std::vector<Cell> cells_;
};

void draw(Dots& dots, const PlotLine& line, std::size_t index, std::size_t columns, std::size_t rows,
          const Range& range) {
  const std::size_t count = line.values.size();
  bool connected = false;
  std::size_t last_x = 0;
  std::size_t last_y = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(line.values[i])) {
      connected = false;
      continue;
    }
    const std::size_t x = count > 1 ? i * (columns - 1) / (count - 1) : 0;
    const double part = (line.values[i] - range.low) / (range.high - range.low);
    const auto up = static_cast<std::size_t>(std::lround(part * static_cast<double>(rows - 1)));
    const std::size_t y = rows - 1 - std::min(up, rows - 1);
    if (connected) {
      dots.connect(last_x, last_y, x, y, index);
    } else {
      dots.set(x, y, index);
    }
    connected = true;
    last_x = x;
    last_y = y;
  }
}

}  // namespace

Screen Screen::of_output() {
  Screen screen;
  screen.terminal = isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (screen.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    screen.width = std::max<std::size_t>(size.ws_col, least_width);
  return screen;
}

std::size_t shown_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint code = code_at(text, at);
    at += code.bytes;
    width += code.point < 0x20 || (code.point >= 0x300 && code.point < 0x370) ? 0
             : is_wide(code.point)                                            ? 2
                                                                              : 1;
  }
  return width;
}

std::string fit(std::string_view text, std::size_t width) {
  if (shown_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint code = code_at(text, at);
    const std::size_t columns = shown_width(text.substr(at, code.bytes));
    if (used + columns + 1 > width) break;
    out += text.substr(at, code.bytes);
    used += columns;
    at += code.bytes;
  }
  return out + "…";
}

std::string Table::text(const Screen& screen) const {
  std::vector<std::size_t> widths;
  for (const std::string& cell : head_) widths.push_back(shown_width(cell));
  std::vector<bool> numbers(head_.size(), !rows_.empty());
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t i = 0; i < head_.size(); ++i) {
      widths[i] = std::max(widths[i], shown_width(row[i]));
      numbers[i] = numbers[i] && is_number(row[i]);
    }
  }
  std::size_t total = 2 * (head_.size() - 1);
  for (const std::size_t width : widths) total += width;
  if (screen.terminal && total > screen.width) {
    const std::size_t excess = total - screen.width;
    widths[0] = widths[0] > excess + least_width ? widths[0] - excess : std::min(widths[0], least_width);
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells, bool bold) {
    std::string made;
    for (std::size_t i = 0; i < head_.size(); ++i) {
      if (i > 0) made += "  ";
      const std::string cell = screen.terminal ? fit(cells[i], widths[i]) : cells[i];
      made += pad(cell, widths[i], numbers[i]);
    }
    while (made.ends_with(' ')) made.pop_back();
    out += bold ? "\x1b[1m" + made + "\x1b[0m\n" : made + "\n";
  };
  line(head_, screen.terminal);
  for (const std::vector<std::string>& row : rows_) line(row, false);
  return out;
}

std::string Table::csv() const {
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += ',';
      if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
        out += cells[i];
        continue;
      }
      out += '"';
      for (const char c : cells[i]) out += c == '"' ? std::string("\"\"") : std::string(1, c);
      out += '"';
    }
    out += "\n";
  };
  line(head_);
  for (const std::vector<std::string>& row : rows_) line(row);
  return out;
}

std::string sparkline(const std::vector<double>& values, std::size_t width) {
  Range range;
  for (const double value : values) range.add(value);
  const std::size_t columns = std::min(width, values.size());
  std::string out;
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t from = column * values.size() / columns;
    const std::size_t to = std::max(from + 1, (column + 1) * values.size() / columns);
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = from; i < to; ++i) {
      if (!std::isfinite(values[i])) continue;
      sum += values[i];
      ++count;
    }
    if (count == 0 || range.empty()) {
      out += ' ';
      continue;
    }
    const double spread = range.high - range.low;
    const double part = spread > 0 ? (sum / static_cast<double>(count) - range.low) / spread : 0.5;
    append_utf8(out, 0x2581 + static_cast<unsigned>(std::clamp(part * 7.999, 0.0, 7.0)));
  }
  return out;
}

std::string plot(const std::vector<PlotLine>& lines, std::size_t width, std::size_t height,
                 bool with_colours) {
  Range range;
  for (const PlotLine& line : lines) {
    for (const double value : line.values) range.add(value);
  }
  if (range.empty()) return {};
  if (range.low == range.high) {
    const double margin = range.low == 0 ? 1 : std::abs(range.low) / 10;
    range.low -= margin;
    range.high += margin;
  }
  std::vector<std::string> scale;
  std::size_t label_width = 0;
  for (std::size_t y = 0; y < height; ++y) {
    const double part = height > 1 ? static_cast<double>(y) / static_cast<double>(height - 1) : 0;
    scale.push_back(y % 2 == 0 || y + 1 == height ? short_number(range.high - part * (range.high - range.low))
                                                  : "");
    label_width = std::max(label_width, shown_width(scale.back()));
  }
  const std::size_t columns = std::max<std::size_t>(width > label_width + 2 ? width - label_width - 2 : 1, 1);
  Dots dots(columns, height);
  for (std::size_t i = 0; i < lines.size(); ++i) draw(dots, lines[i], i, columns * 2, height * 4, range);
  std::string out;
  for (std::size_t y = 0; y < height; ++y)
    out += pad(scale[y], label_width, true) + " ┤" + dots.row(y, with_colours) + "\n";
  return out;
}

std::string coloured(std::string_view text, std::size_t index) {
  return fmt::format("\x1b[{}m{}\x1b[0m", colours[index % std::size(colours)], text);
}

std::string short_number(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const double size = std::abs(value);
  if (size == 0) return "0";
  static constexpr struct {
    double factor;
    const char* unit;
  } units[] = {{1e15, "P"}, {1e12, "T"}, {1e9, "G"},  {1e6, "M"}, {1e3, "k"},
               {1, ""},     {1e-3, "m"}, {1e-6, "µ"}, {1e-9, "n"}};
  if (size >= 1e18 || size < 1e-9) return fmt::format("{:.3g}", value);
  for (const auto& unit : units) {
    // What would be rounded up to the next unit belongs there.
    if (size >= unit.factor * 0.99995) return fmt::format("{:.4g}{}", value / unit.factor, unit.unit);
  }
  return fmt::format("{:.3g}", value);
}

}  // namespace aloft::app
