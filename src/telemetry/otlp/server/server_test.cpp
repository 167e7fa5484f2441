// Exports over HTTP and gRPC, as senders meet them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/grpc.h"
#include "http/testing/exchange.h"
#include "io/epoll_loop.h"
#include "telemetry/core/compression.h"
#include "telemetry/otlp/server/grpc_service.h"
#include "telemetry/otlp/server/http_api.h"

namespace aloft::telemetry::otlp {
namespace {

using ::testing::HasSubstr;

class SpanStore final : public Exporter<SpanBatch> {
 public:
  std::string_view name() const override { return "store"; }
  Result<WriteReport> write(const SpanBatch& batch) override {
    if (full) return fail(Code::unavailable, "the disk is full");
    WriteReport report;
    report.accepted = batch.span_count();
    report.rejected = refuse;
    report.accepted -= refuse;
    report.permanent = permanent;
    if (refuse > 0) report.first_rejection = "span a: too old";
    tenant = batch.tenant;
    spans += report.accepted;
    return report;
  }
  bool full = false;
  bool permanent = true;
  std::uint64_t refuse = 0;
  std::uint64_t spans = 0;
  std::string tenant;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    api_.add_routes(router_);
    pipeline_.add<SpanBatch>(store_);
  }
  struct Answer {
    int status = 0;
    http::Headers headers;
    std::string body;
  };
  Answer post(const std::string& path, std::string body, http::Headers headers) {
    http::RequestHead head = http::testing::request("POST", path);
    head.headers = std::move(headers);
    const auto client = server_.client();
    return loop_.run_until_done(exchange(*client, std::move(head), std::move(body)));
  }
  static io::Task<Answer> exchange(http::Client& client, http::RequestHead head, std::string body) {
    auto response = co_await client.send(std::move(head), std::move(body));
    Answer answer;
    if (!response) co_return answer;
    answer.status = (*response)->head().status;
    answer.headers = (*response)->head().headers;
    auto text = co_await (*response)->read_whole_body();
    if (text) answer.body = std::move(*text);
    co_return answer;
  }
  static SpanBatch two_spans() {
    SpanBatch batch;
    ScopeSpans& scope = batch.resources.emplace_back().scopes.emplace_back();
    for (const char* name : {"a", "b"}) {
      Span& span = scope.spans.emplace_back();
      span.name = name;
      span.trace_id[0] = 1;
      span.span_id[0] = static_cast<std::uint8_t>(name[0]);
    }
    return batch;
  }
  // A whole gRPC call with its own prefix, so that compression can be shown.
  Answer call(std::string framed, const std::string& encoding, http::Headers& trailers) {
    http::RequestHead head =
        http::testing::request("POST", "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    head.headers.add("content-type", "application/grpc");
    head.headers.add("te", "trailers");
    if (!encoding.empty()) head.headers.add("grpc-encoding", encoding);
    http::ClientSettings settings;
    settings.http2_prior_knowledge = true;
    const auto client = grpc_server_.client(settings);
    return loop_.run_until_done(call_through(*client, std::move(head), std::move(framed), trailers));
  }
  static io::Task<Answer> call_through(http::Client& client, http::RequestHead head, std::string body,
                                       http::Headers& trailers) {
    Answer answer;
    auto response = co_await client.send(std::move(head), std::move(body));
    if (!response) co_return answer;
    answer.status = (*response)->head().status;
    auto text = co_await (*response)->read_whole_body();
    if (text) answer.body = std::move(*text);
    trailers = (*response)->trailers();
    co_return answer;
  }

  io::EpollLoop loop_;
  Metrics metrics_;
  SystemClock clock_;
  io::Pool pool_{2};
  Pipeline pipeline_{pool_, {.bytes_under_way = 100'000, .retry_after_seconds = 3}, metrics_};
  SpanStore store_;
  Ingest ingest_{loop_, pipeline_, clock_, IngestSettings()};
  HttpApi api_{ingest_};
  Router router_;
  GrpcService grpc_{ingest_};
  http::testing::InMemoryServer server_{loop_, router_};
  http::testing::InMemoryServer grpc_server_{loop_, grpc_};
};

TEST_F(ServerTest, protobuf_and_json_are_taken_at_every_path) {
  for (const char* path : {"/v1/traces", "/otlp/v1/traces", "/api/v1/otlp/v1/traces"}) {
    const Answer binary = post(path, encode(two_spans()), {{"Content-Type", "application/x-protobuf"}});
    EXPECT_EQ(binary.status, 200);
    EXPECT_EQ(binary.body, "");
    EXPECT_EQ(binary.headers.get("content-type"), "application/x-protobuf");
    const Answer json =
        post(path, encode_json(two_spans()), {{"Content-Type", "application/json; charset=utf-8"}});
    EXPECT_EQ(json.status, 200);
    EXPECT_EQ(json.body, "{}");
  }
  EXPECT_EQ(store_.spans, 12u);
}

TEST_F(ServerTest, bodies_may_be_compressed_and_belong_to_a_tenant) {
  const Answer answer = post(
      "/v1/traces", gzip_compress(encode(two_spans())),
      {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "gzip"}, {"X-Scope-OrgID", "team"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(store_.spans, 2u);
  EXPECT_EQ(store_.tenant, "team");
}

TEST_F(ServerTest, what_was_not_taken_is_told) {
  store_.refuse = 1;
  const Answer json = post("/v1/traces", encode_json(two_spans()), {{"Content-Type", "application/json"}});
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.body, R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":"span a: too old"}})");
  store_.refuse = 2;
  store_.permanent = false;
  const Answer later = post("/v1/traces", encode_json(two_spans()), {{"Content-Type", "application/json"}});
  EXPECT_EQ(later.status, 429);
  EXPECT_EQ(later.headers.get("retry-after"), "1");
}

TEST_F(ServerTest, errors_say_whether_trying_again_may_help) {
  EXPECT_EQ(post("/v1/traces", "x", {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(post("/v1/traces", "x", {{"Content-Type", "application/x-protobuf"}}).status, 400);
  const Answer wrong = post("/v1/traces", "[", {{"Content-Type", "application/json"}});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr(R"("code":3)"));
  EXPECT_EQ(
      post("/v1/traces", "x", {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "strange"}})
          .status,
      415);
  store_.full = true;
  const Answer full = post("/v1/traces", encode(two_spans()), {{"Content-Type", "application/x-protobuf"}});
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.headers.get("retry-after"), "5");
  store_.full = false;
  auto all = pipeline_.admit(99'000);
  const Answer busy = post("/v1/traces", encode(two_spans()), {{"Content-Type", "application/x-protobuf"}});
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.headers.get("retry-after"), "3");
}

TEST_F(ServerTest, a_signal_that_nobody_stores_is_unavailable) {
  EXPECT_EQ(post("/v1/logs", "{}", {{"Content-Type", "application/json"}}).status, 503);
}

TEST_F(ServerTest, grpc_takes_plain_and_compressed_messages) {
  http::Headers trailers;
  const Answer plain = call(http::grpc_frame(encode(two_spans())), "", trailers);
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(trailers.get("grpc-status"), "0");
  EXPECT_EQ(plain.body, http::grpc_frame(""));
  std::string framed = http::grpc_frame(gzip_compress(encode(two_spans())));
  framed[0] = '\1';
  (void)call(framed, "gzip", trailers);
  EXPECT_EQ(trailers.get("grpc-status"), "0");
  EXPECT_EQ(store_.spans, 4u);
  (void)call(framed, "strange", trailers);
  EXPECT_EQ(trailers.get("grpc-status"), "12");
  (void)call("\0\0", "", trailers);
  EXPECT_EQ(trailers.get("grpc-status"), "3");
}

TEST_F(ServerTest, grpc_tells_when_to_come_again) {
  auto all = pipeline_.admit(99'999);
  http::Headers trailers;
  (void)call(http::grpc_frame(encode(two_spans())), "", trailers);
  EXPECT_EQ(trailers.get("grpc-status"), "8");
  EXPECT_FALSE(trailers.get("grpc-status-details-bin").empty());
  EXPECT_EQ(store_.spans, 0u);
}

TEST_F(ServerTest, calls_that_do_not_exist_are_unimplemented) {
  http::ClientSettings settings;
  settings.http2_prior_knowledge = true;
  const auto client = grpc_server_.client(settings);
  const auto answer = loop_.run_until_done(http::grpc_call(*client, "/a.B/C", "", 5s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Code::method_not_allowed);
}

}  // namespace
}  // namespace aloft::telemetry::otlp
