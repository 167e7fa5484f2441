// Spans of our own: one trace from parent to child, and nothing when the tracer is off.
#include "telemetry/traces/self/tracer.h"

#include <gtest/gtest.h>

#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

class TracerTest : public ::testing::Test {
 protected:
  testing::TestClock clock_;
  SeededRandom random_{1};
  SpanBatch last_;
  Tracer tracer_{{.probability = 1, .buffered_spans = 3}, clock_, random_, [this](SpanBatch batch) {
                   last_ = std::move(batch);
                 }};
};

TEST_F(TracerTest, children_belong_to_their_parent) {
  {
    LiveSpan parent = tracer_.start("request", SpanKind::server);
    parent.set("path", "/");
    LiveSpan child = tracer_.start_child("store", parent);
    child.fail("disk full");
    clock_.now = clock_.now + 5ms;
  }
  tracer_.flush();
  const std::vector<Span>& spans = last_.resources.at(0).scopes.at(0).spans;
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].name, "store");
  EXPECT_EQ(spans[0].parent_id, spans[1].span_id);
  EXPECT_EQ(spans[0].trace_id, spans[1].trace_id);
  EXPECT_EQ(spans[0].status, SpanStatus::error);
  EXPECT_EQ(spans[1].end_ns - spans[1].start_ns, 5'000'000);
}

TEST_F(TracerTest, a_caller_s_context_is_continued_when_it_is_sampled) {
  TraceContext context;
  context.trace_id = testing::trace_id(5);
  context.span_id = testing::span_id(6);
  EXPECT_EQ(tracer_.start("x", SpanKind::server, context).context()->trace_id, context.trace_id);
  context.sampled = false;
  EXPECT_FALSE(tracer_.start("x", SpanKind::server, context).on());
}

TEST_F(TracerTest, nothing_happens_when_it_is_off) {
  tracer_.set_probability(0);
  LiveSpan span = tracer_.start("x");
  EXPECT_FALSE(span.on());
  EXPECT_FALSE(tracer_.start_child("y", span).on());
  span.set("a", "b");
  span.end();
  tracer_.flush();
  EXPECT_TRUE(last_.resources.empty());
}

TEST_F(TracerTest, what_is_beyond_the_buffer_is_counted) {
  for (int i = 0; i < 5; ++i) tracer_.start("x").end();
  EXPECT_EQ(tracer_.left_out(), 2U);
}

}  // namespace
}  // namespace aloft::telemetry::traces
