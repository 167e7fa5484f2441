// The answers of Tempo's and Jaeger's interfaces, as their clients read them.
#include "telemetry/traces/api/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/epoll_loop.h"
#include "model/json.h"
#include "telemetry/traces/api/otlp_proto.h"
#include "telemetry/traces/api/parameters.h"
#include "telemetry/traces/testing/http.h"
#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

using testing::batch_of;
using ::testing::HasSubstr;
using testing::make_span;
using ::testing::StartsWith;

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    add_shared_routes(shared_, tempo_, jaeger_);
    Span root = make_span(1, 1, "GET /");
    root.kind = SpanKind::server;
    root.attributes = {{"http.status_code", AttributeValue(std::int64_t{500})}, {"ok", AttributeValue(true)}};
    root.status = SpanStatus::error;
    root.status_message = "broken";
    root.events.push_back(
        {root.start_ns + 1000, "exception", {{"type", AttributeValue(std::string("oops"))}}});
    Span child = make_span(1, 2, "query", 1);
    child.kind = SpanKind::client;
    child.links.push_back({testing::trace_id(7), testing::span_id(8), "", {}});
    EXPECT_TRUE(test_.store().write(batch_of({root}, "shop")));
    EXPECT_TRUE(test_.store().write(batch_of({child}, "db")));
  }
  std::string get(const std::string& target, const std::string& headers = "") {
    return testing::fetch(loop_, shared_, "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
  }
  model::Value json(const std::string& target, const std::string& headers = "") {
    const std::string answer = get(target, headers);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200")) << target;
    auto value = model::parse_json(answer.substr(answer.find("\r\n\r\n") + 4));
    EXPECT_TRUE(value) << answer;
    return value ? std::move(*value) : model::Value();
  }
  static std::string escaped(std::string_view text) { return http::percent_encode(text); }

  testing::TestStore test_;
  io::EpollLoop loop_;
  TempoApi tempo_{test_.store(), test_.pool(), loop_, test_.clock()};
  JaegerApi jaeger_{test_.store(), test_.pool(), loop_, test_.clock()};
  Router shared_;
};

