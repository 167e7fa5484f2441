// Which pods must leave a tainted node, and when.
#include "controllers/taint_eviction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/pods.h"
#include "controllers/taints.h"
#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using core::v1::Node;
using core::v1::Pod;
using core::v1::Taint;
using core::v1::Toleration;
using ::testing::ElementsAre;

struct TaintCloud : Simulation {
  TaintCloud() {
    add<TaintEvictionController>();
    put(make_node("node-1"));
  }
  void taint(std::string key, bool dated = true) {
    Node node = *find<Node>(ObjectKey("", "node-1"));
    Taint added;
    added.key = std::move(key);
    added.effect = "NoExecute";
    if (dated) added.timeAdded = now();
    node.spec.taints.assign(1, added);
    put(node);
  }
  void clear_taints() {
    Node node = *find<Node>(ObjectKey("", "node-1"));
    node.spec.taints.clear();
    put(node);
  }
  void run(std::string name, std::optional<std::int64_t> seconds, std::string key = "lost") {
    Pod pod = make_pod(std::move(name), "web");
    Toleration toleration;
    toleration.key = std::move(key);
    toleration.operator_ = "Exists";
    toleration.effect = "NoExecute";
    toleration.tolerationSeconds = seconds;
    pod.spec.tolerations.push_back(std::move(toleration));
    put(pod);
    run_pods();
  }
  bool is_going(std::string name) const {
    const auto pod = find<Pod>(in_default(std::move(name)));
    return !pod || pod->metadata.deletionTimestamp.has_value();
  }
};

TEST(TaintEviction, a_pod_that_does_not_tolerate_the_taint_goes_at_once) {
  TaintCloud cloud;
  cloud.run("other", std::nullopt, "something-else");
  cloud.run("patient", std::nullopt);
  cloud.taint("lost");
  cloud.settle();
  EXPECT_TRUE(cloud.is_going("other"));
  EXPECT_FALSE(cloud.is_going("patient"));
  const auto pod = cloud.find<Pod>(in_default("other"));
  EXPECT_EQ(find_condition(pod->status, "DisruptionTarget")->reason, "DeletionByTaintManager");
  EXPECT_THAT(cloud.events("TaintManagerEviction"), ElementsAre("Marking for deletion Pod default/other"));
}

TEST(TaintEviction, toleration_seconds_are_kept_to_the_second) {
  for (const bool dated : {true, false}) {
    TaintCloud cloud;
    cloud.run("web", 30);
    cloud.taint("lost", dated);
    cloud.run_for(29s);
    EXPECT_FALSE(cloud.is_going("web"));
    cloud.run_for(2s);
    EXPECT_TRUE(cloud.is_going("web"));
  }
}

TEST(TaintEviction, a_taint_that_goes_in_time_harms_nobody_and_starts_anew_later) {
  for (const bool dated : {true, false}) {
    TaintCloud cloud;
    cloud.run("web", 30);
    cloud.taint("lost", dated);
    cloud.run_for(20s);
    cloud.clear_taints();
    cloud.run_for(60s);
    EXPECT_FALSE(cloud.is_going("web"));
    cloud.taint("lost", dated);
    cloud.run_for(20s);
    EXPECT_FALSE(cloud.is_going("web"));
    cloud.run_for(20s);
    EXPECT_TRUE(cloud.is_going("web"));
  }
}

TEST(TaintEviction, a_pod_bound_to_a_tainted_node_goes_too) {
  TaintCloud cloud;
  cloud.taint("lost");
  cloud.settle();
  cloud.run("web", std::nullopt, "something-else");
  cloud.settle();
  EXPECT_TRUE(cloud.is_going("web"));
}

struct Matching {
  Toleration toleration;
  bool expected;
};

TEST(TaintEviction, tolerations_match_by_key_value_and_effect) {
  const Matching table[] = {
      {{"k", "Equal", "v", "NoExecute", {}}, true},
      {{"k", "", "v", "", {}}, true},
      {{"k", "Equal", "w", "NoExecute", {}}, false},
      {{"k", "Exists", "", "", {}}, true},
      {{"", "Exists", "", "", {}}, true},
      {{"", "Equal", "v", "", {}}, false},
      {{"k", "Exists", "", "NoSchedule", {}}, false},
      {{"j", "Exists", "", "", {}}, false},
  };
  Taint taint;
  taint.key = "k";
  taint.value = "v";
  taint.effect = "NoExecute";
  for (const Matching& row : table) {
    EXPECT_EQ(tolerates(row.toleration, taint), row.expected)
        << row.toleration.key << " " << row.toleration.operator_ << " " << row.toleration.value;
  }
}

}  // namespace
}  // namespace aloft::controllers
