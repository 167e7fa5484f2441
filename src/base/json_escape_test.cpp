// Escapes of JSON strings, read one by one.
#include "base/json_escape.h"

#include <gtest/gtest.h>

namespace aloft {
namespace {

// What an escape stands for and what is left behind it; "?" for one that is malformed.
std::string read(std::string_view escape, char32_t stray = replacement_character) {
  std::string out;
  std::string_view rest = escape;
  if (!json_unescape(rest, out, stray)) return rest == escape ? "?" : "moved";
  return out + "|" + std::string(rest);
}

TEST(JsonEscape, letters_have_their_meanings) {
  EXPECT_EQ(read("nx"), "\n|x");
  EXPECT_EQ(read("\""), "\"|");
  EXPECT_EQ(read("/"), "/|");
  EXPECT_EQ(read("\\t"), "\\|t");
}

TEST(JsonEscape, units_are_characters_and_two_may_be_one) {
  EXPECT_EQ(read("u0041b"), "A|b");
  EXPECT_EQ(read("u00e9"), "é|");
  EXPECT_EQ(read("ud83d\\ude00!"), "\U0001f600|!");
}

TEST(JsonEscape, half_of_a_pair_is_no_character) {
  EXPECT_EQ(read("ud83d"), "\ufffd|");
  EXPECT_EQ(read("ude00"), "\ufffd|");
  EXPECT_EQ(read("ud83d\\u0041"), "\ufffd|\\u0041");
  EXPECT_EQ(read("ud83d\\uzzzz", ' '), " |\\uzzzz");
}

TEST(JsonEscape, what_is_malformed_is_left_alone) {
  for (const std::string_view wrong : {"", "a", "'", "u", "u12", "u12g4", "u+123", "U00000041", "x41"})
    EXPECT_EQ(read(wrong), "?") << wrong;
}

}  // namespace
}  // namespace aloft
