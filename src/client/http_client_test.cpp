// What goes over the wire and what comes back, against a real HTTP server with canned answers.
#include "client/http_client.h"

#include <deque>

#include <gtest/gtest.h>

#include "client/status.h"
#include "http/server.h"

namespace aloft::client {
namespace {

using Strings = std::vector<std::string>;

// Answers with what it was given, in order, and remembers what it was asked.
class Canned final : public http::Handler {
 public:
  io::Task<> handle(http::Request& request, http::Responder& responder) override {
    const http::RequestHead& head = request.head();
    const Result<std::string> body = co_await request.read_whole_body(1 << 20);
    asked.push_back(fmt::format("{} {} {}", head.method, head.target, body.value_or("broken")));
    headers = head.headers;
    http::ResponseHead answer;
    answer.status = status;
    answer.headers.set("Content-Type", "application/json");
    if (streamed.empty()) {
      const Result<> sent = co_await responder.send(std::move(answer), std::string(text));
      (void)sent;
      co_return;
    }
    const Result<> begun = co_await responder.begin(std::move(answer));
    (void)begun;
    for (const std::string& piece : streamed) {
      const Result<> written = co_await responder.write(SharedBytes(piece));
      (void)written;
    }
    const Result<> finished = co_await responder.finish();
    (void)finished;
  }

  Strings asked;
  http::Headers headers;
  int status = 200;
  std::string text = "{}";
  Strings streamed;
};

class HttpClientTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = http::Server::start(loop_, {"127.0.0.1", 0}, handler_, http::ServerSettings());
    ASSERT_TRUE(started) << started.error().to_string();
    server_ = std::move(*started);
    HttpClientOptions options;
    options.connection.address = server_->address();
    options.bearer_token = "secret";
    client_ = make_http_client(loop_, std::move(options));
  }
  Resource pods() const { return {"", "v1", "pods"}; }

  io::EpollLoop loop_;
  Canned handler_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(HttpClientTest, each_verb_asks_as_kubernetes_clients_do) {
  WriteOptions status;
  status.subresource = "status";
  status.field_manager = "me";
  WriteOptions binding;
  binding.subresource = "binding";
  WriteOptions apply;
  apply.field_manager = "me & you";
  apply.force = true;
  apply.dry_run = true;
  const Resource deployments{"apps", "v1", "deployments"};
  const Resource nodes{"", "v1", "nodes"};
  DeleteOptions removal;
  removal.grace_period_seconds = 0;
  removal.propagation = "Background";
  removal.uid = "u1";
  EXPECT_TRUE(loop_.run_until_done(client_->get(nodes, {"", "n1"})));
  EXPECT_TRUE(loop_.run_until_done(client_->create(pods(), {"default", "a"}, "{\"a\":1}", {})));
  EXPECT_TRUE(loop_.run_until_done(client_->create(pods(), {"default", "a"}, "{}", binding)));
  EXPECT_TRUE(loop_.run_until_done(client_->update(deployments, {"default", "d"}, "{}", status)));
  EXPECT_TRUE(
      loop_.run_until_done(client_->patch(deployments, {"default", "d"}, PatchType::apply, "{}", apply)));
  EXPECT_EQ(handler_.headers.get("Content-Type"), "application/apply-patch+yaml");
  EXPECT_TRUE(loop_.run_until_done(client_->remove(pods(), {"default", "a"}, removal)));
  EXPECT_EQ(
      handler_.asked,
      (Strings{
          "GET /api/v1/nodes/n1 ",
          "POST /api/v1/namespaces/default/pods {\"a\":1}",
          "POST /api/v1/namespaces/default/pods/a/binding {}",
          "PUT /apis/apps/v1/namespaces/default/deployments/d/status?fieldManager=me {}",
          "PATCH "
          "/apis/apps/v1/namespaces/default/deployments/d?fieldManager=me%20%26%20you&dryRun=All&force=true "
          "{}",
          "DELETE /api/v1/namespaces/default/pods/a {\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\","
          "\"gracePeriodSeconds\":0,\"propagationPolicy\":\"Background\",\"preconditions\":{\"uid\":\"u1\"}}",
      }));
  EXPECT_EQ(handler_.headers.get("Authorization"), "Bearer secret");
}

TEST_F(HttpClientTest, a_list_is_cut_into_its_items) {
  handler_.text = R"({"kind":"PodList","metadata":{"resourceVersion":"42","continue":"next\u003d"},)"
                  R"("items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]})";
  ListOptions options;
  options.label_selector = "app=web";
  options.limit = 2;
  const auto list = loop_.run_until_done(client_->list(pods(), options));
  ASSERT_TRUE(list) << list.error().to_string();
  EXPECT_EQ(list->resource_version, "42");
  EXPECT_EQ(list->continue_token, "next=");
  ASSERT_EQ(list->items.size(), 2u);
  EXPECT_EQ(list->items[1].view(), R"({"metadata":{"name":"b"}})");
  EXPECT_EQ(handler_.asked, (Strings{"GET /api/v1/pods?labelSelector=app%3Dweb&limit=2 "}));
}

