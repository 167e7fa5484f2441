// Quantities keep amounts exact and print them as Kubernetes does.
#include "model/quantity.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/testing/golden.h"

namespace aloft::model {
namespace {

using Format = Quantity::Format;

Quantity quantity(std::string_view text) {
  auto parsed = Quantity::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Quantity();
}

TEST(Quantity, prints_the_canonical_form) {
  const std::pair<const char*, const char*> cases[] = {{"0", "0"},
                                                       {"0.0", "0"},
                                                       {"-0", "0"},
                                                       {"0Mi", "0"},
                                                       {"1000m", "1"},
                                                       {"1500m", "1500m"},
                                                       {"0.1", "100m"},
                                                       {"1.5Gi", "1536Mi"},
                                                       {"1024Ki", "1Mi"},
                                                       {"1000Mi", "1000Mi"},
                                                       {"1e3", "1e3"},
                                                       {"1e4", "10e3"},
                                                       {"1000000000", "1G"},
                                                       {"0.5Ki", "512"},
                                                       {"0.0001Ki", "102400u"},
                                                       {"-1.5", "-1500m"},
                                                       {"-1024Ki", "-1Mi"},
                                                       {"123456", "123456"},
                                                       {"12345000", "12345k"},
                                                       {"1n", "1n"},
                                                       {"0.1n", "1n"},
                                                       {"-0.1n", "-1n"},
                                                       {"8Ei", "9223372036854775807"},
                                                       {"99Ei", "9223372036854775807"},
                                                       {"9223372036854775808", "9223372036854775808"},
                                                       {"1000E", "1e21"},
                                                       {"1100Ei", "9223372036854775807"},
                                                       {"0.5", "500m"}};
  for (const auto& [text, canonical] : cases) EXPECT_EQ(quantity(text).to_string(), canonical) << text;
}

TEST(Quantity, refuses_what_is_no_quantity_in_the_words_clients_know) {
  const char* format =
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  const char* suffix = "unable to parse quantity's suffix";
  const std::pair<const char*, const char*> cases[] = {
      {"", format},      {"abc", format},
      {"1 Gi", format},  {"1GiB", format},
      {"0x10", format},  {"1,5", format},
      {"1K", suffix},    {"1e", suffix},
      {"1ki", suffix},   {"1mm", suffix},
      {"1e+", suffix},   {"1m5", suffix},
      {"1e--3", format}, {"Pi", "unable to parse numeric part of quantity"}};
  for (const auto& [text, message] : cases) {
    const auto parsed = Quantity::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().message(), message) << text;
    EXPECT_EQ(parsed.error().code(), Code::invalid);
  }
}

TEST(Quantity, agrees_with_every_recorded_answer) {
  ALOFT_GOLDEN(cases, "quantities.json");
  for (const auto& recorded : cases->as_array()) {
    const std::string text(recorded.text_at("in"));
    const std::string_view answer = recorded.text_at("out");
    const auto status = recorded.at("status")->as_int();
    auto parsed = Quantity::parse(text);
    if (status == 400) {
      ASSERT_FALSE(parsed) << text;
      EXPECT_TRUE(answer.ends_with(": " + parsed.error().message())) << text << ": " << answer;
      continue;
    }
    ASSERT_TRUE(parsed) << text;
    parsed->round_up_to_milli();  // as defaulting does
    if (status == 201) {
      EXPECT_EQ(parsed->to_string(), answer) << text;
    } else if (status == 403) {
      EXPECT_TRUE(answer.ends_with("but limit is " + parsed->to_string())) << text << ": " << answer;
    } else if (status == 422) {
      EXPECT_LT(parsed->sign(), 0) << text;
    }
  }
}

TEST(Quantity, rounds_units_and_thousandths_away_from_zero) {
  EXPECT_EQ(quantity("1.1").units(), 2);
  EXPECT_EQ(quantity("-1.1").units(), -2);
  EXPECT_EQ(quantity("1u").milli(), 1);
  EXPECT_EQ(quantity("2").milli(), 2000);
  EXPECT_EQ(quantity("1e30").units(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(quantity("8Ei").milli(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(Quantity::from_milli(1500).to_string(), "1500m");
  EXPECT_EQ(Quantity::from_units(2048, Format::binary_si).to_string(), "2Ki");
}

TEST(Quantity, a_sum_takes_the_format_of_its_first_part_that_is_not_zero) {
  EXPECT_EQ((quantity("1Gi") + quantity("1M")).to_string(), "1074741824");
  EXPECT_EQ((quantity("1Gi") + quantity("1Gi")).to_string(), "2Gi");
  EXPECT_EQ((Quantity() + quantity("64Mi")).to_string(), "64Mi");
  EXPECT_EQ((quantity("1") - quantity("250m")).to_string(), "750m");
  EXPECT_EQ((quantity("8Ei") + quantity("8Ei")).units(), std::numeric_limits<std::int64_t>::max());
}

TEST(Quantity, what_it_prints_parses_to_the_same_and_prints_the_same) {
  EXPECT_TRUE(rc::check([](std::int64_t whole, bool fraction) {
    const std::string suffix =
        *rc::gen::element<std::string>("", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi",
                                       "Ti", "Pi", "Ei", "e3", "E-5", "e20");
    std::string text = std::to_string(whole);
    if (fraction) text += "." + std::to_string(*rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000));
    const auto first = Quantity::parse(text + suffix);
    RC_ASSERT(first);
    const auto second = Quantity::parse(first->to_string());
    RC_ASSERT(second);
    RC_ASSERT(*second == *first);
    RC_ASSERT(second->to_string() == first->to_string());
  }));
}

TEST(Quantity, never_gives_less_than_was_asked_for) {
  EXPECT_TRUE(rc::check([] {
    const auto whole = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
    const auto digits = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000'000);
    const int shift = *rc::gen::element(10, 20, 30);
    const char* suffix = shift == 10 ? "Ki" : shift == 20 ? "Mi" : "Gi";
    const auto parsed = Quantity::parse(fmt::format("{}.{:015}{}", whole, digits, suffix));
    RC_ASSERT(parsed);
    // In thousandths of nanos to see what was cut: whole and fraction apart, both exact.
    const __int128 unit = __int128{1} << shift;
    const __int128 exact = (__int128{whole} * 1'000'000'000'000'000 + digits) * unit;  // 15 decimals
    const __int128 want = (exact + 999'999) / 1'000'000;  // 9 decimals, rounded up
    const __int128 whole_part = want / 1'000'000'000;
    RC_ASSERT(parsed->units() == static_cast<std::int64_t>(whole_part + (want % 1'000'000'000 != 0)));
    RC_ASSERT(parsed->milli() == static_cast<std::int64_t>((want + 999'999) / 1'000'000));
  }));
}

TEST(Quantity, order_is_total_and_addition_exact) {
  EXPECT_TRUE(rc::check([](std::int32_t a, std::int32_t b, std::int32_t c) {
    const Quantity x = Quantity::from_milli(a);
    const Quantity y = Quantity::from_milli(b, Format::binary_si);
    RC_ASSERT((x < y) == (a < b));
    RC_ASSERT((x == y) == (a == b));
    RC_ASSERT((x + y).milli() == std::int64_t{a} + b);
    RC_ASSERT((x - y).milli() == std::int64_t{a} - b);
    RC_ASSERT((x + y) + Quantity::from_milli(c) == x + (y + Quantity::from_milli(c)));
  }));
}

}  // namespace
}  // namespace aloft::model
