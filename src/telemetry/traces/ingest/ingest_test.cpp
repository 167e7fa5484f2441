// What Zipkin's and Jaeger's clients send becomes the spans they meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/traces/ingest/context.h"
#include "telemetry/traces/ingest/jaeger_thrift.h"
#include "telemetry/traces/ingest/routes.h"
#include "telemetry/traces/ingest/zipkin.h"
#include "telemetry/traces/testing/http.h"
#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view zipkin_span =
    R"([{"traceId":"5af7183fb1d4cf5f","id":"352bff9a74ca9ad2","parentId":"6b221d5bc9e6496c",)"
    R"("name":"get /api","kind":"SERVER","timestamp":1556604172355737,"duration":1431,)"
    R"("localEndpoint":{"serviceName":"backend"},)"
    R"("remoteEndpoint":{"serviceName":"front","ipv4":"172.19.0.2","port":58648},)"
    R"("tags":{"http.method":"GET","error":"refused"},)"
    R"("annotations":[{"timestamp":1556604172355740,"value":"miss"}]}])";

TEST(Zipkin, a_span_keeps_all_it_says) {
  const auto batch = decode_zipkin_json(zipkin_span);
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_EQ(batch->resources[0].resource[0].value.to_text(), "backend");
  const Span& span = batch->resources[0].scopes[0].spans[0];
  EXPECT_EQ(to_hex(span.trace_id), "00000000000000005af7183fb1d4cf5f");
  EXPECT_EQ(to_hex(span.parent_id), "6b221d5bc9e6496c");
  EXPECT_EQ(span.kind, SpanKind::server);
  EXPECT_EQ(span.start_ns, 1556604172355737000);
  EXPECT_EQ(span.end_ns - span.start_ns, 1431000);
  EXPECT_EQ(span.status, SpanStatus::error);
  EXPECT_EQ(span.status_message, "refused");
  EXPECT_EQ(span.events[0].name, "miss");
  EXPECT_EQ(find_attribute(span.attributes, "http.method")->to_text(), "GET");
  EXPECT_EQ(find_attribute(span.attributes, "net.peer.port")->to_text(), "58648");
}

TEST(Zipkin, mistakes_name_the_span_and_the_field) {
  const auto error = [](std::string_view body) { return decode_zipkin_json(body).error().message(); };
  EXPECT_EQ(error(R"({})"), "zipkin: an array of spans was expected");
  EXPECT_EQ(error(R"([{"traceId":"1","id":"2"},{"traceId":"xyz","id":"2"}])"),
            "zipkin span 1: traceId: xyz is no id of hex digits");
  EXPECT_EQ(error(R"([{"traceId":"1"}])"), "zipkin span 0: id: missing");
  EXPECT_EQ(error(R"([{"traceId":"1","id":"2","timestamp":-5}])"),
            "zipkin span 0: timestamp: microseconds were expected");
}

TEST(Zipkin, both_sides_of_a_call_with_one_id_are_kept) {
  testing::TestStore test;
  const auto batch =
      decode_zipkin_json(R"([{"traceId":"1","id":"2","kind":"CLIENT","name":"a"},)"
                         R"({"traceId":"1","id":"2","kind":"SERVER","shared":true,"name":"b"}])");
  ASSERT_TRUE(test.store().write(*batch));
  ASSERT_TRUE(test.store().flush());
  EXPECT_EQ(test.store().trace(testing::trace_id(1))->span_count(), 2U);
}

