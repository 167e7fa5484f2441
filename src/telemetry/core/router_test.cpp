// Routes: which one a request finds, and what an exchange gives it.
#include "telemetry/core/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/testing/exchange.h"
#include "io/sim_loop.h"
#include "telemetry/core/compression.h"

namespace aloft::telemetry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct RouterTest : ::testing::Test {
  RouterTest() {
    router.add("GET", "/api/{name}", [](Exchange& exchange) -> io::Task<> {
      co_await exchange.send(200, "text/plain", "name " + std::string(exchange.path("name")));
    });
    router.add("GET,POST", "/api/fixed", [](Exchange& exchange) -> io::Task<> {
      const auto form = co_await exchange.form();
      std::string all;
      for (const auto& [key, value] : *form) all += key + "=" + value + ";";
      co_await exchange.send(200, "text/plain", all);
    });
    router.add("POST", "/body", [](Exchange& exchange) -> io::Task<> {
      auto body = co_await exchange.body(1000);
      if (!body) {
        co_await exchange.send_error(body.error());
        co_return;
      }
      co_await exchange.send_json(*body);
    });
    router.add("GET", "/files/{rest...}", [](Exchange& exchange) -> io::Task<> {
      co_await exchange.send(200, "text/plain", "rest " + std::string(exchange.path("rest")));
    });
  }
  std::string get(const std::string& target) {
    return talk("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  std::string post(const std::string& target, const std::string& headers, const std::string& body) {
    return talk(fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n{}", target,
                            body.size(), headers, body));
  }
  std::string talk(const std::string& request) {
    http::testing::RawConnection connection(loop, router);
    return connection.talk(request);
  }
  io::SimLoop loop;
  Router router;
};

TEST_F(RouterTest, literal_segments_go_before_names) {
  EXPECT_THAT(get("/api/other"), HasSubstr("name other"));
  EXPECT_THAT(get("/api/fixed?a=1"), HasSubstr("a=1;"));
}

TEST_F(RouterTest, names_are_decoded_segment_by_segment) {
  EXPECT_THAT(get("/api/a%2Fb%20c"), HasSubstr("name a/b c"));
  EXPECT_THAT(get("/files/a/b/c"), HasSubstr("rest a/b/c"));
}

TEST_F(RouterTest, unknown_paths_and_methods_are_told_apart) {
  EXPECT_THAT(get("/nothing"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(get("/body"), StartsWith("HTTP/1.1 405"));
}

TEST_F(RouterTest, a_form_goes_before_the_query) {
  EXPECT_THAT(post("/api/fixed?a=2", "Content-Type: application/x-www-form-urlencoded\r\n", "a=1&b=%20"),
              HasSubstr("a=1;b= ;a=2;"));
}

TEST_F(RouterTest, a_body_is_decompressed_within_its_limit) {
  EXPECT_THAT(post("/body", "Content-Encoding: gzip\r\n", gzip_compress("hello")),
              HasSubstr("\r\n\r\nhello"));
  EXPECT_THAT(post("/body", "Content-Encoding: gzip\r\n", gzip_compress(std::string(5000, 'x'))),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(post("/body", "Content-Encoding: br\r\n", "x"), StartsWith("HTTP/1.1 415"));
}

}  // namespace
}  // namespace aloft::telemetry
