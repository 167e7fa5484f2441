// What users of a funnel rely on: order, sharing of batches, nothing lost at close.
#include "io/funnel.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "io/guarded.h"

namespace aloft::io {
namespace {

TEST(Funnel, a_lone_submitter_handles_its_item_before_submit_returns) {
  std::vector<int> handled;
  Funnel<int> funnel(Funnel<int>::Runs::submitter, 10, [&](std::vector<int>& batch) {
    handled.insert(handled.end(), batch.begin(), batch.end());
  });
  funnel.submit(1);
  EXPECT_EQ(handled, (std::vector<int>{1}));
}

TEST(Funnel, what_arrives_while_a_batch_is_handled_shares_the_next_batches) {
  std::promise<void> entered;
  std::promise<void> may_go_on;
  std::vector<std::vector<int>> batches;
  Funnel<int> funnel(Funnel<int>::Runs::own_thread, 3, [&](std::vector<int>& batch) {
    batches.push_back(batch);
    if (batches.size() == 1) {
      entered.set_value();
      may_go_on.get_future().wait();
    }
  });
  funnel.submit(0);
  entered.get_future().wait();
  for (int i = 1; i <= 4; ++i) funnel.submit(i);
  may_go_on.set_value();
  funnel.close();
  EXPECT_EQ(batches, (std::vector<std::vector<int>>{{0}, {1, 2, 3}, {4}}));
}

TEST(Funnel, nothing_submitted_by_many_threads_is_lost_or_reordered) {
  for (const auto runs : {Funnel<int>::Runs::own_thread, Funnel<int>::Runs::submitter}) {
    std::vector<int> handled;
    Funnel<int> funnel(
        runs, 7, [&](std::vector<int>& batch) { handled.insert(handled.end(), batch.begin(), batch.end()); });
    std::vector<std::future<void>> threads;
    for (int t = 0; t < 4; ++t) {
      threads.push_back(std::async(std::launch::async, [&funnel, t] {
        for (int i = 0; i < 1000; ++i) funnel.submit(t * 1000 + i);
      }));
    }
    for (auto& thread : threads) thread.get();
    funnel.close();
    ASSERT_EQ(handled.size(), 4000u);
    std::vector<int> last(4, -1);
    for (const int item : handled) {
      EXPECT_LT(last[static_cast<std::size_t>(item / 1000)], item);
      last[static_cast<std::size_t>(item / 1000)] = item;
    }
  }
}

TEST(Funnel, a_closed_funnel_refuses) {
  Funnel<int> funnel(Funnel<int>::Runs::own_thread, 1, [](std::vector<int>&) {});
  funnel.close();
  EXPECT_FALSE(funnel.submit(1));
}

TEST(Guarded, changes_from_many_threads_all_count) {
  Guarded<int> value;
  std::vector<std::future<void>> threads;
  for (int t = 0; t < 4; ++t) {
    threads.push_back(std::async(std::launch::async, [&value] {
      for (int i = 0; i < 1000; ++i) value.with([](int& v) { ++v; });
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(value.with([](int& v) { return v; }), 4000);
}

}  // namespace
}  // namespace aloft::io