// Thrift's binary protocol by hand.
std::string number(std::uint64_t value, int size) {
  std::string out;
  for (int i = size - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}
std::string field(int type, int id, const std::string& content) {
  return number(static_cast<std::uint64_t>(type), 1) + number(static_cast<std::uint64_t>(id), 2) + content;
}
std::string text(const std::string& content) { return number(content.size(), 4) + content; }
std::string structs(const std::vector<std::string>& items) {
  std::string out = number(12, 1) + number(items.size(), 4);
  for (const std::string& item : items) out += item + '\0';
  return out;
}
std::string string_tag(const std::string& key, const std::string& value) {
  return field(11, 1, text(key)) + field(8, 2, number(0, 4)) + field(11, 3, text(value));
}
std::string thrift_batch() {
  const std::string log =
      field(10, 1, number(1'000'005, 8)) + field(15, 2, structs({string_tag("event", "boom")}));
  const std::string link =
      field(8, 1, number(1, 4)) + field(10, 2, number(7, 8)) + field(10, 4, number(9, 8));
  const std::string error =
      field(11, 1, text("error")) + field(8, 2, number(2, 4)) + field(2, 5, number(1, 1));
  const std::string count = field(11, 1, text("n")) + field(8, 2, number(3, 4)) + field(10, 6, number(42, 8));
  const std::string span = field(10, 1, number(0x1234, 8)) + field(10, 2, number(0, 8)) +
                           field(10, 3, number(5, 8)) + field(10, 4, number(3, 8)) +
                           field(11, 5, text("op")) + field(15, 6, structs({link})) +
                           field(10, 8, number(1'000'000, 8)) + field(10, 9, number(250, 8)) +
                           field(15, 10, structs({string_tag("span.kind", "client"), error, count})) +
                           field(15, 11, structs({log}));
  const std::string process = field(11, 1, text("shop")) + field(15, 2, structs({string_tag("host", "a")}));
  return field(12, 1, process + '\0') + field(15, 2, structs({span})) + '\0';
}

TEST(ZipkinV1, core_annotations_become_the_two_sides_of_a_call) {
  const auto batch = decode_zipkin_v1_json(R"([{"traceId":"5","name":"get","id":"6","parentId":"5",
    "timestamp":1000,"duration":500,
    "annotations":[{"timestamp":1000,"value":"cs","endpoint":{"serviceName":"web"}},
                   {"timestamp":1100,"value":"sr","endpoint":{"serviceName":"db"}},
                   {"timestamp":1200,"value":"halfway"},
                   {"timestamp":1400,"value":"ss","endpoint":{"serviceName":"db"}},
                   {"timestamp":1500,"value":"cr","endpoint":{"serviceName":"web"}}],
    "binaryAnnotations":[{"key":"http.path","value":"/a"},
                         {"key":"sa","value":true,"endpoint":{"serviceName":"db","ipv4":"1.2.3.4"}}]}])");
  ASSERT_TRUE(batch) << batch.error().message();
  ASSERT_EQ(batch->resources.size(), 2U);
  const Span& client = batch->resources[0].scopes[0].spans[0];
  EXPECT_EQ(find_attribute(batch->resources[0].resource, "service.name")->to_text(), "web");
  EXPECT_EQ(client.kind, SpanKind::client);
  EXPECT_EQ(client.start_ns, 1'000'000);
  EXPECT_EQ(client.end_ns, 1'500'000);
  EXPECT_EQ(client.parent_id, testing::span_id(5));
  EXPECT_EQ(find_attribute(client.attributes, "http.path")->to_text(), "/a");
  EXPECT_EQ(find_attribute(client.attributes, "net.peer.ip")->to_text(), "1.2.3.4");
  const Span& server = batch->resources[1].scopes[0].spans[0];
  EXPECT_EQ(server.kind, SpanKind::server);
  EXPECT_EQ(server.start_ns, 1'100'000);
  EXPECT_EQ(server.end_ns, 1'400'000);
  ASSERT_EQ(server.events.size(), 1U);
  EXPECT_EQ(server.events[0].name, "halfway");
  EXPECT_FALSE(decode_zipkin_v1_json("{}"));
  EXPECT_FALSE(decode_zipkin_v1_json(R"([{"id":"x"}])"));
}

TEST(JaegerThrift, a_batch_keeps_all_it_says) {
  const auto batch = decode_jaeger_thrift(thrift_batch());
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_EQ(batch->resources[0].resource[0].value.to_text(), "shop");
  EXPECT_EQ(batch->resources[0].resource[1].value.to_text(), "a");
  const Span& span = batch->resources[0].scopes[0].spans[0];
  EXPECT_EQ(to_hex(span.trace_id), "00000000000000000000000000001234");
  EXPECT_EQ(to_hex(span.parent_id), "0000000000000003");
  EXPECT_EQ(span.name, "op");
  EXPECT_EQ(span.kind, SpanKind::client);
  EXPECT_EQ(span.status, SpanStatus::error);
  EXPECT_EQ(span.start_ns, 1'000'000'000);
  EXPECT_EQ(span.end_ns, 1'000'250'000);
  EXPECT_EQ(span.attributes, (Attributes{{"n", AttributeValue(std::int64_t{42})}}));
  EXPECT_EQ(span.events[0].name, "boom");
  EXPECT_EQ(to_hex(span.links[0].span_id), "0000000000000009");
}

TEST(JaegerThrift, what_is_cut_off_anywhere_is_refused) {
  const std::string whole = thrift_batch();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_jaeger_thrift(std::string_view(whole).substr(0, size))) << size;
  }
}

TEST(TraceContext, w3c_and_b3_are_read) {
  const auto context = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  ASSERT_TRUE(context);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(format_traceparent(*context), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  for (const char* bad : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x"}) {
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
  }
  EXPECT_TRUE(parse_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x"));
  EXPECT_EQ(to_hex(parse_b3("80f198ee56343ba8-e457b5a2e4d86bd1-1")->span_id), "e457b5a2e4d86bd1");
  EXPECT_FALSE(parse_b3("0"));
  http::Headers headers;
  headers.add("X-B3-TraceId", "80f198ee56343ba864fe8b2a57d3eff7");
  headers.add("X-B3-SpanId", "e457b5a2e4d86bd1");
  headers.add("X-B3-Sampled", "0");
  EXPECT_FALSE(context_of(headers)->sampled);
}

TEST(IngestRoutes, spans_go_through_the_pipeline_to_the_store) {
  testing::TestStore test;
  Metrics metrics;
  Pipeline pipeline(test.pool(), {}, metrics);
  Exporter<SpanBatch>& store = test.store();
  pipeline.add<SpanBatch>(store);
  io::EpollLoop loop;
  Router router;
  add_ingest_routes(router, pipeline, loop);
  const auto post = [&](const std::string& path, const std::string& type, std::string_view body) {
    return testing::fetch(loop, router,
                          fmt::format("POST {} HTTP/1.1\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                                      path, type, body.size(), body));
  };
  EXPECT_THAT(post("/api/v2/spans", "application/json", zipkin_span), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(post("/api/traces?format=jaeger.thrift", "application/x-thrift", thrift_batch()),
              StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(post("/api/v2/spans", "application/json", "[{}]"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(post("/api/v2/spans", "application/json", R"([{"traceId":"0","id":"1"}])"),
              HasSubstr("has no trace id"));
  EXPECT_TRUE(test.store().trace(testing::trace_id(0x1234)));
}

}  // namespace
}  // namespace aloft::telemetry::traces
