// All controllers in one cloud, as `aloft up` runs them.
#include "controllers/all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::controllers {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct WholeCloud : Simulation {
  WholeCloud() {
    ControllersConfig config;
    config.default_objects.api_ip = "192.0.2.1";
    const DefaultObjectsSettings objects = config.default_objects;
    for (auto& controller : make_controllers(std::move(config))) take(std::move(controller));
    ensure(loop().run_until_done(create_default_objects(api(), objects)).has_value(), "the cloud is made");
  }
  void beat() {
    coordination::v1::Lease lease;
    lease.metadata.namespace_ = "kube-node-lease";
    lease.metadata.name = "node-1";
    lease.spec.renewTime = model::MicroTimestamp(now());
    put(lease);
  }
  void live(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      beat();
      run_for(1s);
      run_pods();
    }
  }
};

TEST(AllControllers, a_deployment_behind_a_service_is_served_and_leaves_nothing_behind) {
  WholeCloud cloud;
  cloud.put(make_node("node-1"));
  cloud.live(2);
  cloud.put(make_deployment("web", 3));
  cloud.put(make_service("web"));
  cloud.live(5);
  EXPECT_EQ(cloud.find<apps::v1::Deployment>(in_default("web"))->status.availableReplicas, 3);
  EXPECT_THAT(cloud.find<core::v1::Endpoints>(in_default("web"))->subsets.at(0).addresses, SizeIs(3));
  EXPECT_THAT(cloud.unrest(), IsEmpty());
  cloud.remove<apps::v1::Deployment>(in_default("web"), "Background");
  cloud.remove<core::v1::Service>(in_default("web"), "Background");
  cloud.live(5);
  EXPECT_THAT(cloud.all<apps::v1::ReplicaSet>(), IsEmpty());
  EXPECT_THAT(cloud.all<core::v1::Pod>(), IsEmpty());
  EXPECT_THAT(cloud.all<core::v1::Endpoints>(), SizeIs(1));
  EXPECT_THAT(cloud.all<discovery::v1::EndpointSlice>(), SizeIs(1));
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(AllControllers, the_pods_of_a_lost_node_are_replaced) {
  WholeCloud cloud;
  cloud.put(make_node("node-1"));
  cloud.put(make_deployment("web", 2));
  cloud.live(4);
  cloud.run_for(10s);
  const auto pods = cloud.all<core::v1::Pod>();
  const auto fresh = std::ranges::count_if(pods, [](const auto& pod) { return pod.spec.nodeName.empty(); });
  EXPECT_EQ(fresh, 2);
}

}  // namespace
}  // namespace aloft::controllers
