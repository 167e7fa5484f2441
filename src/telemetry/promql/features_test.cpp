// What clients are told of the query language.
#include "telemetry/promql/features.h"

#include <gtest/gtest.h>

namespace aloft::telemetry::promql {
namespace {

TEST(QueryFeatures, name_functions_operators_and_aggregations) {
  const auto features = query_features();
  EXPECT_TRUE(features.at("promql_functions").at("mad_over_time"));
  for (const char* op : {"+", "!=", "unless", "atan2", ">/", "=~", "@", "sum", "limit_ratio"})
    EXPECT_TRUE(features.at("promql_operators").at(op)) << op;
  EXPECT_TRUE(features.at("promql").at("negative_offset"));
  EXPECT_FALSE(features.at("promql").at("delayed_name_removal"));
}

}  // namespace
}  // namespace aloft::telemetry::promql
