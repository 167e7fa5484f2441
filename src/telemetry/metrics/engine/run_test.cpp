// Runs on disk: their series, and that those of the same series keep one list.
#include "telemetry/metrics/engine/run.h"

#include <gtest/gtest.h>

#include "telemetry/metrics/testing/store_fixture.h"

namespace aloft::telemetry::metrics {
namespace {

class RunTest : public testing::Test {
 protected:
  RunPtr write(std::uint64_t id, const std::vector<SeriesRef>& series) {
    auto writer = RunWriter::create(folder_.path(), {.id = id, .window = 0, .low = id, .high = id},
                                    ChunkWriter::Effort::quick);
    EXPECT_TRUE(writer) << writer.error().message();
    Column column;
    column.times = {1000};
    column.values = {1};
    for (const SeriesRef ref : series) EXPECT_TRUE((*writer)->add(ref, column));
    auto run = (*writer)->finish(cache_);
    EXPECT_TRUE(run) << run.error().message();
    return *run;
  }

  TemporaryFolder folder_;
  std::shared_ptr<ChunkCache> cache_ = std::make_shared<ChunkCache>(1 << 20);
};

TEST_F(RunTest, runs_of_the_same_series_share_one_list) {
  const RunPtr first = write(1, {5, 2, 9});
  const RunPtr same = share_series(write(2, {5, 2, 9}), std::vector{first});
  EXPECT_EQ(same->shared_series(), first->shared_series());
  EXPECT_EQ(same->meta().id, 2u);
  EXPECT_EQ(same->file().totals().series, 3u);
  const RunPtr other = share_series(write(3, {5, 9}), std::vector{first, same});
  EXPECT_EQ(other->series(), (std::vector<SeriesRef>{5, 9}));
  EXPECT_EQ(share_series(nullptr, std::vector{first}), nullptr);
}

}  // namespace
}  // namespace aloft::telemetry::metrics
