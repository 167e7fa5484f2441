// The runner with small controllers: a key is planned until the world is as wanted, through failures and own
// writes.
#include "client/reconcile.h"

#include <gtest/gtest.h>

#include "client/testing/fake_client.h"
#include "io/sim_loop.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/secret.h"

namespace aloft::client {
namespace {

using core::v1::ConfigMap;
using core::v1::Secret;
using Strings = std::vector<std::string>;

ConfigMap config(const std::string& name, int copies) {
  ConfigMap object;
  object.metadata.namespace_ = "default";
  object.metadata.name = name;
  object.data["copies"] = std::to_string(copies);
  return object;
}

// Keeps as many Secrets as a ConfigMap asks for.
class CopyController final : public Controller {
 public:
  std::string_view name() const override { return "copies"; }
  std::vector<Source> sources() const override {
    std::vector<Source> all;
    all.push_back(own_source(model::type_info<ConfigMap>()));
    all.push_back(owner_source(model::type_info<Secret>(), "ConfigMap", "v1"));
    return all;
  }
  Result<Plan> plan(const World& world, const ObjectKey& key) override {
    ++plans;
    if (fail_plans > 0) {
      --fail_plans;
      return fail(Code::internal, "not today");
    }
    Plan plan;
    const auto wanted = world.get<ConfigMap>(key);
    if (wanted == nullptr) return plan;
    std::vector<ObjectKey> have;
    for (const auto& secret : world.list<Secret>(key.ns)) {
      if (secret->metadata.ownerReferences.at(0).uid == wanted->metadata.uid) {
        have.push_back(ObjectKey(key.ns, secret->metadata.name));
      }
    }
    const auto copies = static_cast<std::size_t>(std::stoi(wanted->data.at("copies")));
    for (std::size_t i = have.size(); i < copies; ++i) plan.changes.push_back(create_change(make(*wanted)));
    for (std::size_t i = copies; i < have.size(); ++i) plan.changes.push_back(remove_change<Secret>(have[i]));
    if (!plan.changes.empty()) {
      Announcement announcement;
      announcement.kind = "ConfigMap";
      announcement.api_version = "v1";
      announcement.key = key;
      announcement.uid = wanted->metadata.uid;
      announcement.reason = "Scaled";
      announcement.message = fmt::format("to {}", copies);
      plan.announcements.push_back(std::move(announcement));
    }
    plan.again = again;
    return plan;
  }

  int plans = 0;
  int fail_plans = 0;
  std::optional<Duration> again;

 private:
  Secret make(const ConfigMap& owner) {
    Secret secret;
    secret.metadata.namespace_ = owner.metadata.namespace_;
    secret.metadata.name = fmt::format("{}-{}", owner.metadata.name, made_++);
    meta::v1::OwnerReference reference;
    reference.apiVersion = "v1";
    reference.kind = "ConfigMap";
    reference.name = owner.metadata.name;
    reference.uid = owner.metadata.uid;
    reference.controller = true;
    secret.metadata.ownerReferences.push_back(std::move(reference));
    return secret;
  }
  int made_ = 0;
};

class RunnerTest : public testing::Test {
 protected:
  void start() {
    informers_.start();
    runner_.start();
  }
  std::size_t secrets() const { return server_.all<Secret>().size(); }

