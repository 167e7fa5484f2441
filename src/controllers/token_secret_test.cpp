// What becomes of secrets that hold the token of an account.
#include "controllers/token_secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service_account.h"

namespace aloft::controllers {
namespace {

using core::v1::Secret;
using core::v1::ServiceAccount;
using ::testing::IsEmpty;

Secret token_of(std::string account) {
  Secret secret;
  secret.metadata.namespace_ = "default";
  secret.metadata.name = "token";
  secret.metadata.annotations["kubernetes.io/service-account.name"] = std::move(account);
  secret.type = "kubernetes.io/service-account-token";
  return secret;
}
ServiceAccount account() {
  ServiceAccount robot;
  robot.metadata.namespace_ = "default";
  robot.metadata.name = "robot";
  return robot;
}

TEST(TokenSecret, is_completed_once_its_account_is_there) {
  Simulation cloud;
  cloud.add<TokenSecretController>("PEM");
  cloud.put(token_of("robot"));
  cloud.settle();
  EXPECT_THAT(cloud.api().writes(), IsEmpty());
  cloud.put(account());
  cloud.settle();
  const Secret secret = *cloud.find<Secret>(in_default("token"));
  EXPECT_EQ(secret.data.at("ca.crt").size(), 3U);
  EXPECT_EQ(secret.data.at("namespace").size(), 7U);
  EXPECT_EQ(secret.metadata.annotations.at("kubernetes.io/service-account.uid"),
            cloud.find<ServiceAccount>(in_default("robot"))->metadata.uid);
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(TokenSecret, goes_with_its_account) {
  Simulation cloud;
  cloud.add<TokenSecretController>("PEM");
  cloud.put(account());
  cloud.put(token_of("robot"));
  cloud.settle();
  cloud.run_for(1min);
  EXPECT_TRUE(cloud.find<Secret>(in_default("token")).has_value());
  cloud.erase<ServiceAccount>(in_default("robot"));
  cloud.settle();
  EXPECT_FALSE(cloud.find<Secret>(in_default("token")).has_value());
}

TEST(TokenSecret, of_an_account_that_never_comes_goes_after_a_while) {
  Simulation cloud;
  cloud.add<TokenSecretController>("PEM");
  cloud.put(token_of("nobody"));
  cloud.settle();
  EXPECT_TRUE(cloud.find<Secret>(in_default("token")).has_value());
  cloud.run_for(30s);
  EXPECT_FALSE(cloud.find<Secret>(in_default("token")).has_value());
}

TEST(TokenSecret, others_are_left_alone) {
  Simulation cloud;
  cloud.add<TokenSecretController>("PEM");
  Secret other = token_of("robot");
  other.type = "Opaque";
  cloud.put(other);
  cloud.run_for(1min);
  EXPECT_THAT(cloud.api().writes(), IsEmpty());
}

}  // namespace
}  // namespace aloft::controllers
