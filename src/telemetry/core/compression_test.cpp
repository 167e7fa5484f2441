// Every codec gives back what it got, and refuses what is damaged or too large.
#include "telemetry/core/compression.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::telemetry {
namespace {

constexpr std::size_t megabyte = 1024 * 1024;

TEST(Compression, gives_back_what_it_got) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    RC_ASSERT(snappy_decompress(snappy_compress(bytes), megabyte).value() == bytes);
    RC_ASSERT(gzip_decompress(gzip_compress(bytes), megabyte).value() == bytes);
    RC_ASSERT(zstd_decompress(zstd_compress(bytes), megabyte).value() == bytes);
  }));
}

TEST(Compression, damaged_bytes_are_an_error) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    (void)snappy_decompress(bytes, megabyte);
    (void)gzip_decompress(bytes, megabyte);
    (void)zstd_decompress(bytes, megabyte);
  }));
  EXPECT_FALSE(snappy_decompress("", megabyte));
  EXPECT_FALSE(gzip_decompress("\x1f\x8b garbage", megabyte));
  EXPECT_FALSE(zstd_decompress("garbage", megabyte));
  const std::string whole = gzip_compress(std::string(1000, 'x'));
  EXPECT_FALSE(gzip_decompress(std::string_view(whole).substr(0, whole.size() - 9), megabyte));
}

TEST(Compression, a_small_body_cannot_become_a_large_one) {
  const std::string zeros(4 * megabyte, '\0');
  for (const auto& result :
       {snappy_decompress(snappy_compress(zeros), megabyte), gzip_decompress(gzip_compress(zeros), megabyte),
        zstd_decompress(zstd_compress(zeros), megabyte)}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Code::too_large);
  }
}

TEST(Compression, several_gzip_members_are_one_body) {
  EXPECT_EQ(gzip_decompress(gzip_compress("one ") + gzip_compress("two"), megabyte).value(), "one two");
}

TEST(Compression, is_undone_by_its_name) {
  EXPECT_EQ(decode_content("GZIP", gzip_compress("x"), megabyte).value(), "x");
  EXPECT_EQ(decode_content("", "x", megabyte).value(), "x");
  EXPECT_EQ(decode_content("br", "x", megabyte).error().code(), Code::unsupported_media_type);
}

TEST(Crc32c, agrees_with_the_known_check_value) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283u);
}

}  // namespace
}  // namespace aloft::telemetry
