// What every namespace gets by itself.
#include "controllers/service_account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/service_account.h"

namespace aloft::controllers {
namespace {

using core::v1::ConfigMap;
using core::v1::ServiceAccount;
using ::testing::IsEmpty;

TEST(ServiceAccount, every_namespace_has_a_default_account_and_the_certificate) {
  Simulation cloud;
  cloud.add<ServiceAccountController>("PEM");
  cloud.put(make_namespace("default"));
  cloud.settle();
  EXPECT_TRUE(cloud.find<ServiceAccount>(in_default("default")).has_value());
  EXPECT_EQ(cloud.find<ConfigMap>(in_default("kube-root-ca.crt"))->data.at("ca.crt"), "PEM");
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(ServiceAccount, what_people_remove_or_change_comes_back) {
  Simulation cloud;
  cloud.add<ServiceAccountController>("PEM");
  cloud.put(make_namespace("default"));
  cloud.settle();
  cloud.erase<ServiceAccount>(in_default("default"));
  ConfigMap map = *cloud.find<ConfigMap>(in_default("kube-root-ca.crt"));
  map.data["ca.crt"] = "forged";
  cloud.put(map);
  cloud.settle();
  EXPECT_TRUE(cloud.find<ServiceAccount>(in_default("default")).has_value());
  EXPECT_EQ(cloud.find<ConfigMap>(in_default("kube-root-ca.crt"))->data.at("ca.crt"), "PEM");
}

TEST(ServiceAccount, a_namespace_that_ends_gets_nothing) {
  Simulation cloud;
  cloud.add<ServiceAccountController>("PEM");
  auto space = make_namespace("default");
  space.metadata.finalizers.emplace_back("test/kept");
  space.metadata.deletionTimestamp = cloud.now();
  cloud.put(space);
  cloud.settle();
  EXPECT_THAT(cloud.api().writes(), IsEmpty());
}

}  // namespace
}  // namespace aloft::controllers
