// How a namespace ends: emptied, telling what it waits for, then let go.
#include "controllers/namespace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/all.h"
#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/core/v1/config_map.h"

namespace aloft::controllers {
namespace {

using core::v1::ConfigMap;
using core::v1::Namespace;
using core::v1::NamespaceCondition;
using core::v1::Pod;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<const model::KindInfo*> content() {
  std::vector<const model::KindInfo*> kinds = stored_kinds();
  std::erase_if(kinds, [](const model::KindInfo* kind) { return !kind->namespaced; });
  return kinds;
}

struct NamespaceCloud : Simulation {
  NamespaceCloud() { add<NamespaceController>(content()); }
  Namespace space() const { return *find<Namespace>(client::ObjectKey("", "default")); }
  // The server keeps the object while spec.finalizers has entries; the fake does for a finalizer in metadata.
  void end_namespace() {
    Namespace ending = make_namespace("default");
    ending.metadata.finalizers.emplace_back("test/kept");
    ending.metadata.deletionTimestamp = now();
    ending.status.phase = "Terminating";
    put(ending);
  }
  std::string condition(std::string_view type) const {
    const Namespace now = space();
    const auto found = std::ranges::find(now.status.conditions, type, &NamespaceCondition::type);
    if (found == now.status.conditions.end()) return "none";
    return fmt::format("{} {}: {}", found->status, found->reason, found->message);
  }
};

ConfigMap make_config_map(std::string name) {
  ConfigMap map;
  map.metadata.namespace_ = "default";
  map.metadata.name = std::move(name);
  return map;
}

TEST(Namespace, a_living_one_is_left_alone) {
  NamespaceCloud cloud;
  cloud.put(make_namespace("default"));
  cloud.put(make_config_map("a"));
  cloud.settle();
  EXPECT_THAT(cloud.api().writes(), IsEmpty());
}

TEST(Namespace, everything_in_it_goes_before_it_does) {
  NamespaceCloud cloud;
  cloud.put(make_config_map("a"));
  cloud.put(make_pod("web", "web"));
  cloud.put(make_deployment("web", 1));
  ConfigMap elsewhere = make_config_map("a");
  elsewhere.metadata.namespace_ = "other";
  cloud.put(elsewhere);
  cloud.end_namespace();
  cloud.run_for(500ms);
  EXPECT_THAT(cloud.space().spec.finalizers, ElementsAre("kubernetes"));
  cloud.run_for(2s);
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
  EXPECT_THAT(cloud.all<apps::v1::Deployment>(), IsEmpty());
  EXPECT_THAT(cloud.all<ConfigMap>(), SizeIs(1));
  EXPECT_THAT(cloud.space().spec.finalizers, IsEmpty());
  EXPECT_THAT(cloud.api().writes().back(), "update namespaces/finalize default");
}

TEST(Namespace, its_conditions_tell_what_it_waits_for) {
  NamespaceCloud cloud;
  ConfigMap held = make_config_map("held");
  held.metadata.finalizers.emplace_back("example.com/hold");
  cloud.put(held);
  cloud.end_namespace();
  cloud.run_for(5s);
  EXPECT_EQ(cloud.condition("NamespaceContentRemaining"),
            "True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances");
  EXPECT_EQ(cloud.condition("NamespaceFinalizersRemaining"),
            "True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: "
            "example.com/hold in 1 "
            "resource instances");
  EXPECT_EQ(cloud.condition("NamespaceDeletionContentFailure"),
            "False ContentDeleted: All content successfully deleted, may be waiting on finalization");
  EXPECT_THAT(cloud.space().spec.finalizers, ElementsAre("kubernetes"));
  cloud.erase<ConfigMap>(in_default("held"));
  cloud.settle();
  EXPECT_THAT(cloud.space().spec.finalizers, IsEmpty());
}

TEST(Namespace, more_objects_than_one_plan_removes_go_too) {
  NamespaceCloud cloud;
  for (int i = 0; i < 1200; ++i) cloud.put(make_config_map(fmt::format("map-{}", i)));
  cloud.end_namespace();
  cloud.run_for(3s);
  EXPECT_THAT(cloud.all<ConfigMap>(), IsEmpty());
  EXPECT_THAT(cloud.space().spec.finalizers, IsEmpty());
}

}  // namespace
}  // namespace aloft::controllers
