// Objects that are made when somebody asks, through the API as clients see it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing/test_api.h"
#include "api/usage.h"

namespace aloft::api {
namespace {

using testing::TestApi;

std::shared_ptr<const UsageReport> report() {
  auto pod = std::make_shared<metrics::v1beta1::PodMetrics>();
  pod->metadata.name = "web-1";
  pod->metadata.namespace_ = "default";
  pod->metadata.labels["app"] = "web";
  pod->window.value = 15s;
  pod->timestamp = WallTime{std::chrono::seconds(1'800'000'000)};
  auto& container = pod->containers.emplace_back();
  container.name = "web";
  container.usage["cpu"] = model::Quantity::from_milli(12);
  container.usage["memory"] = *model::Quantity::parse("3Mi");
  auto out = std::make_shared<UsageReport>();
  out->pods.push_back(pod);
  return out;
}

TEST(PodMetrics, are_what_the_newest_report_says) {
  UsageSource usage;
  TestApi api(&usage);
  EXPECT_EQ(api.get("/apis/metrics.k8s.io/v1beta1/pods").json().at("items")->as_array().size(), 0u);
  usage.publish(report());
  const auto list =
      api.get("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=app%3Dweb").json();
  EXPECT_EQ(list.text_at("kind"), "PodMetricsList");
  ASSERT_EQ(list.at("items")->as_array().size(), 1u);
  const auto& item = list.at("items")->as_array().front();
  EXPECT_EQ(item.text_at("window"), "15s");
  EXPECT_EQ(item.at("containers")->as_array().front().text_at("usage", "cpu"), "12m");
  EXPECT_EQ(api.get("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/web-1").json().text_at("kind"),
            "PodMetrics");
  EXPECT_EQ(api.get("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/other").status, 404);
  EXPECT_EQ(
      api.get("/apis/metrics.k8s.io/v1beta1/namespaces/other/pods").json().at("items")->as_array().size(),
      0u);
  EXPECT_EQ(api.get("/apis/metrics.k8s.io/v1beta1/pods?labelSelector=app%3Dx")
                .json()
                .at("items")
                ->as_array()
                .size(),
            0u);
}

TEST(PodMetrics, cannot_be_written_or_watched) {
  TestApi api;
  EXPECT_EQ(api.get("/apis/metrics.k8s.io/v1beta1/pods?watch=true").status, 405);
}

}  // namespace
}  // namespace aloft::api
