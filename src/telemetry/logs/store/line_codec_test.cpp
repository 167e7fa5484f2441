// Lines come back as they were, and log text becomes small.
#include "telemetry/logs/store/line_codec.h"

#include <random>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/logs/store/token_filter.h"

namespace aloft::telemetry::logs {
namespace {

std::vector<std::string> round_trip(const std::vector<std::string>& lines) {
  std::vector<std::string_view> views(lines.begin(), lines.end());
  std::string encoded;
  encode_lines(views, 1, encoded);
  std::size_t bytes = 0;
  for (const auto& line : lines) bytes += line.size();
  auto decoded = decode_lines(encoded, lines.size(), bytes);
  if (!decoded) return {decoded.error().message()};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < lines.size(); ++i) out.emplace_back(decoded->line(i));
  return out;
}

TEST(LineCodec, lines_of_all_kinds_come_back) {
  const std::vector<std::string> lines = {"",
                                          "plain words",
                                          "id=00017 took 3ms",
                                          "id=00018 took 4ms",
                                          "\x11raw",
                                          "a 0 b",
                                          "a 123456789012345678901234 b",
                                          "a 7 b",
                                          "line\nfeed 5",
                                          std::string("nul\0 9", 6)};
  EXPECT_EQ(round_trip(lines), lines);
}

TEST(LineCodec, any_lines_come_back) {
  EXPECT_TRUE(
      rc::check([](const std::vector<std::string>& lines) { RC_ASSERT(round_trip(lines) == lines); }));
  EXPECT_TRUE(rc::check([](const std::vector<std::uint16_t>& numbers, const std::string& word) {
    std::vector<std::string> lines;
    for (const std::uint16_t n : numbers)
      lines.push_back(fmt::format("{} {:05} x{} {}", word.substr(0, n % 3), n, n % 10, n * 31));
    RC_ASSERT(round_trip(lines) == lines);
  }));
}

TEST(LineCodec, repeated_shapes_become_small) {
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  for (int i = 0; i < 5000; ++i) {
    lines.push_back(fmt::format("2026-01-02 03:{:02}:{:02} INFO request {} served in {} ms by worker-{}",
                                i / 60 % 60, i % 60, 100000 + i, i * 7 % 90, i % 4));
    bytes += lines.back().size();
  }
  std::vector<std::string_view> views(lines.begin(), lines.end());
  std::string encoded;
  encode_lines(views, 1, encoded);
  EXPECT_LT(encoded.size() * 40, bytes);
  EXPECT_EQ(round_trip(lines), lines);
}

TEST(LineCodec, damaged_bytes_end_in_an_error_or_in_bounded_lines) {
  EXPECT_TRUE(rc::check([](std::uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<std::string> lines;
    for (int i = 0; i < 40; ++i)
      lines.push_back(fmt::format("id={} took {} ms {}", random() % 99, random(), i % 3));
    std::vector<std::string_view> views(lines.begin(), lines.end());
    std::string encoded;
    encode_lines(views, 1, encoded);
    for (int i = 0; i < 20; ++i) {
      std::string damaged = encoded;
      for (std::uint32_t n = 0; n < 1 + random() % 4; ++n)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      damaged.resize(damaged.size() - random() % 3);
      const auto decoded = decode_lines(damaged, lines.size(), 4096);
      if (decoded) RC_ASSERT(decoded->text.size() <= 4096 && decoded->ends.size() == lines.size());
    }
  }));
}

TEST(TokenFilter, a_word_that_is_there_is_never_denied) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& words) {
    TokenFilterBuilder builder;
    std::vector<std::string> lines;
    for (const std::string& word : words) lines.push_back("see (" + word + ") there");
    for (const std::string& line : lines) builder.add_line(line);
    const std::string filter = builder.finish();
    for (const std::string& line : lines) {
      TokenQuery query;
      query.require_literal(line);
      RC_ASSERT(query.may_match(filter));
    }
  }));
}

TEST(TokenFilter, most_words_that_are_not_there_are_denied) {
  TokenFilterBuilder builder;
  for (int i = 0; i < 10000; ++i) builder.add_line(fmt::format("request id{} done", i));
  builder.add_field("trace", "abcd");
  const std::string filter = builder.finish();
  int wrong = 0;
  for (int i = 0; i < 1000; ++i) {
    TokenQuery query;
    query.require_literal(fmt::format(" id{} ", 20000 + i));
    wrong += query.may_match(filter) ? 1 : 0;
  }
  EXPECT_LT(wrong, 60);
  TokenQuery known, unknown, partial;
  known.require_field("trace", "abcd");
  unknown.require_field("trace", "abce");
  partial.require_literal("quest");
  EXPECT_TRUE(known.may_match(filter));
  EXPECT_FALSE(unknown.may_match(filter));
  EXPECT_TRUE(partial.may_match(filter));
}

}  // namespace
}  // namespace aloft::telemetry::logs
