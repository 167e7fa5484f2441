// Loki's interface as clients see it: what they push, ask and get.
#include "telemetry/logs/api/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/core/compression.h"
#include "telemetry/core/wire.h"
#include "telemetry/logs/testing/call.h"
#include "telemetry/logs/testing/temporary_store.h"

namespace aloft::telemetry::logs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    pipeline.add(data.store());
    pipeline.add(tail);
    api.add_routes(router);
  }
  Answer get(std::string target, http::Headers headers = {}) {
    return call(loop, router, "GET", std::move(target), std::move(headers));
  }
  Answer push(std::string body, http::Headers headers = {{"Content-Type", "application/json"}}) {
    return call(loop, router, "POST", "/loki/api/v1/push", std::move(headers), std::move(body));
  }
  static std::string range(std::string_view query, std::string_view rest = "") {
    return fmt::format("/loki/api/v1/query_range?start=0&end=1000&query={}{}", http::percent_encode(query),
                       rest);
  }

  TemporaryStore data;
  io::EpollLoop loop;
  io::Pool pool{2};
  Metrics metrics;
  SeededRandom random{1};
  Pipeline pipeline{pool, {}, metrics};
  logql::Engine engine{data.store(), pool, {}};
  TailHub tail;
  LokiApi api{{loop, pool, data.clock(), random, pipeline, data.store(), engine, tail}, {}};
  Router router;
};

constexpr const char* two_entries = R"({"streams":[{"stream":{"app":"web","env":"p"},"values":[
  ["1000000000","first"],["2000000000","second",{"trace":"t1"}]]}]})";

TEST_F(ApiTest, what_is_pushed_as_json_is_found) {
  EXPECT_EQ(push(two_entries).status, 204);
  const Answer answer = get(range(R"({app="web"})", "&direction=forward"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(
      answer.body,
      HasSubstr(R"("resultType":"streams","result":[{"stream":{"app":"web","env":"p"},"values":[["10000000)"
                R"(00","first"]]},{"stream":{"app":"web","env":"p","trace":"t1"},"values":[["2000000000")"
                R"(,"second"]]}])"));
  EXPECT_THAT(answer.body, HasSubstr(R"("stats":{"summary":{)"));
}

TEST_F(ApiTest, categories_keep_a_stream_together) {
  push(two_entries);
  const Answer answer = get(range(R"({app="web"} | label_format x="y")"),
                            {{"X-Loki-Response-Encoding-Flags", "categorize-labels"}});
  EXPECT_THAT(
      answer.body,
      HasSubstr(R"("encodingFlags":["categorize-labels"],"result":[{"stream":{"app":"web","env":"p"},"valu)"
                R"(es":[["2000000000","second",{"structuredMetadata":{"trace":"t1"},"parsed":{"x":"y"}}])"
                R"(,["1000000000","first",{"parsed":{"x":"y"}}]]}])"));
}

TEST_F(ApiTest, protobuf_is_taken_compressed) {
  std::string time, entry, stream, request;
  append_wire_uint(time, 1, 3);
  append_wire_bytes(entry, 1, time);
  append_wire_bytes(entry, 2, "from protobuf");
  append_wire_bytes(stream, 1, R"({app="web", env="q"})");
  append_wire_bytes(stream, 2, entry);
  append_wire_bytes(request, 1, stream);
  EXPECT_EQ(push(snappy_compress(request), {{"Content-Type", "application/x-protobuf"}}).status, 204);
  EXPECT_EQ(
      push(gzip_compress(two_entries), {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}})
          .status,
      204);
  EXPECT_THAT(get(range(R"({env="q"})")).body, HasSubstr(R"(["3000000000","from protobuf"])"));
}