  io::SimLoop loop_;
  FakeClient server_{loop_, loop_};
  SeededRandom random_{1};
  Metrics metrics_;
  CopyController controller_;
  InformerSet informers_{loop_, server_, random_};
  Runner runner_{loop_, loop_, server_, informers_, controller_, random_, metrics_};
};

TEST_F(RunnerTest, makes_the_world_as_wanted_and_keeps_it_so) {
  server_.put(config("a", 3));
  start();
  loop_.run_for(1s);
  EXPECT_EQ(secrets(), 3u);
  server_.erase<Secret>({"default", "a-0"});
  loop_.run_for(1s);
  EXPECT_EQ(secrets(), 3u);
  server_.put(config("a", 1));
  loop_.run_for(1s);
  EXPECT_EQ(secrets(), 1u);
  EXPECT_TRUE(runner_.idle_for_test());
}

TEST_F(RunnerTest, does_not_repeat_its_writes_while_the_cache_is_behind) {
  server_.put(config("a", 2));
  start();
  loop_.run_for(1s);
  server_.set_latency(300ms);
  server_.put(config("a", 5));
  // Many further notices for the same key while the writes are on their way.
  for (int i = 0; i < 10; ++i) {
    runner_.add({"default", "a"});
    loop_.run_for(100ms);
  }
  loop_.run_for(10s);
  EXPECT_EQ(secrets(), 5u);
  const auto writes = server_.writes();
  EXPECT_EQ(
      std::ranges::count_if(writes, [](const auto& text) { return text.starts_with("create secrets"); }), 5);
}

TEST_F(RunnerTest, a_plan_that_fails_is_tried_again_after_a_growing_delay) {
  controller_.fail_plans = 4;
  server_.put(config("a", 1));
  start();
  loop_.run_for(5ms + 10ms + 20ms + 39ms);
  EXPECT_EQ(secrets(), 0u);
  loop_.run_for(1ms);
  EXPECT_EQ(secrets(), 1u);
}

TEST_F(RunnerTest, a_write_that_fails_is_planned_again) {
  server_.fail_next("create", Error(Code::unavailable, "down"), 3);
  server_.put(config("a", 2));
  start();
  loop_.run_for(1s);
  EXPECT_EQ(secrets(), 2u);
}

TEST_F(RunnerTest, what_is_gone_already_counts_as_removed) {
  server_.put(config("a", 1));
  start();
  loop_.run_for(1s);
  server_.fail_next("remove", Error(Code::not_found, "secrets \"a-0\" not found"));
  const int before = controller_.plans;
  server_.put(config("a", 0));
  loop_.run_for(20s);
  // The cache never shows the removal that another is said to have made; the key is not held up by that.
  EXPECT_EQ(controller_.plans, before + 1);
}

TEST_F(RunnerTest, a_plan_may_ask_to_be_made_again_later) {
  controller_.again = 60s;
  server_.put(config("a", 0));
  start();
  loop_.run_for(1s);
  const int before = controller_.plans;
  loop_.run_for(3 * 60s);
  EXPECT_EQ(controller_.plans, before + 3);
}

TEST_F(RunnerTest, announcements_become_events_of_the_object) {
  server_.put(config("a", 2));
  start();
  loop_.run_for(1s);
  const auto events = server_.all<core::v1::Event>();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].involvedObject.name, "a");
  EXPECT_EQ(events[0].reason, "Scaled");
  EXPECT_EQ(events[0].message, "to 2");
  EXPECT_EQ(events[0].type, "Normal");
  EXPECT_EQ(events[0].source.component, "copies");
}

TEST_F(RunnerTest, waits_for_the_first_list_before_it_plans) {
  server_.put(config("a", 1));
  server_.set_latency(100ms);
  start();
  loop_.run_for(99ms);
  EXPECT_EQ(controller_.plans, 0);
  loop_.run_for(1s);
  EXPECT_EQ(secrets(), 1u);
}

TEST_F(RunnerTest, survives_a_server_that_forgets_history_at_every_step) {
  start();
  for (int round = 0; round < 20; ++round) {
    server_.put(config("a", round % 5));
    server_.put(config("b", (round * 3) % 4));
    server_.forget_history();
    loop_.run_for(90s);
    EXPECT_EQ(secrets(), static_cast<std::size_t>(round % 5 + (round * 3) % 4)) << "round " << round;
  }
}

TEST(Runner, may_go_before_its_informers) {
  io::SimLoop loop;
  FakeClient server(loop, loop);
  SeededRandom random(1);
  Metrics metrics;
  CopyController controller;
  InformerSet informers(loop, server, random);
  {
    Runner runner(loop, loop, server, informers, controller, random, metrics);
    informers.start();
    runner.start();
    loop.run_for(1s);
  }
  server.put(config("a", 1));
  loop.run_for(1s);
  EXPECT_TRUE(server.all<Secret>().empty());
}

}  // namespace
}  // namespace aloft::client
