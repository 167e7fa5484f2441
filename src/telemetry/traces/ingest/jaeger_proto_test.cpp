// Jaeger's protobuf model, in and out.
#include "telemetry/traces/ingest/jaeger_proto.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/core/wire.h"
#include "telemetry/traces/api/jaeger_proto.h"
#include "telemetry/traces/testing/any_batch.h"
#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

using testing::make_span;
using testing::span_id;
using testing::trace_id;

// What comes out as chunks goes in as a batch.
Result<SpanBatch> there_and_back(const SpanBatch& trace) {
  std::string batch;
  encode_jaeger_chunks(trace, [&batch](std::string chunk) {
    batch += chunk;
    return true;
  });
  std::string request;
  append_wire_bytes(request, 1, batch);
  return decode_jaeger_proto(request);
}

TEST(JaegerProto, a_span_keeps_all_it_says) {
  Span span = make_span(1, 7, "GET /", 3);
  span.kind = SpanKind::server;
  span.status = SpanStatus::error;
  span.status_message = "no";
  span.flags = 1;
  span.attributes = {{"text", AttributeValue(std::string("a"))},
                     {"whole", AttributeValue(std::int64_t{-5})},
                     {"real", AttributeValue(0.5)},
                     {"yes", AttributeValue(true)},
                     {"bytes", AttributeValue(AttributeBytes{"\x01\x02"})}};
  span.events.push_back({span.start_ns + 5, "halfway", {{"n", AttributeValue(std::int64_t{1})}}});
  span.links.push_back({trace_id(9), span_id(4), "", {}});
  SpanBatch trace = testing::one_span(span);
  trace.resources[0].resource.push_back({"host", AttributeValue(std::string("h1"))});
  const auto read = there_and_back(trace);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->resources.size(), 1U);
  EXPECT_EQ(read->resources[0].resource, trace.resources[0].resource);
  ASSERT_EQ(read->resources[0].scopes[0].spans.size(), 1U);
  EXPECT_EQ(read->resources[0].scopes[0].spans[0], span);
}

TEST(JaegerProto, short_ids_are_padded_and_a_span_s_process_goes_first) {
  std::string process;
  append_wire_bytes(process, 1, "own");
  std::string shared;
  append_wire_bytes(shared, 1, "shared");
  const auto span_of = [](std::string_view name) {
    std::string span;
    append_wire_bytes(span, 1, std::string_view("\0\0\0\0\0\0\0\7", 8));
    append_wire_bytes(span, 2, std::string_view("\0\0\0\0\0\0\0\1", 8));
    append_wire_bytes(span, 3, name);
    return span;
  };
  std::string own = span_of("a");
  append_wire_bytes(own, 10, process);
  std::string batch;
  append_wire_bytes(batch, 1, own);
  append_wire_bytes(batch, 1, span_of("b"));
  append_wire_bytes(batch, 2, shared);
  std::string request;
  append_wire_bytes(request, 1, batch);
  const auto read = decode_jaeger_proto(request);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->resources.size(), 2U);
  EXPECT_EQ(find_attribute(read->resources[0].resource, "service.name")->to_text(), "own");
  EXPECT_EQ(find_attribute(read->resources[1].resource, "service.name")->to_text(), "shared");
  EXPECT_EQ(read->resources[0].scopes[0].spans[0].trace_id, trace_id(7));
}

TEST(JaegerProto, a_request_that_is_cut_off_is_refused) {
  std::string request;
  append_wire_bytes(request, 1,
                    "\x0a\x05"
                    "abc");
  EXPECT_EQ(decode_jaeger_proto(request).error().code(), Code::invalid);
  EXPECT_TRUE(decode_jaeger_proto(""));
}

TEST(JaegerProto, no_span_gets_lost_on_the_way) {
  EXPECT_TRUE(rc::check([] {
    const SpanBatch batch = *testing::any_batch();
    const auto read = there_and_back(batch);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->span_count() == batch.span_count());
  }));
}

}  // namespace
}  // namespace aloft::telemetry::traces
