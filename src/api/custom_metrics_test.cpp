// custom.metrics.k8s.io as an autoscaler asks it.
#include "api/custom_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing/test_api.h"

namespace aloft::api {
namespace {

using testing::TestApi;

// Every object that is asked for has the number of letters of its name.
class LettersOfNames final : public CustomMetrics {
 public:
  io::Task<Result<std::vector<CustomMetricValue>>> values(io::Loop&, CustomMetricQuery query) override {
    std::vector<CustomMetricValue> found;
    for (const std::string& name : query.names) {
      if (query.metric == "letters")
        found.push_back({name, static_cast<double>(name.size()) + 0.5, WallTime{1'800'000'000s}});
    }
    asked = std::move(query);
    co_return found;
  }
  CustomMetricQuery asked;
};

constexpr const char* pods = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/";

std::string pod_text(const std::string& name, const std::string& app) {
  return fmt::format(R"({{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{}","labels":{{"app":"{}"}}}},)"
                     R"("spec":{{"containers":[{{"name":"c","image":"i"}}]}}}})",
                     name, app);
}

struct CustomMetricsApi : ::testing::Test {
  CustomMetricsApi() {
    api.make_namespace("default");
    api.send("POST", "/api/v1/namespaces/default/serviceaccounts", R"({"metadata":{"name":"default"}})",
             {{"Content-Type", "application/json"}});
    for (const auto& [name, app] : {std::pair{"abc", "web"}, {"defgh", "db"}}) {
      api.send("POST", "/api/v1/namespaces/default/pods", pod_text(name, app),
               {{"Content-Type", "application/json"}});
    }
  }
  LettersOfNames letters;
  TestApi api{nullptr, &letters};
};

TEST_F(CustomMetricsApi, one_object_by_its_name) {
  const auto list = api.get(std::string(pods) + "abc/letters?metricLabelSelector=a%3Db").json();
  EXPECT_EQ(list.text_at("kind"), "MetricValueList");
  ASSERT_EQ(list.at("items")->as_array().size(), 1u);
  const auto& item = list.at("items")->as_array().front();
  EXPECT_EQ(item.text_at("describedObject", "kind"), "Pod");
  EXPECT_EQ(item.text_at("describedObject", "name"), "abc");
  EXPECT_EQ(item.text_at("metric", "name"), "letters");
  EXPECT_EQ(item.text_at("value"), "3500m");
  EXPECT_EQ(letters.asked.object_label, "pod");
  EXPECT_EQ(letters.asked.selector.to_string(), "a=b");
}

TEST_F(CustomMetricsApi, all_objects_that_a_selector_finds) {
  (void)api.get(std::string(pods) + "*/letters");
  EXPECT_THAT(letters.asked.names, ::testing::ElementsAre("abc", "defgh"));
  (void)api.get(std::string(pods) + "*/letters?labelSelector=app%3Ddb");
  EXPECT_THAT(letters.asked.names, ::testing::ElementsAre("defgh"));
}

TEST_F(CustomMetricsApi, what_nobody_measures_is_not_found) {
  EXPECT_EQ(api.get(std::string(pods) + "abc/digits").status, 404);
  EXPECT_EQ(api.get("/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/nothings/a/letters").status, 404);
  EXPECT_EQ(api.get(std::string(pods) + "*/letters?labelSelector=%3D%3D").status, 400);
}

TEST_F(CustomMetricsApi, is_announced_only_where_it_is_served) {
  EXPECT_EQ(api.get("/apis/custom.metrics.k8s.io/v1beta2").json().text_at("groupVersion"),
            "custom.metrics.k8s.io/v1beta2");
  TestApi without;
  EXPECT_EQ(without.get("/apis/custom.metrics.k8s.io/v1beta2").status, 404);
}

}  // namespace
}  // namespace aloft::api
