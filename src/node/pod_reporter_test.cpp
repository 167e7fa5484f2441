// The patch that reports a pod's status: exactly this pod, nothing that others own, and nothing old left
// over.
#include "node/pod_reporter.h"

#include <gtest/gtest.h>

#include "model/json.h"

namespace aloft::node {
namespace {

TEST(StatusPatch, says_what_is_and_removes_what_is_not) {
  core::v1::Pod pod;
  pod.metadata.uid = "u1";
  core::v1::PodStatus status;
  status.phase = "Running";
  status.qosClass = "Burstable";
  status.podIP = "10.0.0.1";
  status.podIPs.push_back({"10.0.0.1"});
  core::v1::PodCondition ready;
  ready.type = "Ready";
  ready.status = "True";
  status.conditions.push_back(ready);
  const auto patch = model::parse_json(status_patch(pod, status));
  ASSERT_TRUE(patch);
  EXPECT_EQ(patch->text_at("metadata", "uid"), "u1");
  EXPECT_EQ(patch->text_at("status", "phase"), "Running");
  EXPECT_EQ(patch->at("status", "qosClass"), nullptr);
  ASSERT_NE(patch->at("status", "reason"), nullptr);
  EXPECT_TRUE(patch->at("status", "reason")->is_null());
  EXPECT_EQ(model::to_json(*patch->at("status", "podIPs")), R"([{"$patch":"replace"},{"ip":"10.0.0.1"}])");
  const model::Value& condition = patch->at("status", "conditions")->as_array()[0];
  EXPECT_TRUE(condition.at("message")->is_null());
}

}  // namespace
}  // namespace aloft::node
