// Certificates, and TLS between our two ends.
#include "http/tls.h"

#include <gtest/gtest.h>

#include "http/testing/exchange.h"

namespace aloft::http {
namespace {

using testing::TestCertificates;

const TestCertificates& certificates() {
  static const TestCertificates made;
  return made;
}

// Two ends of a TLS session in memory.
struct TlsEnds {
  std::unique_ptr<TlsStream> client, server;
  std::optional<Error> client_error, server_error;
};

struct Tls : ::testing::Test {
  TlsEnds connect(std::shared_ptr<const TlsContext> client_context,
                  std::shared_ptr<const TlsContext> server_context, std::string server_name = "localhost",
                  std::vector<std::string> protocols = {}) {
    auto [near_end, far_end] = io::make_stream_pair(loop);
    TlsEnds out;
    const auto accept = [&](std::unique_ptr<io::Stream> transport) -> io::Task<> {
      auto accepted = co_await tls_accept(loop, server_context, std::move(transport));
      if (accepted) out.server = std::move(*accepted);
      if (!accepted) out.server_error = accepted.error();
    };
    const auto connect_to = [&](std::unique_ptr<io::Stream> transport) -> io::Task<> {
      auto connected =
          co_await tls_connect(loop, client_context, std::move(transport), server_name, protocols);
      if (connected) out.client = std::move(*connected);
      if (!connected) out.client_error = connected.error();
    };
    io::Scope scope(loop);
    scope.spawn(accept(std::move(far_end)));
    scope.spawn(connect_to(std::move(near_end)));
    loop.settle();
    return out;
  }
  void send(io::Stream& stream, std::string_view text) {
    io::Scope scope(loop);
    const auto writing = [&]() -> io::Task<> { EXPECT_TRUE(co_await stream.write(text)); };
    scope.spawn(writing());
    loop.run_until_done(scope.finish());
  }
  std::string receive(io::Stream& stream) {
    std::array<std::byte, 1024> buffer;
    const auto got = loop.run_until_done(stream.read(buffer));
    return got ? std::string(as_text(std::span(buffer).first(*got))) : got.error().to_string();
  }
  io::SimLoop loop;
};

TEST_F(Tls, carries_bytes_both_ways_and_agrees_on_a_protocol) {
  TlsEnds ends = connect(certificates().client_context(), certificates().server_context());
  ASSERT_TRUE(ends.client) << ends.client_error->to_string();
  ASSERT_TRUE(ends.server) << ends.server_error->to_string();
  EXPECT_EQ(ends.client->protocol(), "h2");
  EXPECT_EQ(ends.server->protocol(), "h2");
  EXPECT_FALSE(ends.server->peer_certificate());
  send(*ends.client, "there");
  EXPECT_EQ(receive(*ends.server), "there");
  send(*ends.server, "back");
  EXPECT_EQ(receive(*ends.client), "back");
}

TEST_F(Tls, the_protocols_of_one_connection_may_differ_from_those_of_the_context) {
  TlsEnds ends =
      connect(certificates().client_context(), certificates().server_context(), "localhost", {"http/1.1"});
  ASSERT_TRUE(ends.client && ends.server);
  EXPECT_EQ(ends.server->protocol(), "http/1.1");
}

TEST_F(Tls, gathers_pieces_and_carries_megabytes) {
  TlsEnds ends = connect(certificates().client_context(), certificates().server_context());
  ASSERT_TRUE(ends.client && ends.server);
  const std::string body(3'000'000, 'x');
  const auto sending = [&]() -> io::Task<> {
    const std::string_view pieces[] = {"head ", body, " tail", ""};
    EXPECT_TRUE(co_await ends.server->write_pieces(pieces));
    ends.server->shutdown_write();
  };
  io::Scope scope(loop);
  scope.spawn(sending());
  const auto all = loop.run_until_done(io::read_all(*ends.client, 4'000'000));
  ASSERT_TRUE(all) << all.error().to_string();
  EXPECT_TRUE(*all == "head " + body + " tail");
}

TEST_F(Tls, shows_who_the_client_is_when_our_authority_says_so) {
  TlsEnds ends = connect(certificates().client_context({"h2"}, true), certificates().server_context());
  ASSERT_TRUE(ends.client && ends.server);
  ASSERT_TRUE(ends.server->peer_certificate());
  EXPECT_EQ(ends.server->peer_certificate()->common_name, "alice");
  EXPECT_EQ(ends.server->peer_certificate()->organizations, std::vector<std::string>{"engineers"});
}

TEST_F(Tls, a_certificate_of_a_stranger_counts_as_none) {
  const TestCertificates strangers;
  TlsContext::ClientSettings settings;
  settings.authorities_pem = certificates().authority.certificate_pem;
  settings.key_pair = strangers.client;
  TlsEnds ends = connect(*TlsContext::client(settings), certificates().server_context());
  ASSERT_TRUE(ends.client && ends.server);
  EXPECT_FALSE(ends.server->peer_certificate());
}

TEST_F(Tls, a_client_refuses_a_server_of_a_stranger_or_of_another_name) {
  const TestCertificates strangers;
  TlsEnds stranger = connect(certificates().client_context(), strangers.server_context());
  ASSERT_TRUE(stranger.client_error);
  EXPECT_NE(stranger.client_error->message().find("certificate is not accepted"), std::string::npos)
      << stranger.client_error->message();
  EXPECT_TRUE(connect(certificates().client_context(), certificates().server_context(), "other.example")
                  .client_error);
  EXPECT_FALSE(
      connect(certificates().client_context(), certificates().server_context(), "127.0.0.1").client_error);
  EXPECT_TRUE(
      connect(certificates().client_context(), certificates().server_context(), "127.0.0.2").client_error);
}

TEST_F(Tls, a_client_without_verification_accepts_anybody) {
  TlsContext::ClientSettings settings;
  settings.verify = false;
  EXPECT_TRUE(
      connect(*TlsContext::client(settings), certificates().server_context(), "other.example").client);
}

TEST_F(Tls, a_second_connection_resumes_the_session_and_still_knows_the_client) {
  const auto client = certificates().client_context({"h2"}, true);
  const auto server = certificates().server_context();
  for (int i = 0; i < 3; ++i) {
    TlsEnds ends = connect(client, server);
    ASSERT_TRUE(ends.client && ends.server);
    ASSERT_TRUE(ends.server->peer_certificate()) << i;
    EXPECT_EQ(ends.server->peer_certificate()->common_name, "alice");
    send(*ends.server, "x");
    EXPECT_EQ(receive(*ends.client), "x");
  }
}

TEST_F(Tls, a_clear_text_request_is_told_that_this_port_speaks_https) {
  testing::FunctionHandler echo = testing::make_echo();
  ServerSettings settings;
  settings.tls = certificates().server_context();
  testing::RawConnection peer(loop, echo, settings);
  const std::string answer = peer.talk("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("This port speaks HTTPS, not HTTP 1.1\n")) << answer;
  EXPECT_TRUE(peer.closed());
}

TEST_F(Tls, a_handshake_that_stops_half_way_is_given_up) {
  testing::FunctionHandler echo = testing::make_echo();
  ServerSettings settings;
  settings.tls = certificates().server_context();
  testing::RawConnection peer(loop, echo, settings);
  peer.send("\x16\x03\x01");
  loop.run_for(9s);
  EXPECT_FALSE(peer.closed());
  loop.run_for(1s);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Tls, settings_that_cannot_work_are_refused) {
  TlsContext::ServerSettings settings;
  EXPECT_FALSE(TlsContext::server(settings));
  settings.key_pair = certificates().server;
  settings.key_pair.private_key_pem = certificates().client.private_key_pem;
  EXPECT_FALSE(TlsContext::server(settings));
  settings.key_pair = certificates().server;
  settings.client_authorities_pem = "none";
  EXPECT_FALSE(TlsContext::server(settings));
}

TEST(Certificates, say_what_was_asked_for) {
  const WallTime now{std::chrono::seconds(1'750'000'000)};
  const auto authority = make_authority("aloft", now, 10 * 365 * 24h);
  ASSERT_TRUE(authority);
  CertificateRequest request;
  request.common_name = "system:node:a";
  request.organizations = {"system:nodes", "b, c=d"};
  request.dns_names = {"a.example", "*.b.example"};
  request.ip_addresses = {"10.0.0.1", "fd00::1"};
  request.valid_for = 48h;
  const auto pair = issue_certificate(*authority, request, now);
  ASSERT_TRUE(pair) << pair.error().to_string();
  const auto facts = read_certificate(pair->certificate_pem);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->common_name, request.common_name);
  EXPECT_EQ(facts->organizations, request.organizations);
  EXPECT_EQ(facts->dns_names, request.dns_names);
  EXPECT_EQ(facts->ip_addresses, request.ip_addresses);
  EXPECT_EQ(facts->not_before, now - 60s);
  EXPECT_EQ(facts->not_after, now + 48h);
  request.ip_addresses = {"nowhere"};
  EXPECT_FALSE(issue_certificate(*authority, request, now));
  EXPECT_FALSE(read_certificate("nonsense"));
}

TEST(Certificates, are_signed_for_a_key_that_somebody_else_holds) {
  const WallTime now = SystemClock().wall();
  const auto authority = make_authority("aloft", now, 24h);
  const auto key = make_private_key();
  ASSERT_TRUE(authority && key);
  CertificateRequest asked;
  asked.common_name = "bob";
  asked.organizations = {"people"};
  asked.dns_names = {"bob.example"};
  const auto request = make_certificate_request(*key, asked);
  ASSERT_TRUE(request) << request.error().to_string();
  EXPECT_EQ(read_certificate_request(*request)->dns_names, asked.dns_names);
  CertificateRequest usage;
  usage.client = true;
  const auto certificate = sign_certificate_request(*authority, *request, usage, now);
  ASSERT_TRUE(certificate) << certificate.error().to_string();
  EXPECT_EQ(read_certificate(*certificate)->common_name, "bob");
  TlsContext::ClientSettings settings;
  settings.authorities_pem = authority->certificate_pem;
  settings.key_pair = KeyPair{*certificate, *key};
  EXPECT_TRUE(TlsContext::client(settings)) << "the certificate is for that key";
  EXPECT_FALSE(read_certificate_request(authority->certificate_pem));
}

TEST(Signatures, are_verified_by_the_public_half_of_their_key_only) {
  const auto key = make_private_key();
  ASSERT_TRUE(key);
  const auto public_key = public_key_of(*key);
  ASSERT_TRUE(public_key);
  for (int i = 0; i < 20; ++i) {
    const std::string text = fmt::format("claims {}", i);
    const auto signature = sign_es256(*key, text);
    ASSERT_TRUE(signature);
    EXPECT_EQ(signature->size(), 64u);
    EXPECT_TRUE(verify_es256(*public_key, text, *signature));
    EXPECT_FALSE(verify_es256(*public_key, text + "x", *signature));
    EXPECT_FALSE(verify_es256(*public_key_of(*make_private_key()), text, *signature));
    std::string bent = *signature;
    bent[40] = static_cast<char>(bent[40] ^ 1);
    EXPECT_FALSE(verify_es256(*public_key, text, bent));
  }
  EXPECT_FALSE(verify_es256(*public_key, "x", "short"));
  EXPECT_FALSE(verify_es256("nonsense", "x", std::string(64, 'x')));
  EXPECT_FALSE(sign_es256("nonsense", "x"));
}

TEST(Digests, are_those_of_the_standard) {
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(sha512("")).substr(0, 32), "cf83e1357eefb8bdf1542850d66d8007");
  EXPECT_TRUE(equal_in_constant_time("same", "same"));
  EXPECT_FALSE(equal_in_constant_time("same", "sama"));
  EXPECT_FALSE(equal_in_constant_time("same", "same "));
}

}  // namespace
}  // namespace aloft::http
