// What a new cluster has.
#include "controllers/default_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "model/kinds/scheduling/v1/priority_class.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using core::v1::Endpoints;
using core::v1::Namespace;
using core::v1::Service;
using discovery::v1::EndpointSlice;
using scheduling::v1::PriorityClass;
using ::testing::IsEmpty;
using ::testing::SizeIs;

DefaultObjectsSettings settings() {
  DefaultObjectsSettings made;
  made.api_ip = "192.0.2.1";
  made.api_port = 6443;
  return made;
}

TEST(DefaultObjects, a_new_cluster_has_its_namespaces_service_and_priorities) {
  Simulation cloud;
  for (int i = 0; i < 2; ++i) {
    const auto made = cloud.loop().run_until_done(create_default_objects(cloud.api(), settings()));
    EXPECT_TRUE(made.has_value());
  }
  EXPECT_THAT(cloud.all<Namespace>(), SizeIs(4));
  EXPECT_EQ(cloud.find<PriorityClass>(ObjectKey("", "system-node-critical"))->value, 2'000'001'000);
  EXPECT_EQ(cloud.find<Service>(in_default("kubernetes"))->spec.clusterIP, "10.96.0.1");
  EXPECT_EQ(cloud.find<Endpoints>(in_default("kubernetes"))->subsets.at(0).addresses.at(0).ip, "192.0.2.1");
  EXPECT_EQ(cloud.find<EndpointSlice>(in_default("kubernetes"))->ports.at(0).port, 6443);
}

TEST(DefaultObjects, what_is_removed_comes_back_and_endpoints_follow_the_address) {
  Simulation cloud;
  cloud.add<DefaultObjectsController>(settings());
  DefaultObjectsSettings old = settings();
  old.api_ip = "192.0.2.9";
  EXPECT_TRUE(cloud.loop().run_until_done(create_default_objects(cloud.api(), old)).has_value());
  cloud.settle();
  EXPECT_EQ(cloud.find<Endpoints>(in_default("kubernetes"))->subsets.at(0).addresses.at(0).ip, "192.0.2.1");
  EXPECT_EQ(cloud.find<EndpointSlice>(in_default("kubernetes"))->endpoints.at(0).addresses.at(0),
            "192.0.2.1");
  cloud.erase<Service>(in_default("kubernetes"));
  cloud.erase<Namespace>(ObjectKey("", "kube-public"));
  cloud.settle();
  EXPECT_TRUE(cloud.find<Service>(in_default("kubernetes")).has_value());
  EXPECT_THAT(cloud.all<Namespace>(), SizeIs(4));
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(DefaultObjects, further_services_of_the_cluster_are_kept_as_they_are_served) {
  Simulation cloud;
  DefaultObjectsSettings old = settings();
  old.further.push_back({"kube-system", "telemetry", {}, "", "192.0.2.1", {{"otlp-http", 4318, 4318}}});
  EXPECT_TRUE(cloud.loop().run_until_done(create_default_objects(cloud.api(), old)).has_value());
  DefaultObjectsSettings now = old;
  now.further[0].ports = {{"otlp-http", 4318, 40001}, {"otlp-grpc", 4317, 4317}};
  cloud.add<DefaultObjectsController>(now);
  cloud.settle();
  const ObjectKey key("kube-system", "telemetry");
  EXPECT_THAT(cloud.find<Service>(key)->spec.ports, SizeIs(2));
  EXPECT_EQ(cloud.find<Endpoints>(key)->subsets.at(0).ports.at(0).port, 40001);
  EXPECT_EQ(cloud.find<EndpointSlice>(key)->ports.at(1).name, "otlp-grpc");
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

}  // namespace
}  // namespace aloft::controllers
