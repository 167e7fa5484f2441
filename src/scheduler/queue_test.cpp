// Who is next, who rests for how long, and what wakes whom.
#include "scheduler/queue.h"

#include <gtest/gtest.h>

#include "scheduler/testing/objects.h"

namespace aloft::scheduler {
namespace {

constexpr Events capacity = {EventKind::pod_removed, EventKind::node_added};
constexpr Events affinity = {EventKind::node_labels};

Time at(Duration time) { return Time() + time; }

SharedPod pod(std::string name, std::int32_t priority = 0, std::int64_t made_at = 0) {
  core::v1::Pod object = make_pod(std::move(name), "1", "1Gi");
  object.spec.priority = priority;
  object.metadata.creationTimestamp = model::Timestamp(WallTime{std::chrono::seconds(made_at)});
  return info_of(std::move(object));
}

std::string pop(Queue& queue, Duration now) {
  const SharedPod next = queue.pop(at(now));
  return next == nullptr ? "" : next->pod->metadata.name;
}

TEST(Queue, more_important_pods_come_first_then_older_ones) {
  Queue queue;
  queue.put(pod("young", 0, 20), false, at(0s));
  queue.put(pod("old", 0, 10), false, at(0s));
  queue.put(pod("important", 5, 30), false, at(0s));
  queue.put(pod("same-age", 0, 20), false, at(0s));
  EXPECT_EQ(pop(queue, 0s), "important");
  EXPECT_EQ(pop(queue, 0s), "old");
  EXPECT_EQ(pop(queue, 0s), "young");
  EXPECT_EQ(pop(queue, 0s), "same-age");
  EXPECT_EQ(pop(queue, 0s), "");
}

TEST(Queue, a_pod_that_is_out_is_nobody_elses) {
  Queue queue;
  queue.put(pod("a"), false, at(0s));
  EXPECT_EQ(pop(queue, 0s), "a");
  queue.put(pod("a"), true, at(0s));
  queue.wake(capacity, at(0s));
  EXPECT_EQ(pop(queue, 0s), "");
  EXPECT_EQ(queue.counts().out, 1U);
}

TEST(Queue, a_parked_pod_wakes_on_what_matters_to_it_only) {
  Queue queue;
  queue.put(pod("a"), false, at(0s));
  EXPECT_EQ(pop(queue, 0s), "a");
  queue.park("default/a", capacity, at(0s));
  queue.wake(affinity, at(5s));
  EXPECT_EQ(pop(queue, 5s), "");
  queue.wake({EventKind::pod_removed}, at(6s));
  EXPECT_EQ(pop(queue, 6s), "a");
}

TEST(Queue, a_pod_that_is_woken_early_rests_first) {
  Queue queue;
  queue.put(pod("a"), false, at(0s));
  EXPECT_EQ(pop(queue, 0s), "a");
  queue.park("default/a", capacity, at(0s));
  queue.wake(capacity, at(100ms));
  EXPECT_EQ(pop(queue, 999ms), "");
  EXPECT_EQ(queue.next_due(), at(1s));
  EXPECT_EQ(pop(queue, 1s), "a");
}

TEST(Queue, rests_double_from_one_second_to_ten) {
  const Duration expected[] = {1s, 2s, 4s, 8s, 10s, 10s};
  for (int failures = 1; failures <= 6; ++failures) {
    Queue queue;
    queue.put(pod("a"), false, at(0s));
    Duration now = 0s;
    for (int i = 0; i < failures; ++i) {
      ASSERT_EQ(pop(queue, now), "a");
      queue.retry("default/a", at(now));
      if (i + 1 < failures) now = *queue.next_due() - Time();
    }
    EXPECT_EQ(*queue.next_due() - at(now), expected[failures - 1]) << failures;
  }
}

TEST(Queue, a_parked_pod_is_tried_again_after_five_minutes_whatever_happens) {
  Queue queue;
  queue.put(pod("a"), false, at(0s));
  EXPECT_EQ(pop(queue, 0s), "a");
  queue.park("default/a", capacity, at(0s));
  EXPECT_EQ(queue.next_due(), at(300s));
  EXPECT_EQ(pop(queue, 299s), "");
  EXPECT_EQ(pop(queue, 300s), "a");
}

TEST(Queue, a_pod_that_its_owner_changes_is_tried_again) {
  Queue queue;
  queue.put(pod("a"), false, at(0s));
  EXPECT_EQ(pop(queue, 0s), "a");
  queue.park("default/a", capacity, at(0s));
  queue.put(pod("a"), false, at(5s));
  EXPECT_EQ(pop(queue, 5s), "");
  queue.put(pod("a", 7), true, at(6s));
  EXPECT_EQ(pop(queue, 6s), "a");
  EXPECT_EQ(queue.find("default/a")->priority, 7);
}

TEST(Queue, a_new_priority_counts_at_once) {
  Queue queue;
  queue.put(pod("a"), false, at(0s));
  queue.put(pod("b", 1), false, at(0s));
  queue.put(pod("a", 2), true, at(0s));
  EXPECT_EQ(pop(queue, 0s), "a");
}

TEST(Queue, gates_hold_a_pod_until_the_last_is_gone) {
  core::v1::Pod object = make_pod("a", "1", "1Gi");
  object.spec.schedulingGates.resize(1);
  Queue queue;
  queue.put(info_of(object), false, at(0s));
  queue.wake(capacity, at(0s));
  EXPECT_EQ(pop(queue, 400s), "");
  EXPECT_EQ(queue.counts().gated, 1U);
  EXPECT_EQ(queue.next_due(), std::nullopt);
  object.spec.schedulingGates.clear();
  queue.put(info_of(object), true, at(500s));
  EXPECT_EQ(queue.counts().gated, 0U);
  EXPECT_EQ(pop(queue, 500s), "a");
}

TEST(Queue, removed_pods_are_gone_wherever_they_were) {
  Queue queue;
  for (const std::string name : {"active", "out", "parked", "resting"}) queue.put(pod(name), false, at(0s));
  std::map<std::string, SharedPod> out;
  for (int i = 0; i < 4; ++i) {
    SharedPod next = queue.pop(at(0s));
    out[next->pod->metadata.name] = next;
  }
  queue.put(pod("active"), false, at(0s));
  queue.park("default/parked", capacity, at(0s));
  queue.retry("default/resting", at(0s));
  for (const auto& [name, info] : out) queue.remove(info->key);
  EXPECT_EQ(pop(queue, 1000s), "");
  EXPECT_EQ(queue.next_due(), std::nullopt);
  queue.park("default/out", capacity, at(0s));
  queue.retry("default/out", at(0s));
  EXPECT_EQ(queue.find("default/out"), nullptr);
}

}  // namespace
}  // namespace aloft::scheduler
