// A copy by table is a copy.
#include <gtest/gtest.h>

#include "model/codec.h"
#include "model/kinds/core/v1/pod.h"

namespace aloft::model {
namespace {

TEST(CodecCopy, a_copy_is_equal_and_apart) {
  const auto pod = from_json<core::v1::Pod>(
      R"({"metadata":{"name":"p","labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i",)"
      R"("resources":{"limits":{"cpu":"1"}},"livenessProbe":{"httpGet":{"port":"web"}}}],)"
      R"("terminationGracePeriodSeconds":5},"status":{"startTime":"2026-01-02T03:04:05Z"}})");
  ASSERT_TRUE(pod);
  core::v1::Pod copied;
  copied.metadata.labels = {{"left", "over"}};
  copied.spec.containers.resize(3);
  copied.spec.affinity.emplace();
  copy(type_info<core::v1::Pod>(), &*pod, &copied);
  EXPECT_EQ(copied, *pod);
  copied.spec.containers[0].livenessProbe->periodSeconds = 9;
  EXPECT_NE(copied, *pod) << "nothing is shared";
}

}  // namespace
}  // namespace aloft::model
