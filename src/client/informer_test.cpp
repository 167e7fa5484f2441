// What readers of an informer rely on, against a server in memory and a simulated clock.
#include "client/informer.h"

#include <gtest/gtest.h>

#include "client/testing/fake_client.h"
#include "io/sim_loop.h"
#include "model/kinds/core/v1/config_map.h"

namespace aloft::client {
namespace {

using core::v1::ConfigMap;
using Strings = std::vector<std::string>;

ConfigMap config(const std::string& name, const std::string& value, const std::string& ns = "default") {
  ConfigMap object;
  object.metadata.namespace_ = ns;
  object.metadata.name = name;
  object.data["value"] = value;
  return object;
}

class InformerTest : public testing::Test {
 protected:
  void start() {
    informer_.add_handler([this](const Notice& notice) {
      const auto text = [](const std::shared_ptr<const void>& object) {
        return object == nullptr ? std::string() : Informer<ConfigMap>::of(object).data.at("value");
      };
      notices_.push_back(fmt::format("{}:{}>{}", notice.key.name, text(notice.old), text(notice.now)));
    });
    informer_.start();
  }
  std::vector<std::string> calls() const {
    std::vector<std::string> found;
    for (const auto& call : server_.calls()) {
      found.push_back(fmt::format("{} {}", call.at.since_origin / 1ms, call.verb));
    }
    return found;
  }

  io::SimLoop loop_;
  FakeClient server_{loop_, loop_};
  SeededRandom random_{1};
  Informer<ConfigMap> informer_{loop_, server_, random_};
  Strings notices_;
};

TEST_F(InformerTest, shows_what_was_there_and_then_every_change) {
  server_.put(config("a", "1"));
  start();
  EXPECT_FALSE(informer_.has_synced());
  loop_.settle();
  EXPECT_TRUE(informer_.has_synced());
  server_.put(config("a", "2"));
  server_.put(config("b", "1"));
  loop_.settle();
  server_.erase<ConfigMap>({"default", "a"});
  loop_.settle();
  EXPECT_EQ(notices_, (Strings{"a:>1", "a:1>2", "b:>1", "a:2>"}));
  EXPECT_EQ(informer_.get({"default", "a"}), nullptr);
  EXPECT_EQ(informer_.get({"default", "b"})->data.at("value"), "1");
}

TEST_F(InformerTest, lists_in_pages) {
  for (int i = 0; i < 1200; ++i) server_.put(config(fmt::format("c{:04}", i), ""));
  start();
  loop_.settle();
  EXPECT_EQ(informer_.all().size(), 1200u);
  EXPECT_EQ(calls(), (Strings{"0 list", "0 list", "0 list", "0 watch"}));
}

TEST_F(InformerTest, resumes_where_it_was_when_the_server_ends_the_watch) {
  start();
  loop_.run_for(60s);
  server_.end_watches();
  server_.put(config("a", "1"));
  loop_.run_for(1s);
  EXPECT_EQ(notices_, (Strings{"a:>1"}));
  EXPECT_EQ(calls(), (Strings{"0 list", "0 watch", "60000 watch"}));
}

TEST_F(InformerTest, lists_again_when_history_is_gone_and_tells_only_differences) {
  server_.put(config("kept", "1"));
  server_.put(config("changed", "1"));
  server_.put(config("gone", "1"));
  start();
  loop_.settle();
  notices_.clear();
  server_.break_watches(Error(Code::unavailable, "connection reset"));
  loop_.settle();
  server_.put(config("changed", "2"));
  server_.put(config("new", "1"));
  server_.erase<ConfigMap>({"default", "gone"});
  server_.forget_history();
  loop_.run_for(5s);
  EXPECT_EQ(notices_, (Strings{"gone:1>", "changed:1>2", "new:>1"}));
  EXPECT_EQ(informer_.all().size(), 3u);
}

TEST_F(InformerTest, tries_a_server_that_fails_less_and_less_often) {
  server_.fail_next("list", Error(Code::unavailable, "starting"), 8);
  start();
  loop_.run_for(200s);
  EXPECT_TRUE(informer_.has_synced());
  const auto& made = server_.calls();
  ASSERT_EQ(made.size(), 10u);
  Duration expected = 800ms;
  for (std::size_t i = 1; i < 9; ++i, expected = std::min(expected * 2, Duration(30s))) {
    EXPECT_GE(made[i].at - made[i - 1].at, expected);
    EXPECT_LT(made[i].at - made[i - 1].at, expected * 2);
  }
}

TEST_F(InformerTest, a_watch_that_ends_at_once_is_not_repeated_at_once) {
  start();
  loop_.settle();
  server_.end_watches();
  loop_.settle();
  EXPECT_EQ(calls(), (Strings{"0 list", "0 watch"}));
  loop_.run_for(2s);
  EXPECT_EQ(calls().size(), 3u);
}

TEST_F(InformerTest, a_reader_can_wait_for_its_own_write) {
  start();
  loop_.settle();
  server_.set_latency(50ms);
  const ConfigMap written = server_.put(config("a", "1"));
  const std::int64_t version = std::stoll(written.metadata.resourceVersion);
  EXPECT_TRUE(loop_.run_until_done(informer_.seen(version, 1s)));
  EXPECT_NE(informer_.get({"default", "a"}), nullptr);
  EXPECT_FALSE(loop_.run_until_done(informer_.seen(version + 1, 1s)));
}

TEST_F(InformerTest, bookmarks_move_the_version_without_a_notice) {
  start();
  loop_.settle();
  Resource elsewhere;
  elsewhere.version = "v1";
  elsewhere.plural = "secrets";
  auto creating = server_.create(elsewhere, {"default", "s"}, R"({"metadata":{"name":"s"}})", {});
  loop_.run_until_done(std::move(creating));
  EXPECT_EQ(informer_.resource_version(), 0);
  server_.send_bookmarks();
  loop_.settle();
  EXPECT_EQ(informer_.resource_version(), 1);
  EXPECT_EQ(notices_, Strings());
}

TEST_F(InformerTest, indices_group_objects_by_what_they_hold_now) {
  informer_.add_index("value", [](const void* object) {
    return Strings{static_cast<const ConfigMap*>(object)->data.at("value")};
  });
  server_.put(config("a", "red"));
  server_.put(config("b", "red"));
  start();
  loop_.settle();
  server_.put(config("a", "blue"));
  loop_.settle();
  ASSERT_EQ(informer_.by_index("value", "red").size(), 1u);
  EXPECT_EQ(Informer<ConfigMap>::of(informer_.by_index("value", "red").front()).metadata.name, "b");
  EXPECT_EQ(informer_.by_index("value", "blue").size(), 1u);
  EXPECT_TRUE(informer_.by_index("value", "green").empty());
}

TEST_F(InformerTest, a_namespace_is_listed_by_itself) {
  server_.put(config("a", "1", "one"));
  server_.put(config("a", "1", "one-more"));
  server_.put(config("b", "1", "one"));
  start();
  loop_.settle();
  EXPECT_EQ(informer_.in_namespace("one").size(), 2u);
  EXPECT_EQ(informer_.in_namespace("none").size(), 0u);
}

TEST_F(InformerTest, a_handler_that_comes_late_is_told_what_is_there) {
  server_.put(config("a", "1"));
  start();
  loop_.settle();
  Strings late;
  informer_.add_handler([&late](const Notice& notice) { late.push_back(notice.key.to_string()); });
  EXPECT_EQ(late, (Strings{"default/a"}));
}

}  // namespace
}  // namespace aloft::client
