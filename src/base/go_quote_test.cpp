// Quoting as Go does, and back.
#include "base/go_quote.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/utf8.h"

namespace aloft {
namespace {

// A literal in double quotes, taken apart; "?" where it is malformed.
std::string unquoted(std::string_view literal) {
  std::string out;
  std::string_view rest = literal.substr(1, literal.size() - 2);
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '\\') {
      out += c;
    } else if (!go_unescape(rest, "\"", out)) {
      return "?";
    }
  }
  return out;
}

TEST(GoQuote, printable_text_stands_as_it_is) {
  EXPECT_EQ(go_quote(""), R"("")");
  EXPECT_EQ(go_quote("it's `plain` é, 日本 and \xF0\x9F\x98\x80"),
            "\"it's `plain` é, 日本 and \xF0\x9F\x98\x80\"");
}

TEST(GoQuote, quotes_backslashes_and_controls_are_escaped) {
  EXPECT_EQ(go_quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(go_quote("\a\b\f\n\r\t\v"), R"("\a\b\f\n\r\t\v")");
  EXPECT_EQ(go_quote(std::string_view("\0\x1b\x7f", 3)), R"("\x00\x1b\x7f")");
}

TEST(GoQuote, what_does_not_print_is_a_number) {
  EXPECT_EQ(go_quote("\u00a0\u00ad\u200b\u2028\u3000\ufeff\ue000"),
            R"("\u00a0\u00ad\u200b\u2028\u3000\ufeff\ue000")");
  EXPECT_EQ(go_quote("\U000e0001\U0010ffff"), R"("\U000e0001\U0010ffff")");
}

TEST(GoQuote, a_byte_that_is_no_text_is_a_byte) {
  EXPECT_EQ(go_quote("a\xff\xc3"), R"("a\xff\xc3")");
  EXPECT_EQ(go_quote("\xed\xa0\x80"), R"("\xed\xa0\x80")");
  // The replacement character itself prints.
  EXPECT_EQ(go_quote("\ufffd"), "\"\ufffd\"");
}

TEST(GoQuote, every_escape_is_read) {
  EXPECT_EQ(unquoted(R"("\a\b\f\n\r\t\v\\\"")"), "\a\b\f\n\r\t\v\\\"");
  EXPECT_EQ(unquoted(R"("\101\x41\u00e9\U0001f600\377")"), "AAé\U0001f600\xff");
}

TEST(GoQuote, malformed_escapes_are_refused) {
  for (const std::string_view wrong :
       {R"("\q")", R"("\'")", R"("\x4")", R"("\xg1")", R"("\u12")", R"("\ud800")", R"("\U00110000")",
        R"("\400")", R"("\08")", R"("\u+123")", R"("\x-1")"}) {
    EXPECT_EQ(unquoted(wrong), "?") << wrong;
  }
  std::string out;
  std::string_view nothing;
  EXPECT_FALSE(go_unescape(nothing, "\"", out));
}

TEST(GoQuote, any_bytes_read_back_the_same) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) { RC_ASSERT(unquoted(go_quote(bytes)) == bytes); }));
  EXPECT_TRUE(rc::check([](const std::vector<std::uint32_t>& points) {
    std::string text;
    for (const std::uint32_t point : points) append_utf8(text, point % 0x110000);
    RC_ASSERT(unquoted(go_quote(text)) == text);
  }));
}

}  // namespace
}  // namespace aloft
