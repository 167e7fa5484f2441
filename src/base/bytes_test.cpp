// Encodings of bytes: the published vectors, what must be refused, and round trips.
#include "base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft {
namespace {

std::string decoded(std::string_view text) {
  std::string out;
  return base64_decode(text, out) ? out : "<refused>";
}
std::string url_decoded(std::string_view text) {
  std::string out;
  return base64url_decode(text, out) ? out : "<refused>";
}

TEST(Bytes, base64_has_the_vectors_of_rfc_4648) {
  const std::pair<const char*, const char*> table[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff\xfe", "+//+"},
  };
  for (const auto& [bytes, text] : table) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(decoded(text), bytes);
  }
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64url_encode("foob"), "Zm9vYg");
  EXPECT_EQ(url_decoded("Zm9vYmE"), "fooba");
}

TEST(Bytes, base64_reads_over_line_breaks) {
  EXPECT_EQ(decoded("Zm9v\r\nYmFy\n"), "foobar");
  EXPECT_EQ(decoded("Z\ng=\n="), "f");
}

TEST(Bytes, what_is_not_base64_is_refused_and_leaves_the_output_alone) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zg==Zg==", "Zm9v YmFy", "Zm9-",
                           "Zm9_", "Zm\xc3\xa4v", "Zm8=="}) {
    EXPECT_EQ(decoded(text), "<refused>") << text;
  }
  for (const char* text : {"Z", "Zg==", "Zm9v\n", "Zm9+", "Zm9/", "Zh", "Zm9"}) {
    EXPECT_EQ(url_decoded(text), "<refused>") << text;
  }
  std::string out = "kept";
  EXPECT_FALSE(base64_decode("Zm9v!", out));
  EXPECT_FALSE(base64url_decode("Zm9v!", out));
  EXPECT_EQ(out, "kept");
}

TEST(Bytes, any_bytes_survive_both_forms_of_base64) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    RC_ASSERT(decoded(base64_encode(bytes)) == bytes);
    RC_ASSERT(url_decoded(base64url_encode(bytes)) == bytes);
    RC_ASSERT(base64_encode(bytes).size() == (bytes.size() + 2) / 3 * 4);
  }));
}

TEST(Bytes, a_url_safe_text_has_one_spelling) {
  EXPECT_TRUE(rc::check([](std::string text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (char& c : text) c = alphabet[static_cast<unsigned char>(c) % 64];
    std::string bytes;
    if (base64url_decode(text, bytes)) RC_ASSERT(base64url_encode(bytes) == text);
  }));
}

TEST(Bytes, hexadecimal_is_lower_case) {
  EXPECT_EQ(hex_encode(std::string_view("\x00\x7f\xab\xff", 4)), "007fabff");
  EXPECT_EQ(hex_encode(""), "");
}

TEST(Bytes, the_stable_hash_is_fnv_1a) {
  EXPECT_EQ(stable_hash(""), 0xcbf29ce484222325U);
  EXPECT_EQ(stable_hash("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(stable_hash("foobar"), 0x85944171f73967e8U);
}

TEST(Bytes, well_formed_utf8_is_known_at_every_offset) {
  const std::string_view texts[] = {"",
                                    "plain",
                                    "\x7f",
                                    "\xc2\x80",
                                    "\xdf\xbf",
                                    "\xe0\xa0\x80",
                                    "\xed\x9f\xbf",
                                    "\xee\x80\x80",
                                    "\xef\xbf\xbf",
                                    "\xf0\x90\x80\x80",
                                    "\xf4\x8f\xbf\xbf",
                                    "gr\xc3\xbc\xc3\x9f dich, \xf0\x9f\x9a\x80"};
  for (const std::string_view text : texts) {
    for (std::size_t before = 0; before < 17; ++before) {
      const std::string padded = std::string(before, 'x') + std::string(text) + std::string(16 - before, 'y');
      EXPECT_TRUE(is_utf8(padded)) << hex_encode(text);
    }
  }
}

TEST(Bytes, malformed_utf8_is_known_at_every_offset) {
  const std::string_view texts[] = {"\x80",
                                    "\xbf",
                                    "\xc0\x80",
                                    "\xc1\xbf",
                                    "\xc2",
                                    "\xc2\x41",
                                    "\xe0\x9f\xbf",
                                    "\xe1\x80",
                                    "\xed\xa0\x80",
                                    "\xed\xbf\xbf",
                                    "\xf0\x8f\xbf\xbf",
                                    "\xf1\x80\x80",
                                    "\xf4\x90\x80\x80",
                                    "\xf5\x80\x80\x80",
                                    "\xfe",
                                    "\xff"};
  for (const std::string_view text : texts) {
    for (std::size_t before = 0; before < 17; ++before) {
      const std::string start = std::string(before, 'x') + std::string(text);
      EXPECT_FALSE(is_utf8(start)) << hex_encode(text);
      EXPECT_FALSE(is_utf8(start + "yyyyyyyyyyyy")) << hex_encode(text);
    }
  }
}

TEST(Bytes, every_code_point_but_the_surrogates_is_utf8) {
  for (std::uint32_t point = 0x800; point < 0x11'0000; point += 13) {
    std::string text;
    if (point < 0x1'0000) {
      text = {static_cast<char>(0xe0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 63)),
              static_cast<char>(0x80 | (point & 63))};
    } else {
      text = {static_cast<char>(0xf0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 63)),
              static_cast<char>(0x80 | (point >> 6 & 63)), static_cast<char>(0x80 | (point & 63))};
    }
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    ASSERT_EQ(is_utf8(text), !surrogate) << point;
  }
}

TEST(Bytes, shared_bytes_share_and_compare_by_content) {
  const SharedBytes text(std::string("a long enough text to live on the heap"));
  const SharedBytes copy = text;
  EXPECT_EQ(copy.view().data(), text.view().data());
  EXPECT_EQ(SharedBytes(std::string("x")), SharedBytes(std::string("x")));
  EXPECT_FALSE(SharedBytes(std::string("x")) == SharedBytes());
  EXPECT_TRUE(SharedBytes().empty());
  EXPECT_EQ(SharedBytes().view(), "");
  EXPECT_EQ(as_text(as_bytes("abc")), "abc");
}

}  // namespace
}  // namespace aloft
