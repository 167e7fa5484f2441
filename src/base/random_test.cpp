// Randomness that tests can repeat, and names that no one has to fear.
#include "base/random.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft {
namespace {

// Hands out the numbers it was given, to show what a caller does with them.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::vector<std::uint64_t> script) : script_(std::move(script)) {}
  std::uint64_t next() override { return script_.at(used_++); }
  void fill(std::span<std::byte> out) override { std::fill(out.begin(), out.end(), std::byte{0xff}); }
  std::size_t used() const { return used_; }

 private:
  std::vector<std::uint64_t> script_;
  std::size_t used_ = 0;
};

TEST(Random, one_seed_gives_one_sequence_on_every_machine) {
  SeededRandom random(1);
  EXPECT_EQ(random.next(), 2'469'588'189'546'311'528U);
  SeededRandom first(7), second(7), other(8);
  EXPECT_EQ(make_uuid(first), make_uuid(second));
  EXPECT_NE(make_uuid(first), make_uuid(other));
}

TEST(Random, below_stays_below_its_bound) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed, std::uint64_t bound) {
    RC_PRE(bound > 0);
    SeededRandom random(seed);
    RC_ASSERT(random.below(bound) < bound);
  }));
}

TEST(Random, below_draws_again_where_a_remainder_would_favour_small_numbers) {
  // 2^64 mod 6 is 4: the values 0 to 3 are the surplus.
  ScriptedRandom random({0, 3, 4});
  EXPECT_EQ(random.below(6), 4U);
  EXPECT_EQ(random.used(), 3U);
}

TEST(Random, a_bound_of_zero_is_a_bug) {
  SeededRandom random(1);
  EXPECT_DEATH(random.below(0), "positive bound");
}

TEST(Random, every_length_is_filled_to_its_end_and_not_beyond) {
  SystemRandom system;
  SeededRandom seeded(3);
  for (Random* random : std::initializer_list<Random*>{&system, &seeded}) {
    for (std::size_t size = 0; size < 40; ++size) {
      // A byte that is zero in each of 20 fillings was not written.
      std::vector<std::byte> seen(size + 1), bytes(size + 1);
      for (int round = 0; round < 20; ++round) {
        random->fill(std::span(bytes).first(size));
        for (std::size_t i = 0; i <= size; ++i) seen[i] |= bytes[i];
      }
      for (std::size_t i = 0; i < size; ++i) EXPECT_NE(seen[i], std::byte{0}) << size << " " << i;
      EXPECT_EQ(seen[size], std::byte{0});
    }
  }
}

TEST(Random, a_uuid_carries_its_version_and_variant) {
  ScriptedRandom random({});
  EXPECT_EQ(make_uuid(random), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(Random, uuids_of_the_machine_do_not_repeat) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(make_uuid(random)).second);
}

TEST(Random, name_suffixes_use_their_alphabet_evenly) {
  SeededRandom random(11);
  const std::string text = make_name_suffix(random, 27'000);
  ASSERT_EQ(text.size(), 27'000U);
  std::map<char, int> count;
  for (const char c : text) ++count[c];
  EXPECT_EQ(count.size(), 27U);
  for (const auto& [letter, times] : count) {
    EXPECT_NE(std::string_view("bcdfghjklmnpqrstvwxz2456789").find(letter), std::string_view::npos);
    EXPECT_GT(times, 800) << letter;
    EXPECT_LT(times, 1200) << letter;
  }
}

}  // namespace
}  // namespace aloft
