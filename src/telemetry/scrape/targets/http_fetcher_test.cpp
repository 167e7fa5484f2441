// Fetching over real sockets of this machine: credentials, redirects, limits, TLS; and the file provider.
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "http/server.h"
#include "http/testing/exchange.h"
#include "io/file.h"
#include "io/timeout.h"
#include "telemetry/scrape/targets/fetcher.h"
#include "telemetry/scrape/targets/providers.h"

namespace aloft::telemetry::scrape {
namespace {

// Answers with what it got: "METHOD target authorization body".
io::Task<> answer(http::Request& request, http::Responder& responder) {
  auto body = co_await request.read_whole_body(1 << 20);
  http::ResponseHead head;
  const std::string& target = request.head().target;
  if (target == "/redirect") {
    head.status = 302;
    head.headers.add("Location", "/end?x=1");
  } else if (target == "/loop") {
    head.status = 302;
    head.headers.add("Location", "/loop");
  }
  std::string text = fmt::format("{} {} {} {}", request.head().method, target,
                                 request.head().headers.get("authorization"), body ? *body : "");
  if (target == "/large") text.assign(100'000, 'x');
  (void)co_await responder.send(std::move(head), std::move(text));
}

class HttpFetcherTest : public testing::Test {
 protected:
  void serve(http::ServerSettings settings = {}) {
    auto started = http::Server::start(loop, {"127.0.0.1", 0}, handler, settings);
    ASSERT_TRUE(started) << started.error().message();
    server = std::move(*started);
    address = server->address().to_string();
  }
  Result<FetchedPage> fetch(const HttpClientConfig& config, FetchRequest request) {
    auto fetcher = make_http_fetcher(loop, pool, config);
    if (!fetcher) return fail(std::move(fetcher).error());
    return loop.run_until_done((*fetcher)->fetch(std::move(request)));
  }
  FetchRequest request(std::string path) {
    FetchRequest out;
    out.scheme = "http";
    out.address = address;
    out.path = std::move(path);
    return out;
  }

  io::EpollLoop loop;
  io::Pool pool{2};
  http::testing::FunctionHandler handler{answer};
  std::unique_ptr<http::Server> server;
  std::string address;
};

TEST_F(HttpFetcherTest, sends_credentials_of_each_kind) {
  serve();
  HttpClientConfig config;
  EXPECT_EQ(fetch(config, request("/a"))->body, "GET /a  ");
  config.basic_auth = HttpBasicAuth{"user", "", "pass", ""};
  EXPECT_EQ(fetch(config, request("/a"))->body, "GET /a Basic dXNlcjpwYXNz ");
  config.basic_auth.reset();
  config.authorization.emplace();
  config.authorization->credentials = "token";
  EXPECT_EQ(fetch(config, request("/a"))->body, "GET /a Bearer token ");
}

TEST_F(HttpFetcherTest, follows_redirects_within_reason) {
  serve();
  EXPECT_EQ(fetch({}, request("/redirect"))->body, "GET /end?x=1  ");
  EXPECT_NE(fetch({}, request("/loop")).error().message().find("stopped after 10 redirects"),
            std::string::npos);
  HttpClientConfig still;
  still.follow_redirects = false;
  EXPECT_EQ(fetch(still, request("/redirect"))->status, 302);
}

TEST_F(HttpFetcherTest, posts_bodies_and_bounds_answers) {
  serve();
  FetchRequest post = request("/write");
  post.method = "POST";
  post.body = "content";
  EXPECT_EQ(fetch({}, std::move(post))->body, "POST /write  content");
  FetchRequest large = request("/large");
  large.body_limit_bytes = 1000;
  const auto page = fetch({}, std::move(large));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), Code::too_large);
}

TEST_F(HttpFetcherTest, says_which_target_could_not_be_reached) {
  serve();
  server.reset();
  const auto page = fetch({}, request("/"));
  ASSERT_FALSE(page);
  EXPECT_NE(page.error().message().find(address), std::string::npos) << page.error().message();
  FetchRequest bad = request("/");
  bad.address = "host:99999";
  EXPECT_NE(fetch({}, bad).error().message().find("no port from 1 to 65535"), std::string::npos);
}

TEST_F(HttpFetcherTest, verifies_the_server_unless_told_not_to) {
  const http::testing::TestCertificates certificates;
  http::ServerSettings settings;
  settings.tls = certificates.server_context();
  serve(settings);
  FetchRequest secure = request("/tls");
  secure.scheme = "https";
  HttpClientConfig config;
  config.tls.ca = certificates.authority.certificate_pem;
  EXPECT_EQ(fetch(config, secure)->body, "GET /tls  ");
  HttpClientConfig careless;
  careless.tls.insecure_skip_verify = true;
  EXPECT_EQ(fetch(careless, secure)->body, "GET /tls  ");
  EXPECT_FALSE(fetch({}, secure));
}

TEST_F(HttpFetcherTest, targets_are_found_in_files_and_followed) {
  std::string folder = ::testing::TempDir() + "scrape-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  ASSERT_TRUE(io::write_file(folder + "/one.json", R"([{"targets": ["a:1"], "labels": {"x": "y"}}])"));
  ASSERT_TRUE(io::write_file(folder + "/broken.json", "{"));
  FileDiscovery settings;
  settings.files = {folder + "/*.json"};
  settings.refresh_interval = 10ms;
  std::vector<TargetGroup> found;
  std::size_t updates = 0;
  const auto provider = make_file_provider(loop, pool, settings);
  provider->start([&](std::vector<TargetGroup> groups) {
    found = std::move(groups);
    ++updates;
  });
  const auto wait = [&](std::size_t count) -> io::Task<bool> {
    while (updates < count) co_await loop.sleep(1ms);
    co_return true;
  };
  EXPECT_TRUE(loop.run_until_done(io::within(loop, 10s, wait(1))));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].labels.get("__meta_filepath"), folder + "/one.json");
  ASSERT_TRUE(io::write_file(folder + "/two.json", R"([{"targets": ["b:1", "c:1"]}])"));
  EXPECT_TRUE(loop.run_until_done(io::within(loop, 10s, wait(2))));
  EXPECT_EQ(found.size(), 2u);
  ASSERT_TRUE(io::remove_tree(folder + "/one.json"));
  EXPECT_TRUE(loop.run_until_done(io::within(loop, 10s, wait(3))));
  EXPECT_EQ(found.size(), 1u);
  ASSERT_TRUE(io::remove_tree(folder));
}

