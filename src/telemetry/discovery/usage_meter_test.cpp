// What kubectl top would show after two looks at the counters.
#include "telemetry/discovery/usage_meter.h"

#include <gtest/gtest.h>

namespace aloft::telemetry::discovery {
namespace {

WallTime second(std::int64_t seconds) { return WallTime{std::chrono::seconds(seconds)}; }

ContainerUse use(double cpu_seconds, WallTime started = second(1)) {
  return {{"id1", "web", "web-1", "default", "u1", "img", started}, cpu_seconds, 2.0 * 1024 * 1024};
}

TEST(UsageMeter, shows_the_average_of_the_window) {
  UsageMeter meter;
  EXPECT_TRUE(meter.measure("n", {100, 4096}, {}, {}, second(1000)).nodes.empty());
  (void)meter.measure("n", {100, 4096}, {use(10)}, {}, second(1010));
  const Usage usage =
      meter.measure("n", {105, 4096}, {use(12.5)}, {{"default/web-1", {{"app", "web"}}}}, second(1020));
  ASSERT_EQ(usage.nodes.size(), 1u);
  EXPECT_EQ(usage.nodes[0]->usage.at("cpu").to_string(), "500m");
  EXPECT_EQ(usage.nodes[0]->usage.at("memory").to_string(), "4Ki");
  ASSERT_EQ(usage.pods.size(), 1u);
  EXPECT_EQ(usage.pods[0]->metadata.labels.at("app"), "web");
  EXPECT_EQ(usage.pods[0]->window.value, 10s);
  EXPECT_EQ(usage.pods[0]->containers[0].usage.at("cpu").to_string(), "250m");
  EXPECT_EQ(usage.pods[0]->containers[0].usage.at("memory").to_string(), "2Mi");
}

TEST(UsageMeter, a_new_container_is_averaged_over_its_life) {
  UsageMeter meter;
  const Usage usage = meter.measure("n", {0, 0}, {use(2, second(996))}, {}, second(1000));
  EXPECT_EQ(usage.pods[0]->containers[0].usage.at("cpu").to_string(), "500m");
  EXPECT_EQ(usage.pods[0]->window.value, 4s);
}

}  // namespace
}  // namespace aloft::telemetry::discovery
