// Requests survive both forms of the wire, and what others write is read as it is meant.
#include "telemetry/otlp/codec/codec.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/otlp/testing/arbitrary.h"

namespace aloft::telemetry::otlp {
namespace {

using ::testing::HasSubstr;

std::vector<std::tuple<Attributes, InstrumentationScope, std::vector<Span>>> parts(const SpanBatch& batch) {
  std::vector<std::tuple<Attributes, InstrumentationScope, std::vector<Span>>> out;
  for (const ResourceSpans& resource : batch.resources) {
    out.emplace_back(resource.resource, InstrumentationScope(), std::vector<Span>());
    for (const ScopeSpans& scope : resource.scopes) out.emplace_back(Attributes(), scope.scope, scope.spans);
  }
  return out;
}

TEST(Codec, what_is_encoded_is_decoded_as_the_same) {
  EXPECT_TRUE(rc::check([] {
    const SpanBatch spans = *testing::any_spans();
    const auto again = decode_spans(encode(spans));
    RC_ASSERT(again.has_value());
    RC_ASSERT(parts(*again) == parts(spans));
    const auto from_json = decode_spans_json(encode_json(spans));
    RC_ASSERT(from_json.has_value());
    RC_ASSERT(parts(*from_json) == parts(spans));
  }));
  EXPECT_TRUE(rc::check([] {
    const MetricsData metrics = *testing::any_metrics();
    const auto again = decode_metrics(encode(metrics));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == metrics);
    const auto from_json = decode_metrics_json(encode_json(metrics));
    RC_ASSERT(from_json.has_value());
    RC_ASSERT(*from_json == metrics);
  }));
  EXPECT_TRUE(rc::check([] {
    const LogsData logs = *testing::any_logs();
    const auto again = decode_logs(encode(logs));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == logs);
    const auto from_json = decode_logs_json(encode_json(logs));
    RC_ASSERT(from_json.has_value());
    RC_ASSERT(*from_json == logs);
  }));
}

TEST(Codec, a_cut_or_changed_request_is_an_error_or_another_request_but_never_a_crash) {
  EXPECT_TRUE(rc::check([] {
    std::string bytes = encode(*testing::any_metrics());
    RC_PRE(!bytes.empty());
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    if (*rc::gen::arbitrary<bool>()) {
      bytes.resize(at);
    } else {
      bytes[at] = *rc::gen::arbitrary<char>();
    }
    (void)decode_metrics(bytes);
    (void)decode_logs(bytes);
    (void)decode_spans(bytes);
  }));
}

TEST(Codec, an_error_tells_the_place) {
  const auto cut = decode_spans(std::string_view("\x0a\x05\x12\x03\x12\x09x", 7));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().message(), "ExportTraceServiceRequest: offset 6: a field is cut off or malformed");
  const auto wrong = decode_spans_json(
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"traceId":"5b8e"}]}]}]})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(),
            "resourceSpans[0].scopeSpans[0].spans[1].traceId: expected 32 hexadecimal digits, not 4");
  EXPECT_EQ(decode_logs_json("[1]").error().message(), "expected an object, not array");
  EXPECT_FALSE(decode_logs_json("{"));
}

TEST(Codec, a_small_request_cannot_unfold_to_a_large_one) {
  std::string spans;
  for (int i = 0; i < 500'000; ++i) spans.append("\x12\x00", 2);
  std::string scope = "\x12";
  std::string length;
  for (std::size_t rest = spans.size(); rest != 0; rest >>= 7)
    length += static_cast<char>((rest & 127) | (rest >= 128 ? 128 : 0));
  scope += length + spans;
  std::string request = "\x0a";
  for (std::size_t rest = scope.size(); rest != 0; rest >>= 7)
    request += static_cast<char>((rest & 127) | (rest >= 128 ? 128 : 0));
  request += scope;
  const auto decoded = decode_spans(request);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), Code::too_large);
}

