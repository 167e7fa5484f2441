// What answers look like in a terminal: tables, sparklines, plots in braille. Where standard output is no
// terminal, the same tables without colours and without pictures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aloft::app {

struct Screen {
  bool terminal = false;
  std::size_t width = 80;
  // As standard output is.
  static Screen of_output();
};

// How many columns the text takes; wide characters count twice.
std::size_t shown_width(std::string_view text);
// Cut to so many columns, with an ellipsis where something was cut.
std::string fit(std::string_view text, std::size_t width);

// Rows of cells under a head; columns are as wide as their widest cell, and the first gives way when a row
// would be wider than the screen. Numbers stand to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  std::string text(const Screen& screen) const;
  // With a head, comma separated, quoted where it must be (RFC 4180).
  std::string csv() const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

// Eight heights of blocks; one column for each of `width` equal parts of the values. NaN is a gap.
std::string sparkline(const std::vector<double>& values, std::size_t width);

struct PlotLine {
  std::vector<double> values;  // equally spaced in time; NaN is a gap
};
// Lines over a common time axis, two dots wide and four high in each character; a scale at the left. Without
// colours every line looks the same.
std::string plot(const std::vector<PlotLine>& lines, std::size_t width, std::size_t height, bool colours);
// The colour of line `index`, to be put around its legend.
std::string coloured(std::string_view text, std::size_t index);

// Short and readable: 12345678 -> "12.35M", 0.000123 -> "123µ".
std::string short_number(double value);

}  // namespace aloft::app
