// Who leads when, at exact instants of a simulated clock.
#include "client/leader.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "client/testing/fake_client.h"
#include "io/sim_loop.h"
#include "model/kinds/coordination/v1/lease.h"

namespace aloft::client {
namespace {

using coordination::v1::Lease;
using Strings = std::vector<std::string>;

class LeaderElectionTest : public testing::Test {
 protected:
  std::unique_ptr<LeaderElection> candidate(const std::string& identity, Client& server) {
    LeaderOptions options;
    options.lease = ObjectKey("kube-system", "aloft-controllers");
    options.identity = identity;
    const auto note = [this, identity](std::string_view what) {
      log_.push_back(fmt::format("{} {} {}", loop_.now().since_origin / 1s, identity, what));
    };
    return std::make_unique<LeaderElection>(
        loop_, loop_, server, options, [note] { note("starts"); }, [note] { note("stops"); });
  }
  Lease lease() const { return *server_.find<Lease>({"kube-system", "aloft-controllers"}); }

  io::SimLoop loop_{WallTime{1'700'000'000s}};
  FakeClient server_{loop_, loop_};
  Strings log_;
};

TEST_F(LeaderElectionTest, the_first_candidate_makes_the_lease_and_leads) {
  const auto one = candidate("one", server_);
  one->start();
  loop_.settle();
  EXPECT_TRUE(one->leading());
  EXPECT_EQ(log_, (Strings{"0 one starts"}));
  EXPECT_EQ(lease().spec.holderIdentity, "one");
  EXPECT_EQ(lease().spec.leaseDurationSeconds, 15);
  EXPECT_EQ(lease().spec.leaseTransitions, 0);
}

TEST_F(LeaderElectionTest, the_leader_renews_every_two_seconds_with_one_write) {
  const auto one = candidate("one", server_);
  one->start();
  loop_.settle();
  const auto acquired = lease().spec.acquireTime;
  server_.clear_calls();
  loop_.run_for(10s);
  Strings calls;
  for (const auto& call : server_.calls()) {
    calls.push_back(fmt::format("{} {}", call.at.since_origin / 1s, call.verb));
  }
  EXPECT_EQ(calls, (Strings{"2 update", "4 update", "6 update", "8 update", "10 update"}));
  EXPECT_EQ(lease().spec.acquireTime, acquired);
  EXPECT_EQ(lease().spec.renewTime->time(), loop_.wall());
}

TEST_F(LeaderElectionTest, another_waits_as_long_as_the_lease_is_renewed) {
  const auto one = candidate("one", server_);
  const auto two = candidate("two", server_);
  one->start();
  two->start();
  loop_.run_for(3600s);
  EXPECT_EQ(log_, (Strings{"0 one starts"}));
  EXPECT_FALSE(two->leading());
}

TEST_F(LeaderElectionTest, a_dead_leader_is_replaced_after_its_lease_and_one_retry) {
  auto one = candidate("one", server_);
  const auto two = candidate("two", server_);
  one->start();
  two->start();
  loop_.run_for(60s);
  one.reset();
  const Time died = loop_.now();
  loop_.run_for(15s);
  // A lease counts from when its change was seen, at most one retry after it was written.
  loop_.run_for(2 * 2200ms);
  EXPECT_TRUE(two->leading());
  EXPECT_GE(loop_.now() - died, 15s);
  EXPECT_EQ(lease().spec.leaseTransitions, 1);
  EXPECT_EQ(log_.size(), 2u);
}

TEST_F(LeaderElectionTest, a_leader_that_cannot_renew_stops_at_the_deadline_before_its_lease_ends) {
  const auto one = candidate("one", server_);
  one->start();
  loop_.run_for(60s);
  server_.fail_next("update", Error(Code::unavailable, "down"), 100);
  server_.fail_next("get", Error(Code::unavailable, "down"), 5);
  loop_.run_for(11s);
  EXPECT_TRUE(one->leading());
  // The first renewal failed at 62 s.
  loop_.run_for(1s);
  EXPECT_EQ(log_, (Strings{"0 one starts", "72 one stops"}));
}

TEST_F(LeaderElectionTest, a_server_that_does_not_answer_counts_as_down) {
  const auto one = candidate("one", server_);
  one->start();
  loop_.run_for(60s);
  server_.set_latency(3600s);
  loop_.run_for(12s);
  EXPECT_EQ(log_, (Strings{"0 one starts", "72 one stops"}));
}

TEST_F(LeaderElectionTest, a_short_outage_costs_no_leadership) {
  const auto one = candidate("one", server_);
  one->start();
  loop_.run_for(60s);
  server_.fail_next("update", Error(Code::unavailable, "down"), 4);
  server_.fail_next("get", Error(Code::unavailable, "down"), 4);
  loop_.run_for(60s);
  EXPECT_EQ(log_, (Strings{"0 one starts"}));
}

TEST_F(LeaderElectionTest, a_released_lease_is_taken_over_at_the_next_try) {
  const auto one = candidate("one", server_);
  const auto two = candidate("two", server_);
  one->start();
  two->start();
  loop_.run_for(60s);
  loop_.run_until_done(one->release());
  EXPECT_FALSE(one->leading());
  EXPECT_EQ(lease().spec.holderIdentity, "");
  loop_.run_for(4400ms);
  EXPECT_TRUE(two->leading());
}

TEST_F(LeaderElectionTest, never_do_two_lead_at_once) {
  std::vector<std::unique_ptr<LeaderElection>> all;
  for (int i = 0; i < 5; ++i) all.push_back(candidate(fmt::format("c{}", i), server_));
  for (const auto& one : all) one->start();
  SeededRandom random(7);
  for (int second = 0; second < 3600; ++second) {
    if (random.below(60) == 0) server_.fail_next("update", Error(Code::unavailable, "down"), 12);
    loop_.run_for(1s);
    const auto leaders = std::ranges::count_if(all, [](const auto& one) { return one->leading(); });
    EXPECT_LE(leaders, 1) << "at second " << second;
  }
  EXPECT_GT(log_.size(), 10u) << "leadership should have changed hands many times";
}

}  // namespace
}  // namespace aloft::client