TEST_F(HttpClientTest, a_status_comes_back_as_the_error_it_was) {
  handler_.status = 409;
  handler_.text =
      R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods \"a\" already exists",)"
      R"("reason":"AlreadyExists","details":{"name":"a","kind":"pods","retryAfterSeconds":3,)"
      R"("causes":[{"reason":"FieldValueInvalid","message":"bad","field":"spec.x"}]},"code":409})";
  const auto refused = loop_.run_until_done(client_->create(pods(), {"default", "a"}, "{}", {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::already_exists);
  EXPECT_EQ(refused.error().message(), "pods \"a\" already exists");
  EXPECT_EQ(refused.error().retry_after_seconds(), 3);
  EXPECT_EQ(refused.error().subject().name, "a");
  ASSERT_EQ(refused.error().causes().size(), 1u);
  EXPECT_EQ(refused.error().causes()[0].field, "spec.x");
}

TEST_F(HttpClientTest, an_answer_that_is_no_status_is_still_told) {
  handler_.status = 502;
  handler_.text = "<html>bad gateway</html>";
  const auto refused = loop_.run_until_done(client_->get(pods(), {"default", "a"}));
  EXPECT_EQ(refused.error().code(), Code::unavailable);
  EXPECT_NE(refused.error().message().find("502: <html>bad gateway"), std::string::npos);
}

TEST_F(HttpClientTest, events_of_a_watch_come_one_by_one_however_the_bytes_are_cut) {
  handler_.streamed = {R"({"type":"ADDED","object":{"metadata":{"name":"a"}}}
{"type":"MODI)",
                       R"(FIED","object":{"metadata":{"name":"b"}}})", "\n\n",
                       R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}
{"type":"DELETED","object":{"metadata":{"name":"c"}}}
)"};
  WatchOptions options;
  options.resource_version = "5";
  auto stream = loop_.run_until_done(client_->watch(pods(), options));
  ASSERT_TRUE(stream) << stream.error().to_string();
  Strings events;
  for (;;) {
    const auto event = loop_.run_until_done((*stream)->next());
    ASSERT_TRUE(event) << event.error().to_string();
    if (!*event) break;
    events.push_back(fmt::format("{} {}", static_cast<int>((*event)->type), (*event)->object.view()));
  }
  EXPECT_EQ(events, (Strings{R"(0 {"metadata":{"name":"a"}})", R"(1 {"metadata":{"name":"b"}})",
                             R"(3 {"metadata":{"resourceVersion":"9"}})", R"(2 {"metadata":{"name":"c"}})"}));
  EXPECT_EQ(handler_.asked,
            (Strings{"GET /api/v1/pods?watch=true&resourceVersion=5&allowWatchBookmarks=true "}));
}

TEST_F(HttpClientTest, an_error_event_ends_the_watch_as_expired) {
  handler_.streamed = {R"({"type":"ERROR","object":{"kind":"Status","status":"Failure","message":"too old",)"
                       R"("reason":"Expired","code":410}})"
                       "\n"};
  auto stream = loop_.run_until_done(client_->watch(pods(), {}));
  ASSERT_TRUE(stream);
  const auto event = loop_.run_until_done((*stream)->next());
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code(), Code::expired);
}

TEST_F(HttpClientTest, a_watch_that_is_refused_tells_why) {
  handler_.status = 410;
  handler_.text = R"({"kind":"Status","status":"Failure","message":"too old","reason":"Expired","code":410})";
  EXPECT_EQ(loop_.run_until_done(client_->watch(pods(), {})).error().code(), Code::expired);
}

TEST(ErrorOfStatus, a_code_without_a_known_reason_keeps_its_meaning) {
  EXPECT_EQ(error_of_status(404, "").code(), Code::not_found);
  EXPECT_EQ(error_of_status(409, "").code(), Code::conflict);
  EXPECT_EQ(error_of_status(410, "").code(), Code::expired);
  EXPECT_EQ(error_of_status(599, "").code(), Code::unavailable);
  EXPECT_EQ(error_of_status(418, "").code(), Code::bad_request);
  EXPECT_EQ(error_of_status(400, R"({"message":"m","reason":"New","code":429})").code(),
            Code::too_many_requests);
}

}  // namespace
}  // namespace aloft::client
