// A request that goes through us to another server, and its answer back, over connections in memory.
#include "api/relay.h"

#include <gtest/gtest.h>

#include "http/testing/exchange.h"
#include "io/sim_loop.h"

namespace aloft::api {
namespace {

using http::testing::FunctionHandler;
using http::testing::RawConnection;

// What the other server does is `theirs`; what the client sends and sees is raw HTTP/1.1.
class Relaying : public ::testing::Test {
 protected:
  std::string talk(std::string_view request) {
    FunctionHandler ours([this](http::Request& asked, http::Responder& responder) -> io::Task<> {
      Exchange exchange{asked, responder, RequestInfo(), http::Query(), User()};
      http::ClientSettings settings;
      settings.address = io::Address("10.0.0.1", 8080);
      auto client = http::Client::make(loop_, connector(), std::move(settings));
      http::RequestHead head = relayed_head(exchange, asked.head().target.substr(prefix_.size()));
      RelayRules rules{prefix_, "10.0.0.1:8080", "error trying to reach service"};
      co_await relay(loop_, exchange, *client, std::move(head), std::move(rules));
    });
    RawConnection connection(loop_, ours);
    return connection.talk(request);
  }
  http::Connector connector() {
    return [this]() -> io::Task<Result<std::unique_ptr<io::Stream>>> {
      if (!reachable_) co_return fail(Code::unavailable, "connect 10.0.0.1:8080: Connection refused");
      auto pair = io::make_stream_pair(loop_);
      servers_.spawn(http::serve_connection(loop_, std::move(pair.second), theirs_, http::ServerSettings()));
      co_return std::move(pair.first);
    };
  }
  static http::ResponseHead head_of(int status, http::Headers headers = {}) {
    http::ResponseHead head;
    head.status = status;
    head.headers = std::move(headers);
    return head;
  }

  io::SimLoop loop_;
  std::string prefix_ = "/p/proxy";
  bool reachable_ = true;
  FunctionHandler theirs_ = http::testing::make_echo();
  io::Scope servers_{loop_};
};

TEST_F(Relaying, bodies_pass_both_ways) {
  const std::string answer =
      talk("POST /p/proxy/a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_NE(answer.find("POST /a?b=c hello"), std::string::npos) << answer;
}

TEST_F(Relaying, credentials_and_fields_of_the_connection_stay_here) {
  std::string seen;
  theirs_ = FunctionHandler([&](http::Request& request, http::Responder& responder) -> io::Task<> {
    for (const auto& [name, value] : request.head().headers) seen += name + "=" + value + ";";
    (void)co_await responder.send(head_of(204), std::string());
  });
  talk(
      "GET /p/proxy/ HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret\r\nX-Mine: 1\r\n"
      "Connection: keep-alive\r\n\r\n");
  EXPECT_EQ(seen.find("secret"), std::string::npos) << seen;
  EXPECT_NE(seen.find("X-Mine=1"), std::string::npos) << seen;
}

TEST_F(Relaying, redirections_lead_through_us_again) {
  for (const auto& [theirs, ours] :
       std::vector<std::pair<std::string, std::string>>{{"/login", "/p/proxy/login"},
                                                        {"http://10.0.0.1:8080/x?y", "/p/proxy/x?y"},
                                                        {"http://10.0.0.1:8080", "/p/proxy/"},
                                                        {"/p/proxy/there", "/p/proxy/there"},
                                                        {"next", "next"},
                                                        {"//elsewhere/x", "//elsewhere/x"},
                                                        {"https://example.com/", "https://example.com/"}}) {
    theirs_ = FunctionHandler([&theirs](http::Request&, http::Responder& responder) -> io::Task<> {
      http::Headers headers;
      headers.add("Location", theirs);
      (void)co_await responder.send(head_of(302, std::move(headers)), std::string());
    });
    const std::string answer = talk("GET /p/proxy/ HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_NE(answer.find("Location: " + ours + "\r\n"), std::string::npos) << answer;
  }
}

TEST_F(Relaying, who_cannot_be_reached_is_503) {
  reachable_ = false;
  const std::string answer = talk("GET /p/proxy/ HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_NE(answer.find("error trying to reach service: connect 10.0.0.1:8080: Connection refused"),
            std::string::npos)
      << answer;
}

TEST_F(Relaying, an_upgraded_connection_carries_bytes_both_ways) {
  theirs_ = FunctionHandler([](http::Request&, http::Responder& responder) -> io::Task<> {
    http::Headers headers;
    headers.add("Upgrade", "echo");
    auto stream = co_await responder.upgrade(head_of(101, std::move(headers)));
    if (stream) (void)co_await io::copy(**stream, **stream);
  });
  const std::string answer =
      talk("GET /p/proxy/ HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nping");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
  EXPECT_TRUE(answer.ends_with("ping")) << answer;
}

}  // namespace
}  // namespace aloft::api
