// What waits for a follower that does not read, and what reaches one that does.
#include "telemetry/logs/api/tail.h"

#include <gtest/gtest.h>

#include "io/epoll_loop.h"
#include "telemetry/logs/logql/parser.h"

namespace aloft::telemetry::logs {
namespace {

LogBatch batch_of(std::size_t lines, std::size_t line_bytes) {
  LogBatch batch;
  LogStream& stream = batch.streams.emplace_back();
  stream.labels = Labels({{"app", "a"}});
  for (std::size_t i = 0; i < lines; ++i)
    stream.entries.push_back(
        {.time_ns = static_cast<std::int64_t>(i), .line = std::string(line_bytes, 'x'), .fields = {}});
  return batch;
}

std::size_t entries_of(const std::vector<logql::ResultStream>& streams) {
  std::size_t sum = 0;
  for (const auto& stream : streams) sum += stream.entries.size();
  return sum;
}

class TailHubTest : public ::testing::Test {
 protected:
  TailHubTest() { follower = *hub.follow(loop, "", *logql::parse_log_query("{app=\"a\"}")); }
  io::EpollLoop loop;
  TailHub hub;
  std::unique_ptr<TailHub::Follower> follower;
  std::vector<TailHub::Dropped> dropped;
};

TEST_F(TailHubTest, a_follower_gets_what_came_since_it_last_looked) {
  ASSERT_TRUE(hub.write(batch_of(3, 10)));
  EXPECT_EQ(entries_of(follower->take(dropped)), 3u);
  EXPECT_TRUE(dropped.empty());
  EXPECT_EQ(entries_of(follower->take(dropped)), 0u);
}

TEST_F(TailHubTest, a_follower_that_reads_nothing_holds_a_bounded_number_of_entries_and_bytes) {
  ASSERT_TRUE(hub.write(batch_of(6'000, 1)));
  EXPECT_EQ(entries_of(follower->take(dropped)), 5'000u);
  EXPECT_EQ(dropped.size(), 100u);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(hub.write(batch_of(10, 256 * 1024)));
  EXPECT_EQ(entries_of(follower->take(dropped)), 16u);
  EXPECT_EQ(dropped.size(), 84u);
  ASSERT_TRUE(hub.write(batch_of(1, 1)));
  EXPECT_EQ(entries_of(follower->take(dropped)), 1u);
}

}  // namespace
}  // namespace aloft::telemetry::logs