TEST(Urls, are_taken_apart) {
  HttpClientConfig config;
  const auto url = parse_url("https://u:p%40@host:8080/a/b?c=d#e", config);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->address, "host:8080");
  EXPECT_EQ(url->path, "/a/b?c=d");
  EXPECT_EQ(config.basic_auth->password, "p@");
  EXPECT_EQ(parse_url("http://host", config)->path, "/");
  EXPECT_FALSE(parse_url("ftp://host", config));
  EXPECT_FALSE(parse_url("host", config));
}

// Gives tokens at /token, one after another, and takes the newest at other paths.
struct TokenGiver {
  int given = 0;
  std::string form;
  io::Task<> operator()(http::Request& request, http::Responder& responder) {
    auto body = co_await request.read_whole_body(1 << 20);
    http::ResponseHead head;
    std::string text = "fine";
    const std::string authorization(request.head().headers.get("authorization"));
    if (request.head().target == "/token") {
      form = *body;
      const bool known = authorization == "Basic " + base64_encode("me:word");
      head.status = known ? 200 : 401;
      if (known)
        text = fmt::format(R"({{"access_token":"t{}","token_type":"bearer","expires_in":3600}})", ++given);
    } else if (authorization != fmt::format("Bearer t{}", given)) {
      head.status = 401;
    }
    (void)co_await responder.send(std::move(head), std::move(text));
  }
};

TEST_F(HttpFetcherTest, a_token_is_fetched_once_and_again_when_it_is_refused) {
  TokenGiver giver;
  handler = http::testing::FunctionHandler(
      [&](http::Request& request, http::Responder& responder) { return giver(request, responder); });
  serve();
  HttpClientConfig config;
  HttpOAuth2& oauth2 = config.oauth2.emplace();
  oauth2.client_id = "me";
  oauth2.client_secret = "word";
  oauth2.token_url = "http://" + address + "/token";
  oauth2.scopes = {"read", "write"};
  oauth2.endpoint_params = {{"audience", "a b"}};
  auto fetcher = make_http_fetcher(loop, pool, config);
  ASSERT_TRUE(fetcher);
  const auto status = [&] { return loop.run_until_done((*fetcher)->fetch(request("/metrics")))->status; };
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(giver.given, 1);
  EXPECT_NE(giver.form.find("grant_type=client_credentials"), std::string::npos);
  EXPECT_NE(giver.form.find("audience=a%20b"), std::string::npos) << giver.form;
  giver.given = 5;
  EXPECT_EQ(status(), 401);
  EXPECT_EQ(status(), 200) << "with a new one";
  EXPECT_EQ(giver.given, 6);
}

TEST_F(HttpFetcherTest, a_giver_of_tokens_that_refuses_is_named) {
  TokenGiver giver;
  handler = http::testing::FunctionHandler(
      [&](http::Request& request, http::Responder& responder) { return giver(request, responder); });
  serve();
  HttpClientConfig config;
  HttpOAuth2& oauth2 = config.oauth2.emplace();
  oauth2.client_id = "somebody";
  oauth2.token_url = "http://" + address + "/token";
  const auto page = fetch(config, request("/metrics"));
  ASSERT_FALSE(page);
  EXPECT_NE(page.error().message().find("/token: HTTP status 401"), std::string::npos)
      << page.error().message();
}

}  // namespace
}  // namespace aloft::telemetry::scrape
