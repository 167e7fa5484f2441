// What is asked for a metric of objects.
#include "app/telemetry/custom_metrics.h"

#include <gtest/gtest.h>

#include "telemetry/promql/parser.h"

namespace aloft::app {
namespace {

api::CustomMetricQuery requests_of(std::vector<std::string> pods) {
  api::CustomMetricQuery query;
  query.metric = "http_requests";
  query.ns = "shop";
  query.object_label = "pod";
  query.names = std::move(pods);
  return query;
}

TEST(CustomMetrics, are_sums_of_series_or_rates_of_counters) {
  const auto expression = custom_metric_expression(requests_of({"a", "b.c"}));
  ASSERT_TRUE(expression);
  EXPECT_EQ(*expression,
            R"(sum by (pod) ({__name__="http_requests", namespace="shop", pod=~"a|b\\.c"}) or )"
            R"(sum by (pod) (rate({__name__="http_requests_total", namespace="shop", pod=~"a|b\\.c"}[5m])))");
  EXPECT_TRUE(telemetry::promql::parse(*expression));
}

TEST(CustomMetrics, selectors_of_labels_choose_series) {
  auto query = requests_of({"a"});
  query.selector = *model::LabelSelector::parse("code in (200,204),!canary,zone");
  const auto expression = custom_metric_expression(query);
  ASSERT_TRUE(expression);
  EXPECT_NE(expression->find(R"(code=~"200|204")"), std::string::npos);
  EXPECT_NE(expression->find(R"(canary="")"), std::string::npos);
  EXPECT_NE(expression->find(R"(zone!="")"), std::string::npos);
  query.selector = *model::LabelSelector::parse("size>3");
  EXPECT_FALSE(custom_metric_expression(query));
}

}  // namespace
}  // namespace aloft::app
