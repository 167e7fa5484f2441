// How announcements show up to people: counted, folded, limited, and never lost to a short outage.
#include "client/recorder.h"

#include <gtest/gtest.h>

#include "client/testing/fake_client.h"
#include "io/sim_loop.h"
#include "model/kinds/core/v1/event.h"

namespace aloft::client {
namespace {

using core::v1::Event;

class EventRecorderTest : public testing::Test {
 protected:
  void announce(const std::string& message, const std::string& object = "web",
                const std::string& field_path = {}) {
    Announcement what;
    what.kind = "Pod";
    what.api_version = "v1";
    what.key = ObjectKey("default", object);
    what.uid = "uid-" + object;
    what.warning = true;
    what.reason = "BackOff";
    what.message = message;
    what.field_path = field_path;
    recorder_.announce(std::move(what));
  }

  io::SimLoop loop_{WallTime{1'700'000'000s}};
  FakeClient server_{loop_, loop_};
  SeededRandom random_{1};
  EventRecorder recorder_{loop_, loop_, server_, random_, "kubelet", "node-1"};
};

TEST_F(EventRecorderTest, what_two_containers_say_is_two_events) {
  announce("already present", "web", "spec.containers{a}");
  announce("already present", "web", "spec.containers{b}");
  announce("already present", "web", "spec.containers{a}");
  loop_.settle();
  EXPECT_EQ(server_.all<Event>().size(), 2u);
}

TEST_F(EventRecorderTest, an_announcement_becomes_an_event_beside_the_object) {
  announce("restarting");
  loop_.settle();
  const auto events = server_.all<Event>();
  ASSERT_EQ(events.size(), 1u);
  const Event& event = events[0];
  EXPECT_TRUE(event.metadata.name.starts_with("web."));
  EXPECT_EQ(event.involvedObject.uid, "uid-web");
  EXPECT_EQ(event.type, "Warning");
  EXPECT_EQ(event.source.component, "kubelet");
  EXPECT_EQ(event.source.host, "node-1");
  EXPECT_EQ(event.count, 1);
  EXPECT_EQ(event.firstTimestamp.time(), loop_.wall());
}

TEST_F(EventRecorderTest, a_repetition_counts_up_and_keeps_the_first_time) {
  announce("restarting");
  loop_.run_for(10s);
  announce("restarting");
  loop_.run_for(10s);
  announce("restarting");
  loop_.settle();
  const auto events = server_.all<Event>();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].count, 3);
  EXPECT_EQ(events[0].lastTimestamp.time() - events[0].firstTimestamp.time(), 20s);
}

TEST_F(EventRecorderTest, a_repetition_after_its_event_was_removed_is_a_new_event) {
  announce("restarting");
  loop_.settle();
  server_.erase<Event>({"default", server_.all<Event>()[0].metadata.name});
  announce("restarting");
  loop_.settle();
  ASSERT_EQ(server_.all<Event>().size(), 1u);
  EXPECT_EQ(server_.all<Event>()[0].count, 1);
}

TEST_F(EventRecorderTest, many_similar_messages_are_told_as_one) {
  for (int i = 0; i < 20; ++i) announce(fmt::format("try {}", i));
  loop_.settle();
  const auto events = server_.all<Event>();
  ASSERT_EQ(events.size(), 10u);
  const auto folded = std::ranges::find_if(events, [](const Event& event) {
    return event.message.starts_with("(combined from similar events): ");
  });
  ASSERT_NE(folded, events.end());
  EXPECT_EQ(folded->count, 11);
  EXPECT_EQ(folded->message, "(combined from similar events): try 19");
}

TEST_F(EventRecorderTest, one_object_cannot_flood_and_earns_an_event_every_five_minutes) {
  for (int i = 0; i < 100; ++i) announce("again");
  announce("calm", "other");
  loop_.settle();
  auto count = [this](const std::string& object) {
    for (const Event& event : server_.all<Event>()) {
      if (event.involvedObject.name == object) return event.count;
    }
    return 0;
  };
  EXPECT_EQ(count("web"), 25);
  EXPECT_EQ(count("other"), 1);
  loop_.run_for(300s);
  announce("again");
  announce("again");
  loop_.settle();
  EXPECT_EQ(count("web"), 26);
}

TEST_F(EventRecorderTest, an_outage_delays_events) {
  server_.fail_next("create", Error(Code::unavailable, "down"), 3);
  announce("restarting");
  loop_.run_for(29s);
  EXPECT_TRUE(server_.all<Event>().empty());
  loop_.run_for(1s);
  EXPECT_EQ(server_.all<Event>().size(), 1u);
}

TEST_F(EventRecorderTest, an_event_that_is_refused_does_not_hold_up_the_next) {
  server_.fail_next("create", Error(Code::forbidden, "namespace is terminating"));
  announce("one");
  announce("two");
  loop_.settle();
  ASSERT_EQ(server_.all<Event>().size(), 1u);
  EXPECT_EQ(server_.all<Event>()[0].message, "two");
}

}  // namespace
}  // namespace aloft::client