TEST_F(ApiTest, malformed_pushes_say_where) {
  const Answer answer = push(R"({"streams":[{"stream":{"app":"web"},"values":[["x","y"]]}]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("'x' is no time in nanoseconds"));
  EXPECT_EQ(push("{}").status, 400);
  EXPECT_EQ(push("x", {{"Content-Type", "text/plain"}}).status, 415);
  const Answer big = push(R"({"streams":[{"stream":{"app":"web"},"values":[["1",")" +
                          std::string(300'000, 'x') + R"("]]}]})");
  EXPECT_EQ(big.status, 400);
  EXPECT_THAT(big.body, HasSubstr("Max entry size"));
}

TEST_F(ApiTest, metrics_come_as_matrix_vector_and_scalar) {
  push(two_entries);
  EXPECT_THAT(get(range(R"(sum(count_over_time({app="web"}[10s])))", "&step=500")).body,
              HasSubstr(R"("resultType":"matrix","result":[])"));
  EXPECT_THAT(get("/loki/api/v1/query?time=2.5&query=" +
                  http::percent_encode(R"(sum by (app) (count_over_time({app="web"}[10s])))"))
                  .body,
              HasSubstr(R"("resultType":"vector","result":[{"metric":{"app":"web"},"value":[2.5,"2"]}])"));
  EXPECT_THAT(get("/loki/api/v1/query?time=10&query=1%2B1").body,
              HasSubstr(R"("resultType":"scalar","result":[10,"2"])"));
  EXPECT_THAT(get("/loki/api/v1/query_range?start=1&end=3&step=1&query=" +
                  http::percent_encode(R"(sum(bytes_over_time({app="web"}[1s])))"))
                  .body,
              HasSubstr(R"("result":[{"metric":{},"values":[[1,"5"],[2,"6"]]}])"));
}

TEST_F(ApiTest, mistakes_are_400_with_their_text) {
  Answer answer = get(range("{app=}"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body,
              HasSubstr("parse error at line 1, col 6: syntax error: unexpected }, expecting STRING"));
  EXPECT_EQ(get(range(R"({app="web"})", "&limit=0")).status, 400);
  EXPECT_EQ(get(range(R"({app="web"})", "&limit=6000")).status, 400);
  EXPECT_EQ(get(range(R"({app="web"})", "&direction=sideways")).status, 400);
  EXPECT_EQ(get(range(R"(rate({app="web"}[1m]))", "&step=-1")).status, 400);
  EXPECT_EQ(get("/loki/api/v1/query?query=" + http::percent_encode(R"({app="web"})")).status, 400);
  answer = get("/loki/api/v1/query_range?start=5&end=3&query=" + http::percent_encode(R"({app="web"})"));
  EXPECT_EQ(answer.status, 400);
}

TEST_F(ApiTest, labels_values_and_series) {
  push(two_entries);
  push(R"({"streams":[{"stream":{"app":"db"},"values":[["1000000000","x"]]}]})");
  EXPECT_EQ(get("/loki/api/v1/labels?start=0&end=10").body, R"({"status":"success","data":["app","env"]})");
  EXPECT_EQ(get("/loki/api/v1/label/app/values?start=0&end=10").body,
            R"({"status":"success","data":["db","web"]})");
  EXPECT_EQ(get("/loki/api/v1/label/app/values?start=0&end=10&query=%7Benv%3D%22p%22%7D").body,
            R"({"status":"success","data":["web"]})");
  EXPECT_EQ(get("/loki/api/v1/labels?start=100&end=200").body, R"({"status":"success","data":[]})");
  EXPECT_EQ(get("/loki/api/v1/series?start=0&end=10&match[]=%7Bapp%3D%22db%22%7D").body,
            R"({"status":"success","data":[{"app":"db"}]})");
}

TEST_F(ApiTest, the_interface_before_this_one_is_still_there) {
  push(two_entries);
  EXPECT_EQ(get("/api/prom/label?start=0&end=10").body, R"({"values":["app","env"]})");
  EXPECT_EQ(get("/api/prom/label/app/values?start=0&end=10").body, R"({"values":["web"]})");
  const std::string query = "/api/prom/query?start=0&end=10&query=";
  EXPECT_THAT(get(query + http::percent_encode(R"({app="web"} |= "first")")).body,
              HasSubstr(R"({"streams":[{"labels":"{app=\"web\", env=\"p\"}","entries":[{"ts":)"
                        R"("1970-01-01T00:00:01.000000000Z","line":"first"}]}],"stats":{)"));
  EXPECT_EQ(get(query + http::percent_encode(R"(rate({app="web"}[1m]))")).status, 400);
}

TEST_F(ApiTest, what_there_is_can_be_explored) {
  push(two_entries);
  push(R"({"streams":[{"stream":{"app":"db"},"values":[["1000000000","took=5ms id=17"],["1000000001",)"
       R"("took=6ms id=18"]]}]})");
  EXPECT_EQ(get("/loki/api/v1/index/stats?start=0&end=10&query=%7Bapp%3D%22db%22%7D").body,
            R"({"streams":1,"chunks":1,"bytes":28,"entries":2})");
  EXPECT_THAT(get("/loki/api/v1/index/volume?start=0&end=10&query=%7Bapp%3D~%22.%2B%22%7D").body,
              HasSubstr(R"([{"metric":{"app":"db"},"value":[10,"28"]},{"metric":{"app":"web"})"));
  EXPECT_THAT(get("/loki/api/v1/index/volume_range?start=0&end=10&step=10&query=%7Bapp%3D%22db%22%7D").body,
              HasSubstr(R"("values":[[10,"28"]])"));
  EXPECT_THAT(get("/loki/api/v1/detected_labels?start=0&end=10").body,
              HasSubstr(R"({"label":"app","cardinality":2})"));
  EXPECT_THAT(
      get("/loki/api/v1/detected_fields?start=0&end=10&query=%7Bapp%3D%22db%22%7D").body,
      HasSubstr(R"({"label":"id","type":"int","cardinality":2,"parsers":["logfmt"]},{"label":"took","type")"
                R"(:"duration")"));
  EXPECT_THAT(get("/loki/api/v1/detected_field/id/values?start=0&end=10&query=%7Bapp%3D%22db%22%7D").body,
              HasSubstr(R"("values":["17","18"])"));
  EXPECT_THAT(get("/loki/api/v1/patterns?start=0&end=10&query=%7Bapp%3D%22db%22%7D").body,
              HasSubstr(R"("samples":[[0,1]])"));
  EXPECT_THAT(get("/loki/api/v1/format_query?query=%7Ba%3D%22b%22%7D%7C%3D%22x%22").body,
              HasSubstr(R"("data":"{a=\"b\"} |= \"x\"")"));
  EXPECT_THAT(get("/loki/api/v1/status/buildinfo").body, HasSubstr("version"));
}

TEST_F(ApiTest, times_and_texts_of_pushes_are_texts) {
  for (const char* body : {R"({"streams":[{"stream":{"app":"web"},"values":[[1000000000,"x"]]}]})",
                           R"({"streams":[{"stream":{"app":"web"},"values":[["1000000000",5]]}]})",
                           R"({"streams":[{"stream":{"app":"web"},"values":[["1000000000","x",{"n":5}]]}]})",
                           R"({"streams":[{"stream":{"app":"web"},"values":[["1","x",{"n":{"m":"o"}}]]}]})",
                           R"({"streams":[{"stream":{},"values":[["1000000000","x"]]}]})"}) {
    const Answer answer = push(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_FALSE(answer.body.empty());
  }
  EXPECT_EQ(
      push(R"({"streams":[{"stream":{"app":"web"},"values":[["1000000000","x",{"trace.id":"t"}]]}]})").status,
      204);
  EXPECT_THAT(get(range(R"({app="web"} | trace_id="t")")).body, HasSubstr(R"("trace_id":"t")"));
}

TEST_F(ApiTest, volumes_are_told_apart_by_label_too) {
  push(
      R"({"streams":[{"stream":{"job":"foo","env":"prod","team":"alpha"},"values":[["1000000000","123456"]]})"
      R"(,)"
      R"({"stream":{"job":"foo","env":"dev","team":"alpha"},"values":[["2000000000","12"]]},)"
      R"({"stream":{"job":"bar","env":"prod"},"values":[["2000000000","1234"]]}]})");
  const auto volume = [&](const std::string& path, const std::string& query, const std::string& more) {
    return get("/loki/api/v1/index/" + path + "?start=0&end=10&query=" + http::percent_encode(query) + more)
        .body;
  };
  EXPECT_THAT(volume("volume", R"({job="foo", env=~".+"})", ""),
              HasSubstr(R"([{"metric":{"env":"prod","job":"foo"},"value":[10,"6"]},)"
                        R"({"metric":{"env":"dev","job":"foo"},"value":[10,"2"]}])"));
  EXPECT_THAT(volume("volume", R"({env=~".+"})", "&targetLabels=team,job&limit=1"),
              HasSubstr(R"("result":[{"metric":{"job":"foo","team":"alpha"},"value":[10,"8"]}])"));
  EXPECT_THAT(
      volume("volume", R"({env=~".+"})", "&targetLabels=team,job&aggregateBy=labels"),
      HasSubstr(R"([{"metric":{"job":""},"value":[10,"12"]},{"metric":{"team":""},"value":[10,"8"]}])"));
  EXPECT_THAT(volume("volume_range", R"({env=~".+"})", "&targetLabels=team,job&aggregateBy=labels&step=10"),
              HasSubstr(R"("result":[{"metric":{"job":""},"values":[[10,"12"]]},)"
                        R"({"metric":{"team":""},"values":[[10,"8"]]}])"));
  EXPECT_THAT(volume("volume", "{}", "&aggregateBy=x"), HasSubstr("invalid aggregation option"));
}

TEST_F(ApiTest, entries_are_deleted_on_request) {
  push(two_entries);
  EXPECT_EQ(
      call(loop, router, "POST",
           "/loki/api/v1/delete?start=0&end=10&query=" + http::percent_encode(R"({app="web"} |= "first")"))
          .status,
      204);
  EXPECT_THAT(get(range(R"({app="web"})")).body, Not(HasSubstr("first")));
  const Answer list = get("/loki/api/v1/delete");
  EXPECT_THAT(list.body, HasSubstr(R"("status":"received")"));
  EXPECT_EQ(call(loop, router, "POST", "/loki/api/v1/delete?start=1&query=x").status, 400);
  EXPECT_EQ(call(loop, router, "POST", "/loki/api/v1/delete?query=%7Bapp%3D%22web%22%7D").status, 400);
  EXPECT_EQ(call(loop, router, "POST", "/loki/api/v1/delete?start=1").status, 400);
  EXPECT_EQ(call(loop, router, "DELETE", "/loki/api/v1/delete?request_id=none").status, 404);
}

TEST_F(ApiTest, tenants_are_apart) {
  push(two_entries, {{"Content-Type", "application/json"}, {"X-Scope-OrgID", "one"}});
  EXPECT_THAT(get(range(R"({app="web"})")).body, HasSubstr(R"("result":[])"));
  EXPECT_THAT(get(range(R"({app="web"})"), {{"X-Scope-OrgID", "one"}}).body, HasSubstr("first"));
}

io::Task<std::string> read_message(http::WebSocket& socket) {
  auto message = co_await socket.read();
  co_return message && message->has_value() ? (**message).data : std::string("closed");
}

TEST_F(ApiTest, what_cannot_be_followed_is_refused) {
  const std::string selector = http::percent_encode(R"({app="web"})");
  EXPECT_THAT(get("/loki/api/v1/tail?delay_for=6&query=" + selector).body,
              HasSubstr("delay_for can't be greater than 5"));
  EXPECT_EQ(get("/loki/api/v1/tail?delay_for=x&query=" + selector).status, 400);
  EXPECT_EQ(get("/loki/api/v1/tail?limit=0&query=" + selector).status, 400);
  EXPECT_EQ(get("/loki/api/v1/tail?query=" + http::percent_encode(R"(rate({app="web"}[1m]))")).status, 400);
  EXPECT_EQ(get("/loki/api/v1/tail?query=%7B%7D").status, 400);
}

TEST_F(ApiTest, followers_see_what_was_and_what_comes) {
  push(two_entries);
  const http::Headers headers = {{"Connection", "Upgrade"},
                                 {"Upgrade", "websocket"},
                                 {"Sec-WebSocket-Version", "13"},
                                 {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  const auto tailing = call_upgraded(
      loop, router, "/loki/api/v1/tail?start=0&query=" + http::percent_encode(R"({app="web"} |= "s")"),
      headers);
  ASSERT_EQ(tailing->status(), 101);
  const auto socket =
      http::WebSocket::make(loop, tailing->take_stream(), http::WebSocket::Side::client, random);
  const std::string history = loop.run_until_done(read_message(*socket));
  EXPECT_THAT(history, HasSubstr(R"(["1000000000","first"])"));
  EXPECT_THAT(history, HasSubstr(R"(["2000000000","second"])"));
  push(R"({"streams":[{"stream":{"app":"web"},"values":[["3000000000","is seen"],["3000000001","no"]])"
       R"(},{"stream":{"app":"db"},"values":[["1","is not"]]}]})");
  EXPECT_EQ(loop.run_until_done(read_message(*socket)),
            R"({"streams":[{"stream":{"app":"web"},"values":[["3000000000","is seen"]]}]})");
}

}  // namespace
}  // namespace aloft::telemetry::logs
