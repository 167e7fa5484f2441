// What happens to what is owned when owners go.
#include "controllers/garbage_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "controllers/all.h"
#include "controllers/owners.h"
#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/core/v1/config_map.h"

namespace aloft::controllers {
namespace {

using apps::v1::ReplicaSet;
using core::v1::ConfigMap;
using core::v1::Node;
using core::v1::Pod;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct OwnersCloud : Simulation {
  OwnersCloud() {
    auto kinds = stored_kinds();
    std::erase_if(kinds, [](const model::KindInfo* kind) { return kind->plural == "events"; });
    add<GarbageCollector>(kinds);
  }
  // A set with two pods of its own.
  ReplicaSet family() {
    ReplicaSet set = put(make_replica_set("web", 2));
    for (int i = 0; i < 2; ++i) {
      Pod pod = make_pod(fmt::format("web-{}", i), "web");
      pod.metadata.ownerReferences.push_back(controller_reference(set));
      put(pod);
    }
    settle();
    return set;
  }
};

TEST(GarbageCollector, what_has_its_owner_stays) {
  OwnersCloud cloud;
  cloud.family();
  cloud.run_for(60s);
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(2));
  EXPECT_THAT(cloud.api().writes(), IsEmpty());
}

TEST(GarbageCollector, in_the_background_dependants_follow_their_owner) {
  OwnersCloud cloud;
  cloud.family();
  cloud.remove<ReplicaSet>(in_default("web"), "Background");
  EXPECT_THAT(cloud.all<ReplicaSet>(), IsEmpty());
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
}

TEST(GarbageCollector, in_the_foreground_the_owner_waits_for_its_dependants) {
  OwnersCloud cloud;
  cloud.family();
  Pod slow = *cloud.find<Pod>(in_default("web-0"));
  slow.spec.nodeName = "node-1";
  cloud.put(slow);
  cloud.remove<ReplicaSet>(in_default("web"), "Foreground");
  cloud.settle();
  ASSERT_THAT(cloud.all<Pod>(), SizeIs(1));
  EXPECT_TRUE(cloud.all<Pod>()[0].metadata.deletionTimestamp.has_value());
  EXPECT_THAT(cloud.all<ReplicaSet>(), SizeIs(1));
  cloud.run_pods();
  cloud.settle();
  EXPECT_THAT(cloud.all<ReplicaSet>(), IsEmpty());
}

TEST(GarbageCollector, in_the_foreground_only_those_that_say_so_hold_the_owner) {
  OwnersCloud cloud;
  const ReplicaSet set = cloud.put(make_replica_set("web", 1));
  Pod pod = make_pod("web-0", "web");
  pod.spec.nodeName = "node-1";
  pod.metadata.ownerReferences.push_back(controller_reference(set));
  pod.metadata.ownerReferences[0].blockOwnerDeletion = false;
  cloud.put(pod);
  cloud.remove<ReplicaSet>(in_default("web"), "Foreground");
  cloud.settle();
  EXPECT_THAT(cloud.all<ReplicaSet>(), IsEmpty());
  EXPECT_TRUE(cloud.all<Pod>().at(0).metadata.deletionTimestamp.has_value());
}

TEST(GarbageCollector, orphans_stay_and_forget_their_owner) {
  OwnersCloud cloud;
  cloud.family();
  cloud.remove<ReplicaSet>(in_default("web"), "Orphan");
  cloud.settle();
  EXPECT_THAT(cloud.all<ReplicaSet>(), IsEmpty());
  ASSERT_THAT(cloud.all<Pod>(), SizeIs(2));
  EXPECT_THAT(cloud.all<Pod>()[0].metadata.ownerReferences, IsEmpty());
}

TEST(GarbageCollector, a_namesake_of_the_owner_is_not_the_owner) {
  OwnersCloud cloud;
  cloud.family();
  cloud.erase<ReplicaSet>(in_default("web"));
  cloud.put(make_replica_set("web", 2));
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
}

TEST(GarbageCollector, one_of_two_owners_is_enough) {
  OwnersCloud cloud;
  const ReplicaSet set = cloud.put(make_replica_set("web", 1));
  ConfigMap other;
  other.metadata.namespace_ = "default";
  other.metadata.name = "other";
  other = cloud.put(other);
  Pod pod = make_pod("web-0", "web");
  pod.metadata.ownerReferences.push_back(controller_reference(set));
  pod.metadata.ownerReferences.push_back(controller_reference(other));
  pod.metadata.ownerReferences[1].controller.reset();
  cloud.put(pod);
  cloud.settle();
  cloud.remove<ReplicaSet>(in_default("web"), "Background");
  cloud.settle();
  ASSERT_THAT(cloud.all<Pod>(), SizeIs(1));
  ASSERT_THAT(cloud.all<Pod>()[0].metadata.ownerReferences, SizeIs(1));
  EXPECT_EQ(cloud.all<Pod>()[0].metadata.ownerReferences[0].name, "other");
  cloud.remove<ConfigMap>(in_default("other"));
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
}

TEST(GarbageCollector, an_owner_of_the_cluster_counts_in_every_namespace) {
  OwnersCloud cloud;
  const Node node = cloud.put(make_node("node-1"));
  Pod pod = make_pod("static", "web");
  pod.metadata.ownerReferences.push_back(controller_reference(node));
  cloud.put(pod);
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(1));
  cloud.remove<Node>(client::ObjectKey("", "node-1"));
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
}

