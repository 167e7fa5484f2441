// That the fake has the manners of a real API server where controllers depend on them.
#include "client/testing/fake_client.h"

#include <gtest/gtest.h>

#include "io/sim_loop.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/core/v1/pod.h"

namespace aloft::client {
namespace {

using apps::v1::Deployment;
using core::v1::Pod;

class FakeClientTest : public testing::Test {
 protected:
  template <class T>
  Result<T> run(io::Task<Result<T>> task) {
    return loop_.run_until_done(std::move(task));
  }
  static Deployment deployment(int replicas) {
    Deployment object;
    object.metadata.namespace_ = "default";
    object.metadata.name = "web";
    object.spec.replicas = replicas;
    return object;
  }

  io::SimLoop loop_;
  FakeClient server_{loop_, loop_};
};

TEST_F(FakeClientTest, an_update_from_an_old_version_conflicts) {
  const auto first = run(create(server_, deployment(1), {}));
  ASSERT_TRUE(first) << first.error().to_string();
  Deployment next = *first;
  next.spec.replicas = 2;
  ASSERT_TRUE(run(update(server_, next, {})));
  next.spec.replicas = 3;
  const auto refused = run(update(server_, next, {}));
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_TRUE(refused.error().message().starts_with(
      "Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified"));
  EXPECT_EQ(run(create(server_, deployment(1), {})).error().code(), Code::already_exists);
}

TEST_F(FakeClientTest, spec_and_status_are_written_apart_and_only_spec_counts_generations) {
  Deployment stored = *run(create(server_, deployment(1), {}));
  EXPECT_EQ(stored.metadata.generation, 1);
  stored.status.replicas = 7;
  stored = *run(update(server_, stored, {}));
  EXPECT_EQ(stored.status.replicas, 0);
  stored.status.replicas = 7;
  stored.spec.replicas = 5;
  WriteOptions status;
  status.subresource = "status";
  stored = *run(update(server_, stored, status));
  EXPECT_EQ(stored.status.replicas, 7);
  EXPECT_EQ(stored.spec.replicas, 1);
  EXPECT_EQ(stored.metadata.generation, 1);
  stored.spec.replicas = 5;
  EXPECT_EQ(run(update(server_, stored, {}))->metadata.generation, 2);
}

TEST_F(FakeClientTest, an_update_that_changes_nothing_makes_no_version) {
  const Deployment stored = *run(create(server_, deployment(1), {}));
  EXPECT_EQ(run(update(server_, stored, {}))->metadata.resourceVersion, stored.metadata.resourceVersion);
}

TEST_F(FakeClientTest, finalizers_hold_an_object_until_they_are_gone) {
  Deployment held = deployment(1);
  held.metadata.finalizers = {"example.com/hold"};
  server_.put(held);
  const ObjectKey key("default", "web");
  ASSERT_TRUE(run(server_.remove(resource_of<Deployment>(), key, {})));
  Deployment going = *server_.find<Deployment>(key);
  EXPECT_TRUE(going.metadata.deletionTimestamp.has_value());
  going.metadata.finalizers.clear();
  ASSERT_TRUE(run(update(server_, going, {})));
  EXPECT_FALSE(server_.find<Deployment>(key));
}

TEST_F(FakeClientTest, a_running_pod_is_given_its_grace_and_a_waiting_one_goes_at_once) {
  Pod pod;
  pod.metadata.namespace_ = "default";
  pod.metadata.name = "waiting";
  server_.put(pod);
  pod.metadata.name = "running";
  pod.spec.nodeName = "n1";
  server_.put(pod);
  ASSERT_TRUE(run(server_.remove(resource_of<Pod>(), {"default", "waiting"}, {})));
  ASSERT_TRUE(run(server_.remove(resource_of<Pod>(), {"default", "running"}, {})));
  EXPECT_FALSE(server_.find<Pod>({"default", "waiting"}));
  EXPECT_EQ(server_.find<Pod>({"default", "running"})->metadata.deletionGracePeriodSeconds, 30);
  DeleteOptions now;
  now.grace_period_seconds = 0;
  ASSERT_TRUE(run(server_.remove(resource_of<Pod>(), {"default", "running"}, now)));
  EXPECT_FALSE(server_.find<Pod>({"default", "running"}));
}

TEST_F(FakeClientTest, a_strategic_patch_merges_conditions_by_their_type) {
  Pod pod;
  pod.metadata.namespace_ = "default";
  pod.metadata.name = "a";
  core::v1::PodCondition ready;
  ready.type = "Ready";
  ready.status = "False";
  core::v1::PodCondition scheduled;
  scheduled.type = "PodScheduled";
  scheduled.status = "True";
  pod.status.conditions = {scheduled, ready};
  server_.put(pod);
  WriteOptions status;
  status.subresource = "status";
  const std::string patch = R"({"status":{"conditions":[{"type":"Ready","status":"True"}]}})";
  const auto patched =
      run(server_.patch(resource_of<Pod>(), {"default", "a"}, PatchType::strategic, patch, status));
  ASSERT_TRUE(patched) << patched.error().to_string();
  const auto conditions = server_.find<Pod>({"default", "a"})->status.conditions;
  ASSERT_EQ(conditions.size(), 2u);
  for (const auto& condition : conditions) EXPECT_EQ(condition.status, "True");
}

TEST_F(FakeClientTest, a_binding_assigns_a_pod_once) {
  Pod pod;
  pod.metadata.namespace_ = "default";
  pod.metadata.name = "a";
  server_.put(pod);
  WriteOptions binding;
  binding.subresource = "binding";
  const std::string to_n1 = R"({"metadata":{"name":"a"},"target":{"kind":"Node","name":"n1"}})";
  ASSERT_TRUE(run(server_.create(resource_of<Pod>(), {"default", "a"}, to_n1, binding)));
  EXPECT_EQ(server_.find<Pod>({"default", "a"})->spec.nodeName, "n1");
  EXPECT_EQ(run(server_.create(resource_of<Pod>(), {"default", "a"}, to_n1, binding)).error().code(),
            Code::conflict);
}

TEST_F(FakeClientTest, a_watch_shows_objects_that_enter_and_leave_its_selection) {
  WatchOptions options;
  options.field_selector = "spec.nodeName=n1";
  auto stream = run(server_.watch(resource_of<Pod>(), options));
  ASSERT_TRUE(stream);
  Pod pod;
  pod.metadata.namespace_ = "default";
  pod.metadata.name = "a";
  pod = server_.put(pod);
  pod.spec.nodeName = "n1";
  pod = server_.put(pod);
  pod.metadata.labels["x"] = "y";
  pod = server_.put(pod);
  server_.erase<Pod>({"default", "a"});
  using Type = WatchEvent::Type;
  for (const Type expected : {Type::added, Type::modified, Type::removed}) {
    const auto event = run((*stream)->next());
    ASSERT_TRUE(event && *event);
    EXPECT_EQ((*event)->type, expected);
  }
}

}  // namespace
}  // namespace aloft::client
