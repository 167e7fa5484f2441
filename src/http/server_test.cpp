// The server over real sockets: with our client, with curl, and while it shuts down.
#include "http/server.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include "http/testing/exchange.h"
#include "io/file.h"
#include "io/loop_thread.h"
#include "io/process.h"

namespace aloft::http {
namespace {

using testing::FunctionHandler;
using testing::TestCertificates;

struct RealServer : ::testing::Test {
  std::unique_ptr<Server> start(Handler& handler, ServerSettings settings = {}) {
    auto server = Server::start(loop, io::Address{"127.0.0.1", 0}, handler, std::move(settings));
    EXPECT_TRUE(server) << server.error().to_string();
    return std::move(*server);
  }
  std::unique_ptr<Client> client(const Server& server, std::shared_ptr<const TlsContext> tls = nullptr) {
    ClientSettings settings;
    settings.address = server.address();
    settings.tls = std::move(tls);
    return Client::make(loop, settings);
  }
  Result<std::string> fetch(Client& from, RequestHead head, std::string body = {}) {
    auto response = loop.run_until_done(from.send(std::move(head), std::move(body)));
    if (!response) return fail(std::move(response).error());
    return loop.run_until_done((*response)->read_whole_body());
  }
  io::EpollLoop loop;
  FunctionHandler echo = testing::make_echo();
};

TEST_F(RealServer, answers_in_clear_text_and_over_tls_with_either_protocol) {
  const TestCertificates certificates;
  const auto clear = start(echo);
  EXPECT_EQ(fetch(*client(*clear), testing::get("/a")), "GET /a ");
  ServerSettings settings;
  settings.tls = certificates.server_context();
  const auto secure = start(echo, settings);
  for (const std::string protocol : {"h2", "http/1.1"}) {
    const auto from = client(*secure, certificates.client_context({protocol}));
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(fetch(*from, testing::request("POST", "/b"), std::string(100'000, 'x')),
                "POST /b " + std::string(100'000, 'x'));
    }
  }
}

TEST_F(RealServer, serves_many_clients_at_once) {
  const auto server = start(echo);
  std::vector<std::unique_ptr<Client>> clients;
  int answered = 0;
  const auto one = [&](Client& from) -> io::Task<> {
    for (int i = 0; i < 10; ++i) {
      auto response = co_await from.send(testing::request("POST", "/"), std::string(5000, 'x'));
      if (!response) co_return;
      const auto body = co_await (*response)->read_whole_body();
      if (body && body->size() == 5007) ++answered;
    }
  };
  io::Scope scope(loop);
  for (int i = 0; i < 50; ++i) {
    clients.push_back(client(*server));
    scope.spawn(one(*clients.back()));
  }
  loop.run_until_done(scope.finish());
  EXPECT_EQ(answered, 500);
  EXPECT_EQ(server->connections(), 50u);
}

TEST_F(RealServer, connections_beyond_the_limit_are_closed) {
  ServerSettings settings;
  settings.connection_limit = 1;
  const auto server = start(echo, settings);
  const auto first = client(*server);
  EXPECT_EQ(fetch(*first, testing::get("/a")), "GET /a ");
  EXPECT_FALSE(fetch(*client(*server), testing::get("/b")));
  EXPECT_EQ(fetch(*first, testing::get("/c")), "GET /c ");
}

TEST_F(RealServer, finishes_what_it_has_begun_before_it_stops) {
  io::Event began(loop);
  io::Event go_on(loop);
  FunctionHandler slow([&](Request&, Responder& responder) -> io::Task<> {
    began.set();
    co_await go_on.wait();
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::string("done"));
  });
  const auto server = start(slow);
  const auto from = client(*server);
  std::string answer;
  const auto ask = [&]() -> io::Task<> {
    auto response = co_await from->send(testing::get("/"), std::string());
    if (!response) co_return;
    EXPECT_EQ((*response)->head().headers.get("connection"), "close");
    auto body = co_await (*response)->read_whole_body();
    if (body) answer = std::move(*body);
  };
  const auto stop = [&]() -> io::Task<> {
    co_await began.wait();
    io::Scope stopping(loop);
    stopping.spawn(server->shut_down(10s));
    go_on.set();
    co_await stopping.finish();
  };
  io::Scope scope(loop);
  scope.spawn(ask());
  scope.spawn(stop());
  loop.run_until_done(scope.finish());
  EXPECT_EQ(answer, "done");
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_FALSE(fetch(*client(*server), testing::get("/")));
}

TEST_F(RealServer, cancels_what_does_not_end_within_the_grace) {
  io::Event began(loop);
  FunctionHandler endless([&](Request&, Responder& responder) -> io::Task<> {
    began.set();
    co_await responder.gone();
  });
  const auto server = start(endless);
  const auto from = client(*server);
  auto asking = from->send(testing::get("/"), {});
  asking.start();
  const auto stop = [&]() -> io::Task<> {
    co_await began.wait();
    co_await server->shut_down(0s);
  };
  loop.run_until_done(stop());
  EXPECT_EQ(server->connections(), 0u);
}

// Two seats, one of them on a thread of its own; each answers with the name of the thread that serves it.
struct SpreadServer : RealServer {
  static std::string thread_name() {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    return name;
  }
  std::unique_ptr<Server> start_spread(ServerSettings settings = {}) {
    const std::vector<Seat> seats = {{loop, named}, {other.loop(), named}};
    auto server = Server::start(loop, io::Address{"127.0.0.1", 0}, seats, std::move(settings));
    EXPECT_TRUE(server) << server.error().to_string();
    return std::move(*server);
  }
  FunctionHandler named{[](Request&, Responder& responder) -> io::Task<> {
    [[maybe_unused]] const auto sent = co_await responder.send(testing::head_with_status(200), thread_name());
  }};
  io::LoopThread other{"other-lane"};
};

TEST_F(SpreadServer, connections_are_spread_and_stay_where_they_are) {
  const auto server = start_spread();
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::string> names;
  int elsewhere = 0;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(client(*server));
    names.push_back(fetch(*clients.back(), testing::get("/")).value_or("no answer"));
    if (names.back() == "other-lane") ++elsewhere;
  }
  EXPECT_EQ(elsewhere, 5);
  EXPECT_EQ(server->connections(), 10u);
  for (std::size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(fetch(*clients[i], testing::get("/")), names[i]);
  loop.run_until_done(server->shut_down(1s));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(SpreadServer, the_limit_on_connections_counts_all_loops) {
  ServerSettings settings;
  settings.connection_limit = 2;
  const auto server = start_spread(settings);
  const auto first = client(*server);
  const auto second = client(*server);
  EXPECT_TRUE(fetch(*first, testing::get("/")));
  EXPECT_TRUE(fetch(*second, testing::get("/")));
  EXPECT_FALSE(fetch(*client(*server), testing::get("/")));
  loop.run_until_done(server->shut_down(1s));
}

TEST_F(SpreadServer, stopping_cancels_what_goes_on_on_other_loops) {
  FunctionHandler endless([](Request&, Responder& responder) -> io::Task<> {
    const auto begun = co_await responder.begin(testing::head_with_status(200));
    if (begun) co_await responder.gone();
  });
  const std::vector<Seat> seats = {{other.loop(), endless}};
  auto server = Server::start(loop, io::Address{"127.0.0.1", 0}, seats, ServerSettings());
  ASSERT_TRUE(server) << server.error().to_string();
  const auto from = client(**server);
  const auto response = loop.run_until_done(from->send(testing::get("/"), {}));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ((*server)->connections(), 1u);
  loop.run_until_done((*server)->shut_down(0s));
  EXPECT_EQ((*server)->connections(), 0u);
}

TEST_F(RealServer, listens_on_a_unix_socket_for_http2_in_clear_text) {
  const std::string path =
      std::filesystem::temp_directory_path() / fmt::format("aloft-http-{}.sock", ::getpid());
  auto server = Server::start(loop, io::Address::unix_socket(path), echo, {});
  ASSERT_TRUE(server);
  ClientSettings settings;
  settings.address = io::Address::unix_socket(path);
  settings.http2_prior_knowledge = true;
  const auto from = Client::make(loop, settings);
  EXPECT_EQ(fetch(*from, testing::request("POST", "/x"), "y"), "POST /x y");
}

// The same server as curl sees it.
struct Curl : RealServer {
  void SetUp() override {
    io::Command probe;
    probe.arguments = {"curl", "--version"};
    const auto result = loop.run_until_done(io::run_command(loop, probe));
    if (!result || result->status.code != 0) GTEST_SKIP() << "curl is not installed";
    root = std::filesystem::temp_directory_path() / fmt::format("aloft-curl-{}", ::getpid());
    std::filesystem::create_directories(root);
  }
  ~Curl() override {
    if (!root.empty()) std::filesystem::remove_all(root);
  }
  std::string run(std::vector<std::string> arguments, std::string input = {}) {
    io::Command command;
    command.arguments = {"curl", "--silent", "--show-error", "--max-time", "20"};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    const auto result = loop.run_until_done(io::run_command(loop, command, std::move(input), 20'000'000));
    EXPECT_TRUE(result);
    return result ? result->output : "";
  }
  std::string file(const std::string& name, std::string_view content) {
    EXPECT_TRUE(io::write_file(root + "/" + name, content, 0600));
    return root + "/" + name;
  }
  std::string root;
};

TEST_F(Curl, gets_and_posts_in_clear_text) {
  const auto server = start(echo);
  const std::string url = fmt::format("http://{}", server->address().to_string());
  EXPECT_EQ(run({url + "/a?b=c"}), "GET /a?b=c ");
  EXPECT_EQ(run({"-d", "form=1", url + "/p"}), "POST /p form=1");
  EXPECT_EQ(run({"-H", "Transfer-Encoding: chunked", "-d", "x", url + "/p"}), "POST /p x");
  EXPECT_EQ(run({"--http2-prior-knowledge", "-w", " %{http_version}", url + "/a"}), "GET /a  2");
  EXPECT_EQ(run({"--http1.0", url + "/a"}), "GET /a ");
  EXPECT_EQ(run({"-I", url + "/a", "-o", "/dev/null", "-w", "%{http_code}"}), "200");
  const std::string large(10 * 1024 * 1024, 'x');
  EXPECT_TRUE(run({"-T", "-", url + "/p"}, large) == "PUT /p " + large);
}

TEST_F(Curl, speaks_both_protocols_over_tls_and_shows_its_certificate) {
  const TestCertificates certificates;
  FunctionHandler who([](Request& request, Responder& responder) -> io::Task<> {
    const PeerCertificate* peer = request.certificate();
    std::string text =
        fmt::format("{} {}", request.http_major(), peer == nullptr ? "nobody" : peer->common_name);
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::move(text));
  });
  ServerSettings settings;
  settings.tls = certificates.server_context();
  const auto server = start(who, settings);
  const std::string url = fmt::format("https://{}/", server->address().to_string());
  const std::string authority = file("ca.pem", certificates.authority.certificate_pem);
  const std::string certificate = file("cert.pem", certificates.client.certificate_pem);
  const std::string key = file("key.pem", certificates.client.private_key_pem);
  EXPECT_EQ(run({"--cacert", authority, "--http1.1", url}), "1 nobody");
  EXPECT_EQ(run({"--cacert", authority, "--http2", url}), "2 nobody");
  EXPECT_EQ(run({"--cacert", authority, "--cert", certificate, "--key", key, url}), "2 alice");
  EXPECT_EQ(run({"--cacert", authority, "--tls-max", "1.2", "--cert", certificate, "--key", key, url, url}),
            "2 alice2 alice");
  EXPECT_NE(run({url}).find("certificate"), std::string::npos)
      << "curl must not trust our authority by itself";
}

TEST_F(Curl, is_told_why_its_request_is_refused) {
  ServerSettings settings;
  settings.body_limit_bytes = 1000;
  const auto server = start(echo, settings);
  const std::string url = fmt::format("http://{}", server->address().to_string());
  EXPECT_EQ(
      run({"-o", "/dev/null", "-w", "%{http_code}", "-T", "-", url + "/p"}, std::string(5'000'000, 'x')),
      "413");
  EXPECT_EQ(run({"-o", "/dev/null", "-w", "%{http_code}", "-H", "X: " + std::string(70'000, 'x'), url}),
            "431");
}

}  // namespace
}  // namespace aloft::http