TEST(GarbageCollector, an_owner_in_another_namespace_is_none_and_that_is_told) {
  OwnersCloud cloud;
  ReplicaSet elsewhere = make_replica_set("web", 1);
  elsewhere.metadata.namespace_ = "other";
  elsewhere = cloud.put(elsewhere);
  Pod pod = make_pod("web-0", "web");
  pod.metadata.ownerReferences.push_back(controller_reference(elsewhere));
  cloud.put(pod);
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
  ASSERT_THAT(cloud.events("OwnerRefInvalidNamespace"), SizeIs(1));
  EXPECT_NE(cloud.events("OwnerRefInvalidNamespace")[0].find("does not exist in namespace \"default\""),
            std::string::npos);
}

TEST(GarbageCollector, owners_of_unknown_kinds_are_believed) {
  OwnersCloud cloud;
  Pod pod = make_pod("web-0", "web");
  auto& owner = pod.metadata.ownerReferences.emplace_back();
  owner.apiVersion = "example.com/v1";
  owner.kind = "Widget";
  owner.name = "w";
  owner.uid = "u";
  cloud.put(pod);
  cloud.run_for(60s);
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(1));
}

// Watches break and come back one after the other, so that pods are seen before the sets that own them.
TEST(GarbageCollector, a_cache_that_lags_behind_costs_no_object_its_life) {
  OwnersCloud cloud;
  cloud.settle();
  for (int round = 0; round < 20; ++round) {
    cloud.api().break_watches(Error(Code::unavailable, "the connection broke"));
    cloud.run_for(1ms);
    const ReplicaSet set = cloud.put(make_replica_set(fmt::format("web-{}", round), 1));
    Pod pod = make_pod(fmt::format("web-{}", round), "web");
    pod.metadata.ownerReferences.push_back(controller_reference(set));
    cloud.put(pod);
    cloud.run_for(200s);
  }
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(20));
}

TEST(GarbageCollector, owners_in_a_circle_do_not_wait_for_each_other_for_ever) {
  OwnersCloud cloud;
  ReplicaSet a = cloud.put(make_replica_set("a", 0));
  ReplicaSet b = make_replica_set("b", 0);
  b.metadata.ownerReferences.push_back(controller_reference(a));
  b = cloud.put(b);
  a.metadata.ownerReferences.push_back(controller_reference(b));
  cloud.put(a);
  cloud.settle();
  cloud.remove<ReplicaSet>(in_default("a"), "Foreground");
  cloud.run_for(10s);
  EXPECT_THAT(cloud.all<ReplicaSet>(), IsEmpty());
}

TEST(GarbageCollector, in_any_forest_what_remains_has_a_living_owner) {
  EXPECT_TRUE(rc::check([] {
    OwnersCloud cloud;
    std::vector<ConfigMap> maps;
    const int count = *rc::gen::inRange(1, 12);
    for (int i = 0; i < count; ++i) {
      ConfigMap map;
      map.metadata.namespace_ = "default";
      map.metadata.name = fmt::format("m{}", i);
      const int owners = i == 0 ? 0 : *rc::gen::inRange(0, 3);
      for (int owner = 0; owner < owners; ++owner) {
        auto reference = controller_reference(maps[static_cast<std::size_t>(*rc::gen::inRange(0, i))]);
        reference.controller.reset();
        reference.blockOwnerDeletion = *rc::gen::arbitrary<bool>();
        const auto same =
            std::ranges::find(map.metadata.ownerReferences, reference.uid, &meta::v1::OwnerReference::uid);
        if (same == map.metadata.ownerReferences.end())
          map.metadata.ownerReferences.push_back(std::move(reference));
      }
      maps.push_back(cloud.put(map));
    }
    cloud.settle();
    const auto gone = static_cast<std::size_t>(*rc::gen::inRange(0, count));
    const std::string how = *rc::gen::element<std::string>("Background", "Foreground", "Orphan");
    cloud.remove<ConfigMap>(in_default(maps[gone].metadata.name), how);
    cloud.run_for(10s);
    std::set<std::string> living;
    for (const ConfigMap& map : cloud.all<ConfigMap>()) living.insert(map.metadata.uid);
    RC_ASSERT(!living.contains(maps[gone].metadata.uid));
    if (how == "Orphan") RC_ASSERT(living.size() == maps.size() - 1);
    for (const ConfigMap& map : cloud.all<ConfigMap>()) {
      RC_ASSERT(!map.metadata.deletionTimestamp.has_value());
      for (const auto& owner : map.metadata.ownerReferences) RC_ASSERT(living.contains(owner.uid));
    }
    RC_ASSERT(cloud.unrest().empty());
  }));
}

}  // namespace
}  // namespace aloft::controllers
