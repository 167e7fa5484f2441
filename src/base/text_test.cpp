// What counts as a blank, a digit and a capital letter.
#include "base/text.h"

#include <gtest/gtest.h>

namespace aloft {
namespace {

TEST(Text, is_trimmed_at_both_ends_only) {
  EXPECT_EQ(trim(" \ta b\t ", spaces_and_tabs), "a b");
  EXPECT_EQ(trim("a", spaces_and_tabs), "a");
  EXPECT_EQ(trim("\r\n\v\f", ascii_whitespace), "");
  EXPECT_EQ(trim("\r\n", spaces_and_tabs), "\r\n");
  EXPECT_EQ(trim("", ascii_whitespace), "");
}

TEST(Text, only_letters_of_ascii_become_small) { EXPECT_EQ(lower("ÄZ-az09_@["), "Äz-az09_@["); }

TEST(Text, digits_are_those_of_ascii) {
  std::string found;
  for (int c = 0; c < 256; ++c)
    if (is_digit(static_cast<char>(c))) found += static_cast<char>(c);
  EXPECT_EQ(found, "0123456789");
}

}  // namespace
}  // namespace aloft
