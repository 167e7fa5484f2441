// What people see: widths, tables, sparklines and plots.
#include "app/telemetry_cli/screen.h"

#include <cmath>

#include <gtest/gtest.h>

namespace aloft::app {
namespace {

TEST(Screen, wide_characters_count_twice) {
  EXPECT_EQ(shown_width("abc"), 3u);
  EXPECT_EQ(shown_width("äöü"), 3u);
  EXPECT_EQ(shown_width("日本"), 4u);
  EXPECT_EQ(fit("日本語", 5), "日本…");
  EXPECT_EQ(fit("abc", 3), "abc");
}

TEST(Table, numbers_stand_to_the_right_and_the_first_column_gives_way) {
  Table table({"series", "value"});
  table.add({"a_very_long_name_of_a_series_with_labels", "1"});
  table.add({"b", "200"});
  EXPECT_EQ(table.text(Screen()),
            "series                                    value\n"
            "a_very_long_name_of_a_series_with_labels      1\n"
            "b                                           200\n");
  const std::string narrow = table.text(Screen{.terminal = true, .width = 30});
  EXPECT_NE(narrow.find("…"), std::string::npos);
}

TEST(Table, csv_quotes_what_it_must) {
  Table table({"a", "b"});
  table.add({"x,\"y\"", "1"});
  EXPECT_EQ(table.csv(), "a,b\n\"x,\"\"y\"\"\",1\n");
}

TEST(Sparkline, shows_low_high_and_gaps) {
  EXPECT_EQ(sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 8), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline({0, std::nan(""), 7}, 8), "▁ █");
  EXPECT_EQ(sparkline({3, 3}, 8), "▄▄");
  EXPECT_EQ(sparkline({}, 8), "");
}

TEST(Plot, draws_a_line_from_corner_to_corner) {
  PlotLine line;
  for (int i = 0; i < 8; ++i) line.values.push_back(i);
  EXPECT_EQ(plot({line}, 7, 2, false), "7 ┤  ⡠⠊\n0 ┤⡠⠊  \n");
  EXPECT_EQ(plot({}, 7, 2, false), "");
}

TEST(ShortNumber, has_four_digits_and_a_unit) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(12345678), "12.35M");
  EXPECT_EQ(short_number(-1500), "-1.5k");
  EXPECT_EQ(short_number(0.000123), "123µ");
  EXPECT_EQ(short_number(999.99), "1k");
  EXPECT_EQ(short_number(std::nan("")), "NaN");
  EXPECT_EQ(short_number(-std::numeric_limits<double>::infinity()), "-Inf");
}

}  // namespace
}  // namespace aloft::app
