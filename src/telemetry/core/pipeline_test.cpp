// What a pipeline promises: a bound on what is under way, the store's answer, and that nothing is counted
// twice.
#include "telemetry/core/pipeline.h"

#include <latch>

#include <gtest/gtest.h>

#include "io/epoll_loop.h"
#include "io/guarded.h"
#include "io/scope.h"

namespace aloft::telemetry {
namespace {

LogBatch one_entry(std::string line) {
  LogBatch batch;
  LogStream stream;
  stream.labels = Labels({{"app", "a"}});
  stream.entries.push_back({1, std::move(line), {}});
  batch.streams.push_back(std::move(stream));
  return batch;
}

class Kept final : public Exporter<LogBatch> {
 public:
  explicit Kept(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  Result<WriteReport> write(const LogBatch& batch) override {
    if (broken) return fail(Code::unavailable, "the disk is full");
    lines.with([&](std::vector<std::string>& all) { all.push_back(batch.streams[0].entries[0].line); });
    WriteReport report;
    report.accepted = 1;
    return report;
  }
  io::Guarded<std::vector<std::string>> lines;
  std::atomic<bool> broken = false;

 private:
  std::string name_;
};

class Shout final : public Processor<LogBatch> {
 public:
  std::string_view name() const override { return "shout"; }
  void process(LogBatch& batch) override { batch.streams[0].entries[0].line += "!"; }
};

class PipelineTest : public testing::Test {
 protected:
  std::vector<std::string> lines(Kept& kept) {
    return kept.lines.with([](const std::vector<std::string>& all) { return all; });
  }
  Metrics metrics_;
  io::EpollLoop loop_;  // outlives the pool, whose threads post to it
  io::Pool pool_{4};
  Pipeline pipeline_{pool_, {.bytes_under_way = 100, .retry_after_seconds = 7}, metrics_};
  Kept store_{"store"};
  Kept copy_{"copy"};
};

TEST_F(PipelineTest, beyond_the_budget_a_sender_is_told_when_to_come_again) {
  auto first = pipeline_.admit(60);
  ASSERT_TRUE(first);
  const auto refused = pipeline_.admit(41);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::too_many_requests);
  EXPECT_EQ(refused.error().retry_after_seconds(), 7);
  EXPECT_TRUE(pipeline_.admit(40));
  first = pipeline_.admit(10);
  EXPECT_TRUE(pipeline_.admit(90));
  EXPECT_NE(metrics_.render().find("telemetry_refused_total 1"), std::string::npos);
}

TEST_F(PipelineTest, a_request_beyond_the_whole_budget_comes_in_alone) {
  auto large = pipeline_.admit(1000);
  ASSERT_TRUE(large);
  EXPECT_FALSE(pipeline_.admit(1));
  large = Pipeline::Ticket();
  EXPECT_TRUE(pipeline_.admit(1));
}

TEST_F(PipelineTest, processors_come_first_and_every_exporter_gets_the_batch) {
  Shout shout;
  pipeline_.add<LogBatch>(shout);
  pipeline_.add<LogBatch>(store_);
  pipeline_.add<LogBatch>(copy_);
  const auto report = pipeline_.write(one_entry("a"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->accepted, 1u);
  EXPECT_EQ(lines(store_), std::vector<std::string>{"a!"});
  EXPECT_EQ(lines(copy_), std::vector<std::string>{"a!"});
}

TEST_F(PipelineTest, the_answer_is_the_store_s_and_what_it_refuses_goes_nowhere_else) {
  pipeline_.add<LogBatch>(store_);
  pipeline_.add<LogBatch>(copy_);
  copy_.broken = true;
  EXPECT_TRUE(pipeline_.write(one_entry("a")));
  copy_.broken = false;
  store_.broken = true;
  const auto report = pipeline_.write(one_entry("b"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::unavailable);
  EXPECT_TRUE(lines(copy_).empty());
  const std::string text = metrics_.render();
  EXPECT_NE(text.find(R"(telemetry_export_failures_total{exporter="copy"} 1)"), std::string::npos);
  EXPECT_NE(text.find(R"(telemetry_rejected_total{signal="logs"} 1)"), std::string::npos);
}

TEST_F(PipelineTest, a_signal_without_a_store_is_refused) {
  const auto report = pipeline_.write(one_entry("a"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::unavailable);
}

TEST_F(PipelineTest, batches_of_several_threads_all_arrive_and_the_budget_comes_back) {
  pipeline_.add<LogBatch>(store_);
  io::EpollLoop loop;
  io::Scope scope(loop);
  int refused = 0;
  int done = 0;
  const auto send = [&](int number) -> io::Task<> {
    for (;;) {
      auto ticket = pipeline_.admit(30);
      if (!ticket) {
        ++refused;
        co_await loop.yield();
        continue;
      }
      std::move_only_function<Result<LogBatch>()> decode = [number] {
        return Result<LogBatch>(one_entry(std::to_string(number)));
      };
      auto pushed = pipeline_.push<LogBatch>(loop, std::move(*ticket), std::move(decode));
      const auto report = co_await std::move(pushed);
      if (report) ++done;
      co_return;
    }
  };
  for (int i = 0; i < 50; ++i) scope.spawn(send(i));
  loop.run_until_done(scope.finish());
  EXPECT_EQ(done, 50);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(lines(store_).size(), 50u);
  EXPECT_TRUE(pipeline_.admit(100));
}

TEST_F(PipelineTest, what_cannot_be_decoded_is_the_sender_s_error) {
  pipeline_.add<LogBatch>(store_);
  io::EpollLoop loop;
  auto ticket = pipeline_.admit(100);
  std::move_only_function<Result<LogBatch>()> decode = [] {
    return Result<LogBatch>(fail(Code::invalid, "offset 3: a field is cut off"));
  };
  const auto report =
      loop.run_until_done(pipeline_.push<LogBatch>(loop, std::move(*ticket), std::move(decode)));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message(), "offset 3: a field is cut off");
  EXPECT_TRUE(pipeline_.admit(100));
}

TEST_F(PipelineTest, a_dropped_sender_holds_its_share_until_its_work_is_done) {
  pipeline_.add<LogBatch>(store_);
  std::latch go(1);
  {
    auto ticket = pipeline_.admit(100);
    std::move_only_function<Result<LogBatch>()> decode = [&] {
      go.wait();
      return Result<LogBatch>(one_entry("late"));
    };
    auto pushed = pipeline_.push<LogBatch>(loop_, std::move(*ticket), std::move(decode));
    pushed.start();
  }
  EXPECT_FALSE(pipeline_.admit(1));
  go.count_down();
  while (!pipeline_.admit(100)) pool_.submit([] {});
  EXPECT_EQ(lines(store_), std::vector<std::string>{"late"});
}

}  // namespace
}  // namespace aloft::telemetry