TEST_F(ApiTest, a_trace_by_id_has_the_shape_that_its_reader_asks_for) {
  const std::string id = "00000000000000000000000000000001";
  EXPECT_THAT(get("/api/traces/" + id), HasSubstr(R"({"data":[{"traceID":"0000000000000001","spans":[)"));
  EXPECT_THAT(get("/tempo/api/traces/" + id),
              HasSubstr(R"({"batches":[{"resource":{"attributes":[{"key":"service.name")"));
  EXPECT_THAT(get("/api/v2/traces/" + id), HasSubstr(R"({"trace":{"resourceSpans":[{"resource")"));
  const std::string proto = get("/api/traces/1", "Accept: application/protobuf\r\n");
  EXPECT_THAT(proto, HasSubstr("application/protobuf"));
  EXPECT_THAT(proto, HasSubstr(encode_traces_data(*test_.store().trace(testing::trace_id(1)))));
  EXPECT_THAT(get("/api/traces/2"), HasSubstr("404"));
  EXPECT_THAT(get("/api/v2/traces/2"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(get("/api/v2/traces/xyz"), StartsWith("HTTP/1.1 400"));
}

TEST_F(ApiTest, tempos_trace_is_otlp_in_json) {
  const model::Value trace = json("/tempo/api/traces/1");
  const model::Value& span =
      trace.at("batches")->as_array()[0].at("scopeSpans")->as_array()[0].at("spans")->as_array()[0];
  EXPECT_EQ(span.text_at("traceId"), "AAAAAAAAAAAAAAAAAAAAAQ==");
  EXPECT_EQ(span.text_at("spanId"), "AAAAAAAAAAE=");
  EXPECT_EQ(span.text_at("kind"), "SPAN_KIND_SERVER");
  EXPECT_EQ(span.text_at("status", "code"), "STATUS_CODE_ERROR");
  EXPECT_EQ(span.text_at("startTimeUnixNano"), "1704067200001000000");
  EXPECT_EQ(span.at("attributes")->as_array()[0].text_at("value", "intValue"), "500");
}

TEST_F(ApiTest, jaegers_trace_has_references_logs_and_processes) {
  const model::Value answer = json("/jaeger/api/traces/1");
  const model::Value& trace = answer.at("data")->as_array()[0];
  const model::Value& root = trace.at("spans")->as_array()[0];
  const model::Value& child = trace.at("spans")->as_array()[1];
  EXPECT_EQ(root.at("startTime")->as_int(), 1'704'067'200'001'000);
  EXPECT_EQ(root.at("duration")->as_int(), 1000);
  EXPECT_EQ(root.at("logs")->as_array()[0].at("fields")->as_array()[0].text_at("value"), "exception");
  EXPECT_EQ(child.at("references")->as_array()[0].text_at("refType"), "CHILD_OF");
  EXPECT_EQ(child.at("references")->as_array()[1].text_at("spanID"), "0000000000000008");
  EXPECT_EQ(trace.text_at("processes", root.text_at("processID"), "serviceName"), "shop");
  std::map<std::string, std::string> tags;
  for (const model::Value& tag : root.at("tags")->as_array()) {
    tags[std::string(tag.text_at("key"))] = model::to_json(*tag.at("value"));
  }
  EXPECT_EQ(tags.at("http.status_code"), "500");
  EXPECT_EQ(tags.at("span.kind"), "\"server\"");
  EXPECT_EQ(tags.at("error"), "true");
}

TEST_F(ApiTest, a_search_gives_traces_with_their_spans) {
  const model::Value answer = json("/api/search?q=" + escaped("{ status = error }"));
  ASSERT_EQ(answer.at("traces")->as_array().size(), 1U);
  const model::Value& trace = answer.at("traces")->as_array()[0];
  EXPECT_EQ(trace.text_at("traceID"), "1");
  EXPECT_EQ(trace.text_at("rootServiceName"), "shop");
  EXPECT_EQ(trace.text_at("rootTraceName"), "GET /");
  EXPECT_EQ(trace.at("durationMs")->as_int(), 3);
  const model::Value& set = trace.at("spanSets")->as_array()[0];
  EXPECT_EQ(set.at("matched")->as_int(), 1);
  EXPECT_EQ(set.at("spans")->as_array()[0].text_at("spanID"), "0000000000000001");
  EXPECT_EQ(set.at("spans")->as_array()[0].text_at("durationNanos"), "1000000");
  EXPECT_EQ(set.at("spans")->as_array()[0].at("attributes")->as_array()[0].text_at("value", "stringValue"),
            "error");
  EXPECT_EQ(trace.at("spanSet", "matched")->as_int(), 1);
}

TEST_F(ApiTest, a_search_by_tags_looks_for_text_in_any_case) {
  const auto count = [this](const std::string& parameters) {
    return json("/api/search?" + parameters).at("traces")->as_array().size();
  };
  EXPECT_EQ(count("tags=service.name%3DSHO"), 1U);
  EXPECT_EQ(count("tags=http.status_code%3D500%20name%3Dget"), 1U);
  EXPECT_EQ(count("tags=service.name%3Dnone"), 0U);
  EXPECT_EQ(count("minDuration=2ms&maxDuration=10ms"), 1U);
  EXPECT_EQ(count("minDuration=4ms"), 0U);
  EXPECT_EQ(count("start=1704067200&end=1704067201"), 1U);
  EXPECT_EQ(count("start=1604067200&end=1604067201"), 0U);
}

TEST_F(ApiTest, a_trace_may_be_cut_down_to_what_a_filter_takes) {
  const std::string path = "/api/v2/traces/1?q=" + escaped("{ kind = client }");
  const auto names = [this](const std::string& target) {
    std::string out;
    const model::Value answer = json(target);
    for (const model::Value& resource : answer.at("trace", "resourceSpans")->as_array()) {
      for (const model::Value& span : resource.at("scopeSpans")->as_array()[0].at("spans")->as_array())
        out += std::string(span.text_at("name")) + ";";
    }
    return out;
  };
  EXPECT_EQ(names(path), "GET /;query;");
  EXPECT_EQ(names(path + "&keep_hierarchy=false"), "query;");
  EXPECT_EQ(names("/api/v2/traces/1?q=" + escaped("{ kind = producer }")), "");
  EXPECT_EQ(names("/api/v2/traces/1?q=" + escaped("{ }")), "GET /;query;");
  EXPECT_THAT(get("/api/v2/traces/1?q=" + escaped("{ } >> { }")), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(get("/api/v2/traces/1?q=" + escaped("{ } | rate()")), StartsWith("HTTP/1.1 400"));
}

TEST_F(ApiTest, mistakes_are_told_with_status_400) {
  EXPECT_THAT(
      get("/api/search?q=" + escaped("{ .a = ")),
      HasSubstr("invalid TraceQL query: parse error at line 1, col 8: syntax error: unexpected $end"));
  EXPECT_THAT(get("/api/search?limit=x"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(get("/api/search?start=2&end=1"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(get("/api/search/tags?scope=what"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(get("/api/v2/search/tag/service.name/values"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(get("/api/metrics/query_range?q=" + escaped("{ }")), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(get("/api/traces?operation=x"), HasSubstr("parameter 'service' is required"));
}

TEST_F(ApiTest, tags_and_their_values) {
  EXPECT_THAT(get("/api/search/tags"),
              HasSubstr(R"({"tagNames":["http.status_code","ok","service.name","type"])"));
  EXPECT_THAT(get("/api/v2/search/tags?scope=span"),
              HasSubstr(R"({"scopes":[{"name":"span","tags":["http.status_code","ok"]}])"));
  EXPECT_THAT(get("/api/v2/search/tags?scope=span&limit=1"),
              HasSubstr(R"({"scopes":[{"name":"span","tags":["http.status_code"]}])"));
  EXPECT_THAT(get("/api/v2/search/tags?scope=event&q=" + escaped("{ status = error }")),
              HasSubstr(R"({"scopes":[{"name":"event","tags":["type"]}])"));
  EXPECT_THAT(get("/api/v2/search/tags?scope=event&q=" + escaped("{ status = ok }")),
              HasSubstr(R"({"scopes":[])"));
  EXPECT_THAT(get("/api/search/tag/service.name/values"), HasSubstr(R"({"tagValues":["db","shop"])"));
  EXPECT_THAT(get("/api/v2/search/tag/span.http.status_code/values"),
              HasSubstr(R"([{"type":"int","value":"500"}])"));
  EXPECT_THAT(
      get("/api/v2/search/tag/resource.service.name/values?q=" + escaped("{ status = error && .x = }")),
      HasSubstr(R"([{"type":"string","value":"shop"}])"));
  EXPECT_THAT(get("/api/v2/search/tag/status/values"), HasSubstr(R"({"type":"keyword","value":"error"})"));
  EXPECT_THAT(get("/api/v2/search/tag/span:name/values"), HasSubstr("query"));
}

TEST_F(ApiTest, metrics_give_series) {
  const std::string range = "&start=1704067200&end=1704067210&step=5s";
  const model::Value answer =
      json("/api/metrics/query_range?q=" + escaped("{ } | rate() by (resource.service.name)") + range);
  ASSERT_EQ(answer.at("series")->as_array().size(), 2U);
  const model::Value& series = answer.at("series")->as_array()[0];
  EXPECT_EQ(series.at("labels")->as_array()[0].text_at("key"), "resource.service.name");
  EXPECT_EQ(series.at("labels")->as_array()[0].text_at("value", "stringValue"), "db");
  EXPECT_EQ(series.at("samples")->as_array().size(), 2U);
  EXPECT_EQ(series.at("samples")->as_array()[0].text_at("timestampMs"), "1704067200000");
  EXPECT_EQ(series.at("samples")->as_array()[0].at("value")->as_double(), 0.2);
  const model::Value instant = json("/api/metrics/query?q=" + escaped("{ } | count_over_time()") + range);
  EXPECT_EQ(instant.at("series")->as_array()[0].at("value")->as_double(), 2);
  EXPECT_EQ(instant.at("series")->as_array()[0].text_at("promLabels"), "{__name__=\"count_over_time\"}");
}

TEST_F(ApiTest, jaeger_lists_services_operations_and_dependencies) {
  EXPECT_THAT(get("/api/services"),
              HasSubstr(R"({"data":["db","shop"],"total":2,"limit":0,"offset":0,"errors":null})"));
  EXPECT_THAT(get("/api/services/shop/operations"), HasSubstr(R"("data":["GET /"])"));
  EXPECT_THAT(get("/api/operations?service=db"), HasSubstr(R"([{"name":"query","spanKind":"client"}])"));
  EXPECT_THAT(get("/api/dependencies?endTs=1704067300000&lookback=3600000"),
              HasSubstr(R"([{"parent":"shop","child":"db","callCount":1}])"));
}

TEST_F(ApiTest, jaeger_searches_by_operation_tags_and_duration) {
  const auto count = [this](const std::string& parameters) {
    return json("/api/traces?service=shop&" + parameters).at("data")->as_array().size();
  };
  EXPECT_EQ(count(""), 1U);
  EXPECT_EQ(count("operation=GET%20/"), 1U);
  EXPECT_EQ(count("operation=query"), 0U);
  EXPECT_EQ(count("tags=" + escaped(R"({"http.status_code":"500","error":"true"})")), 1U);
  EXPECT_EQ(count("tags=" + escaped(R"({"http.status_code":"200"})")), 0U);
  EXPECT_EQ(count("tag=ok:true&tag=type:oops"), 1U);
  EXPECT_EQ(count("minDuration=500us&maxDuration=1ms"), 1U);
  EXPECT_EQ(count("minDuration=2ms"), 0U);
  EXPECT_EQ(count("start=1704067200000000&end=1704067201000000"), 1U);
  EXPECT_EQ(count("lookback=1h"), 1U);
}

TEST_F(ApiTest, jaeger_monitors_services_by_their_spans) {
  const std::string times = fmt::format("&endTs={}&lookback=60000&step=1000&ratePer=10000",
                                        testing::base_time_ns / 1'000'000 + 5'000);
  const auto value = [&](const std::string& target) {
    const model::Value answer = json("/api/metrics/" + target + times);
    const model::Value& metric = answer.at("metrics")->as_array().at(0);
    return std::pair(
        model::to_json(*metric.at("labels")),
        metric.at("metricPoints")->as_array().back().at("gaugeValue", "doubleValue")->as_double());
  };
  const auto [labels, calls] = value("calls?service=shop");
  EXPECT_EQ(labels, R"([{"name":"service_name","value":"shop"}])");
  EXPECT_NEAR(calls, 0.1, 0.001);
  EXPECT_NEAR(value("errors?service=shop&groupByOperation=true").second, 1, 0.001);
  EXPECT_NEAR(value("latencies?service=db&spanKind=client&quantile=0.95").second, 2, 0.1);
  EXPECT_THAT(get("/api/metrics/latencies?service=shop"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(get("/api/metrics/calls"), HasSubstr("at least one service name"));
  EXPECT_THAT(get("/api/metrics/minstep"), HasSubstr(R"({"data":1)"));
}

TEST_F(ApiTest, grafana_finds_what_it_looks_for_at_the_start) {
  EXPECT_THAT(get("/api/echo"), HasSubstr("\r\n\r\necho"));
  EXPECT_EQ(json("/api/status/buildinfo").text_at("version"), "2.7.0");
}

TEST_F(ApiTest, a_port_of_its_own_speaks_one_interface) {
  Router tempo;
  add_tempo_routes(tempo, tempo_);
  EXPECT_THAT(testing::fetch(loop_, tempo, "GET /api/traces/1 HTTP/1.1\r\nHost: x\r\n\r\n"),
              HasSubstr("\"batches\""));
  Router jaeger;
  add_jaeger_routes(jaeger, jaeger_);
  EXPECT_THAT(testing::fetch(loop_, jaeger, "GET /api/traces/1 HTTP/1.1\r\nHost: x\r\n\r\n"),
              HasSubstr("\"data\""));
  EXPECT_THAT(testing::fetch(loop_, jaeger, "GET /api/search HTTP/1.1\r\nHost: x\r\n\r\n"),
              StartsWith("HTTP/1.1 404"));
}

TEST(TraceParameters, times_come_in_any_unit) {
  for (const char* text : {"1704067200", "1704067200.0", "1704067200000", "1704067200000000",
                           "1704067200000000000", "2024-01-01T00:00:00Z"}) {
    EXPECT_EQ(parse_time_parameter("start", text).value_or(0), 1'704'067'200'000'000'000) << text;
  }
  EXPECT_FALSE(parse_time_parameter("start", "yesterday"));
  EXPECT_FALSE(parse_time_parameter("start", "1e300"));
}

TEST(TraceParameters, an_unfinished_filter_keeps_what_is_finished) {
  EXPECT_EQ(usable_filter("{ resource.cluster = }"), "");
  EXPECT_EQ(usable_filter("{ .a = 1 && resource.cluster = }"), "{ .a = 1 }");
  EXPECT_EQ(usable_filter("{ .a = \"x\" && .b = \"unfin"), "{ .a = \"x\" }");
  EXPECT_EQ(usable_filter("{ .a = 1 || .b = 2 }"), "{ (.a = 1) || (.b = 2) }");
}

}  // namespace
}  // namespace aloft::telemetry::traces
