// Code points through UTF-8 and back, and bytes that are no UTF-8.
#include "base/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"

namespace aloft {
namespace {

std::string encoded(char32_t point) {
  std::string out;
  append_utf8(out, point);
  return out;
}

TEST(Utf8, every_code_point_reads_back) {
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    const std::string text = encoded(point);
    std::size_t at = 0;
    const char32_t read = next_code_point(text, at);
    ASSERT_TRUE(is_utf8(text)) << static_cast<unsigned>(point);
    ASSERT_EQ(at, text.size()) << static_cast<unsigned>(point);
    ASSERT_EQ(read, is_code_point(point) ? point : replacement_character);
  }
}

TEST(Utf8, the_first_and_last_of_each_length) {
  EXPECT_EQ(encoded(0), std::string(1, '\0'));
  EXPECT_EQ(encoded(0x7f), "\x7f");
  EXPECT_EQ(encoded(0x80), "\xc2\x80");
  EXPECT_EQ(encoded(0x7ff), "\xdf\xbf");
  EXPECT_EQ(encoded(0x800), "\xe0\xa0\x80");
  EXPECT_EQ(encoded(0xffff), "\xef\xbf\xbf");
  EXPECT_EQ(encoded(0x10000), "\xf0\x90\x80\x80");
  EXPECT_EQ(encoded(0x10ffff), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(encoded(0x110000), "\xef\xbf\xbd");
  EXPECT_EQ(encoded(0xdfff), "\xef\xbf\xbd");
}

TEST(Utf8, a_wrong_byte_counts_alone) {
  for (const std::string_view wrong :
       {"\x80", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    std::size_t at = 0;
    EXPECT_EQ(next_code_point(wrong, at), replacement_character);
    EXPECT_EQ(at, 1);
  }
}

TEST(Utf8, any_bytes_are_read_to_their_end) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string again;
    bool clean = true;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t from = at;
      const char32_t point = next_code_point(bytes, at);
      RC_ASSERT(at > from);
      RC_ASSERT(at <= bytes.size());
      clean = clean && !(point == replacement_character && at == from + 1);
      append_utf8(again, point);
    }
    RC_ASSERT(clean == is_utf8(bytes));
    if (clean) RC_ASSERT(again == bytes);
  }));
}

}  // namespace
}  // namespace aloft
