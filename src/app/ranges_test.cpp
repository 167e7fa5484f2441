// Ranges of addresses: chosen once, kept, and not changed behind the back of what uses them.
#include "app/ranges.h"

#include <gtest/gtest.h>

#include "io/file.h"
#include "store/testing/store_testing.h"

namespace aloft::app {
namespace {

class CloudRanges : public ::testing::Test {
 protected:
  Result<Ranges> settle(Ranges asked) {
    return loop_.run_until_done(settle_ranges(loop_, directory_, std::move(asked), false, "none"));
  }
  store::TemporaryFolder folder_;
  DataDirectory directory_{folder_.file("cloud")};
  io::EpollLoop loop_;
  void SetUp() override { ASSERT_TRUE(directory_.make()); }
};

TEST_F(CloudRanges, the_first_start_takes_what_is_asked_for_or_the_usual) {
  EXPECT_EQ(settle({"", ""}), (Ranges{"10.244.0.0/16", "10.96.0.0/16"}));
  EXPECT_EQ(settle({"10.1.0.0/16", ""}), (Ranges{"10.1.0.0/16", "10.96.0.0/16"}));
}

TEST_F(CloudRanges, later_starts_keep_what_was_written) {
  const Ranges first{"10.1.0.0/16", "10.2.0.0/16"};
  ASSERT_TRUE(write_ranges(directory_, first));
  EXPECT_EQ(settle({"", ""}), first);
  EXPECT_EQ(settle({"10.1.0.0/16", "10.2.0.0/16"}), first);
}

TEST_F(CloudRanges, a_change_is_refused_with_what_to_do) {
  ASSERT_TRUE(write_ranges(directory_, {"10.1.0.0/16", "10.2.0.0/16"}));
  const auto refused = settle({"", "10.3.0.0/16"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "--service-range 10.3.0.0/16: the services of this cloud have addresses of 10.2.0.0/16 since its "
            "first start; leave the option out, or start another cloud with its own --data-dir");
  EXPECT_FALSE(settle({"10.3.0.0/16", ""}));
}

TEST_F(CloudRanges, a_damaged_file_is_named) {
  const std::string path = directory_.path("ranges.json");
  for (const char* text : {"{", "{}", R"({"pods":"10.1.0.0/16"})"}) {
    ASSERT_TRUE(io::write_file(path, text));
    const auto refused = settle({"", ""});
    ASSERT_FALSE(refused) << text;
    EXPECT_TRUE(refused.error().message().starts_with(path)) << refused.error().message();
  }
}

}  // namespace
}  // namespace aloft::app