TEST(Codec, deep_attributes_are_refused) {
  std::string value;
  for (int i = 0; i < 200; ++i) {
    std::string array = "\x0a";
    array += static_cast<char>(value.size() & 127);
    if (value.size() > 100) break;
    array += value;
    value = "\x2a";
    value += static_cast<char>(array.size());
    value += array;
  }
  // Nested far below the limit, this is fine.
  std::string record = "\x2a" + std::string(1, static_cast<char>(value.size())) + value;
  std::string scope = "\x12" + std::string(1, static_cast<char>(record.size())) + record;
  std::string resource = "\x12" + std::string(1, static_cast<char>(scope.size())) + scope;
  std::string request = "\x0a" + std::string(1, static_cast<char>(resource.size())) + resource;
  EXPECT_TRUE(decode_logs(request));
  std::string json = R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":)";
  for (int i = 0; i < 500; ++i) json += R"({"arrayValue":{"values":[)";
  EXPECT_THAT(decode_logs_json(json).error().message(), HasSubstr("depth"));
}

TEST(Json, numbers_and_names_come_in_every_form_that_senders_use) {
  const auto metrics = decode_metrics_json(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[
    {"name":"a","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","isMonotonic":true,
      "dataPoints":[{"asInt":"7","timeUnixNano":1544712660300000000,"unknown":[1,{}],"flags":null},
                    {"asDouble":"NaN"},{"asDouble":"-Infinity"}]}}]}]}]})");
  ASSERT_TRUE(metrics) << metrics.error().message();
  const auto& sum = std::get<SumData>(metrics->resources[0].scopes[0].metrics[0].data);
  EXPECT_EQ(sum.temporality, Temporality::cumulative);
  EXPECT_EQ(std::get<std::int64_t>(sum.points[0].value), 7);
  EXPECT_EQ(sum.points[0].time_ns, 1544712660300000000u);
  EXPECT_TRUE(std::isnan(std::get<double>(sum.points[1].value)));
  EXPECT_EQ(std::get<double>(sum.points[2].value), -std::numeric_limits<double>::infinity());
}

TEST(Protobuf, text_that_is_no_utf8_is_repaired) {
  const auto logs =
      decode_logs(std::string_view("\x0a\x0b\x12\x09\x12\x07\x1a\x05"
                                   "a\xff\xc3(b",
                                   13));
  ASSERT_TRUE(logs) << logs.error().message();
  EXPECT_EQ(logs->resources[0].scopes[0].records[0].severity_text, "a\xef\xbf\xbd\xef\xbf\xbd(b");
}

TEST(Answers, nothing_rejected_is_the_empty_message) {
  EXPECT_EQ(encode_answer({}), "");
  EXPECT_EQ(encode_answer_json("rejectedSpans", {}), "{}");
  PartialSuccess partial;
  partial.rejected = 3;
  partial.message = "why";
  EXPECT_EQ(encode_answer_json("rejectedSpans", partial),
            R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"why"}})");
  const auto again = decode_answer(encode_answer(partial));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->rejected, 3);
  EXPECT_EQ(again->message, "why");
}

// The examples that come with the protocol's definition.
std::string example(const std::string& name) {
  std::ifstream file(std::string(ALOFT_SHARED_DIR) + "/observability/otlp-examples/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Examples, of_the_protocol_are_read) {
  if (example("trace.json").empty()) GTEST_SKIP() << "the shared OTLP examples are not here";
  const auto spans = decode_spans_json(example("trace.json"));
  ASSERT_TRUE(spans) << spans.error().message();
  EXPECT_EQ(spans->span_count(), 1u);
  EXPECT_EQ(to_hex(spans->resources[0].scopes[0].spans[0].trace_id), "5b8efff798038103d269b633813fc60c");
  const auto metrics = decode_metrics_json(example("metrics.json"));
  ASSERT_TRUE(metrics) << metrics.error().message();
  EXPECT_EQ(metrics->resources[0].scopes[0].metrics.size(), 4u);
  EXPECT_TRUE(decode_metrics(encode(*metrics)) == *metrics);
  for (const char* name : {"logs.json", "events.json"}) {
    const auto logs = decode_logs_json(example(name));
    ASSERT_TRUE(logs) << name << ": " << logs.error().message();
    EXPECT_EQ(logs->resources[0].scopes[0].records.size(), 1u);
    EXPECT_TRUE(decode_logs(encode(*logs)) == *logs);
  }
}

}  // namespace
}  // namespace aloft::telemetry::otlp
