// The DNS server over loopback: its own names, everybody else's through name servers of the test, over UDP
// and TCP.
#include "network/dns_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network/dns_socket.h"
#include "network/testing/dns_peer.h"
#include "network/testing/services.h"

namespace aloft::network {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using namespace std::string_literals;

constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_txt = 16;
constexpr std::uint16_t type_aaaa = 28;

std::string answer_with(std::string_view query, DnsStatus status, const std::vector<std::string>& addresses) {
  const auto read = read_dns_query(query);
  DnsAnswer answer;
  answer.status = status;
  answer.authoritative = false;
  for (const std::string& address : addresses) {
    DnsRecord record;
    record.name = read->name;
    record.data = address;
    answer.answers.push_back(record);
  }
  return write_dns_answer(*read, answer, 65535);
}

FakeNameServer::Answer always(DnsStatus status, std::vector<std::string> addresses = {}) {
  return [status, addresses = std::move(addresses)](std::string_view query, bool) {
    return answer_with(query, status, addresses);
  };
}

class DnsServerTest : public testing::Test {
 protected:
  DnsServerTest() { settings.listen = io::Address("127.0.0.1", 0); }

  void start() {
    DnsZone zone("cluster.local");
    zone.add_namespace("shop");
    zone.add(service_at("10.96.0.7", 80), {});
    core::v1::Service alias;
    alias.metadata.namespace_ = "shop";
    alias.metadata.name = "db";
    alias.spec.type = "ExternalName";
    alias.spec.externalName = "db.example.com";
    zone.add(alias, {});
    core::v1::Service many = service_at("None", 80);
    many.metadata.name = "many";
    const auto slice = slice_at({"10.244.0.2", "10.244.0.3", "10.244.0.4"}, 8080);
    zone.add(many, {&slice});
    alias.metadata.name = "inner";
    alias.spec.externalName = "many.shop.svc.cluster.local";
    zone.add(alias, {});
    auto started = DnsServer::start(loop, settings, std::make_shared<const DnsZone>(zone), random, metrics);
    ASSERT_TRUE(started) << started.error().message();
    server = std::move(*started);
  }
  ReadMessage ask(std::string_view name, std::uint16_t type = type_a, bool stream = false) {
    std::string query = make_query(77, name, type);
    return ask_message(std::move(query), stream);
  }
  ReadMessage ask_message(std::string query, bool stream = false) {
    return loop.run_until_done(stream ? ask_by_stream(loop, server->address(), std::move(query))
                                      : ask_by_datagram(loop, server->address(), std::move(query)));
  }
  static std::vector<std::string> data(const ReadMessage& message) {
    std::vector<std::string> found;
    for (const ReadRecord& record : message.answers) found.push_back(record.data);
    return found;
  }

  io::EpollLoop loop;
  SeededRandom random{1};
  Metrics metrics;
  DnsServerSettings settings;
  std::unique_ptr<DnsServer> server;
};

TEST_F(DnsServerTest, its_own_names_are_answered_over_udp_and_tcp) {
  start();
  for (const bool stream : {false, true}) {
    const ReadMessage answer = ask("web.shop.svc.cluster.local", type_a, stream);
    ASSERT_TRUE(answer.good);
    EXPECT_EQ(answer.id, 77);
    EXPECT_TRUE(answer.authoritative);
    EXPECT_THAT(data(answer), ElementsAre("10.96.0.7"));
  }
}

TEST_F(DnsServerTest, every_address_of_a_name_comes_first_at_times) {
  start();
  std::set<std::string> first;
  std::set<std::string> first_of_alias;
  for (int i = 0; i < 40; ++i) {
    const auto found = data(ask("many.shop.svc.cluster.local"));
    ASSERT_THAT(found, UnorderedElementsAre("10.244.0.2", "10.244.0.3", "10.244.0.4"));
    first.insert(found.front());
    const auto by_alias = data(ask("inner.shop.svc.cluster.local"));
    ASSERT_THAT(by_alias, SizeIs(4));
    EXPECT_EQ(by_alias.front(), "many.shop.svc.cluster.local") << "the alias before what it means";
    first_of_alias.insert(by_alias[1]);
  }
  EXPECT_THAT(first, SizeIs(3));
  EXPECT_THAT(first_of_alias, SizeIs(3));
}

TEST_F(DnsServerTest, ipv6_questions_about_its_own_names_need_nobody_else) {
  FakeNameServer upstream(loop, always(DnsStatus::ok, {"192.0.2.1"}));
  settings.upstreams = {upstream.address()};
  start();
  const ReadMessage answer = ask("web.shop.svc.cluster.local", type_aaaa);
  EXPECT_EQ(answer.status, 0);
  EXPECT_THAT(answer.answers, IsEmpty());
  EXPECT_THAT(answer.authorities, SizeIs(1));
  EXPECT_EQ(ask("www.example.com.shop.svc.cluster.local").status, 3);
  EXPECT_EQ(upstream.asked(), 0);
}

TEST_F(DnsServerTest, other_names_are_asked_of_the_machines_name_server) {
  FakeNameServer upstream(loop, always(DnsStatus::ok, {"192.0.2.1"}));
  settings.upstreams = {upstream.address()};
  start();
  for (const bool stream : {false, true}) {
    const ReadMessage answer = ask("www.example.com", type_a, stream);
    ASSERT_TRUE(answer.good);
    EXPECT_EQ(answer.id, 77) << "the client's own id, not the one under which the server asked";
    EXPECT_THAT(data(answer), ElementsAre("192.0.2.1"));
  }
}

TEST_F(DnsServerTest, a_name_server_that_is_silent_makes_way_for_the_next_and_is_asked_last_from_then_on) {
  FakeNameServer silent(loop, [](std::string_view, bool) { return std::nullopt; });
  FakeNameServer second(loop, always(DnsStatus::ok, {"192.0.2.2"}));
  settings.upstreams = {silent.address(), second.address()};
  settings.upstream_timeout = 50ms;
  start();
  EXPECT_THAT(data(ask("www.example.com")), ElementsAre("192.0.2.2"));
  EXPECT_THAT(data(ask("www.example.com")), ElementsAre("192.0.2.2"));
  EXPECT_EQ(silent.asked(), 1);
}

TEST_F(DnsServerTest, a_name_server_that_cannot_answer_makes_way_for_the_next) {
  FakeNameServer broken(loop, always(DnsStatus::server_failure));
  FakeNameServer second(loop, always(DnsStatus::no_such_name));
  settings.upstreams = {broken.address(), second.address()};
  start();
  EXPECT_EQ(ask("www.example.com").status, 3);
}

TEST_F(DnsServerTest, what_the_only_name_server_refuses_is_refused) {
  FakeNameServer broken(loop, always(DnsStatus::refused));
  settings.upstreams = {broken.address()};
  start();
  EXPECT_EQ(ask("www.example.com").status, 5);
}

TEST_F(DnsServerTest, clients_are_told_when_no_name_server_answers) {
  FakeNameServer silent(loop, [](std::string_view, bool) { return std::nullopt; });
  settings.upstreams = {silent.address(), io::Address("not an address", 53)};
  settings.upstream_timeout = 50ms;
  start();
  const ReadMessage answer = ask("www.Example.com");
  EXPECT_EQ(answer.status, 2);
  EXPECT_EQ(answer.question, "www.Example.com") << "resolvers take no answer to another question";
  EXPECT_EQ(ask("www.example.com", type_a, true).status, 2);
}

TEST_F(DnsServerTest, answers_to_another_question_are_not_taken) {
  FakeNameServer liar(loop, [](std::string_view query, bool) {
    std::string answer = answer_with(query, DnsStatus::ok, {"192.0.2.66"});
    answer[0] = static_cast<char>(answer[0] ^ 1);
    return answer;
  });
  settings.upstreams = {liar.address()};
  settings.upstream_timeout = 50ms;
  start();
  EXPECT_EQ(ask("www.example.com").status, 2);
}

TEST_F(DnsServerTest, what_a_name_server_cuts_short_comes_whole_over_tcp) {
  FakeNameServer upstream(loop, [](std::string_view query, bool stream) {
    if (stream) return answer_with(query, DnsStatus::ok, {"192.0.2.1", "192.0.2.2"});
    std::string cut = answer_with(query, DnsStatus::ok, {});
    cut[2] = static_cast<char>(cut[2] | 2);
    return cut;
  });
  settings.upstreams = {upstream.address()};
  start();
  EXPECT_TRUE(ask("www.example.com").truncated) << "the client asks again over TCP";
  EXPECT_THAT(data(ask("www.example.com", type_a, true)), ElementsAre("192.0.2.1", "192.0.2.2"));
}

TEST_F(DnsServerTest, an_external_name_comes_with_its_addresses) {
  FakeNameServer upstream(loop, [](std::string_view query, bool) {
    EXPECT_EQ(read_dns_query(query)->name, "db.example.com");
    return answer_with(query, DnsStatus::ok, {"192.0.2.5"});
  });
  settings.upstreams = {upstream.address()};
  start();
  EXPECT_THAT(data(ask("db.shop.svc.cluster.local")), ElementsAre("db.example.com", "192.0.2.5"));
  EXPECT_THAT(data(ask("db.shop.svc.cluster.local", 5)), ElementsAre("db.example.com"));
  EXPECT_EQ(upstream.asked(), 1);
}

TEST_F(DnsServerTest, an_external_name_is_at_least_an_alias_where_there_is_no_name_server) {
  start();
  EXPECT_THAT(data(ask("db.shop.svc.cluster.local")), ElementsAre("db.example.com"));
}

TEST_F(DnsServerTest, an_external_name_that_cannot_be_looked_up_is_a_failure) {
  FakeNameServer upstream(loop, always(DnsStatus::no_such_name));
  settings.upstreams = {upstream.address()};
  start();
  EXPECT_EQ(ask("db.shop.svc.cluster.local").status, 3);
}

TEST_F(DnsServerTest, other_names_are_refused_where_there_is_no_name_server) {
  start();
  EXPECT_EQ(ask("www.example.com").status, 5);
}

TEST_F(DnsServerTest, queries_that_nobody_can_read_are_answered_with_why) {
  start();
  const std::string no_question = "\x00\x07\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"s;
  for (const bool stream : {false, true}) {
    EXPECT_EQ(ask_message(no_question, stream).status, 1);
    EXPECT_EQ(ask_message("\x00\x07\x28\x00\x00\x00\x00\x00\x00\x00\x00\x00"s, stream).status, 4);
  }
  std::string newer = make_query(1, "web.shop.svc.cluster.local", type_a, 1000);
  newer[newer.size() - 5] = 1;
  EXPECT_EQ(ask_message(newer).status, 16);
}

TEST_F(DnsServerTest, an_answer_sent_to_the_server_gets_none) {
  start();
  EXPECT_FALSE(ask_message("\x00\x07\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00"s, true).good) << "it hangs up";
}

TEST_F(DnsServerTest, several_questions_go_over_one_connection) {
  start();
  auto talk = [](io::EpollLoop& here, io::Address asked) -> io::Task<std::vector<ReadMessage>> {
    std::vector<ReadMessage> answers;
    auto stream = co_await io::connect(here, asked);
    if (!stream) co_return answers;
    const std::string both = frame_dns_message(make_query(1, "web.shop.svc.cluster.local", type_a)) +
                             frame_dns_message(make_query(2, "no.shop.svc.cluster.local", type_txt));
    auto written = co_await (*stream)->write(both);
    if (!written) co_return answers;
    for (int i = 0; i < 2; ++i) {
      const std::string answer = co_await read_dns_message(**stream);
      answers.push_back(read_message(answer));
    }
    co_return answers;
  };
  const auto answers = loop.run_until_done(talk(loop, server->address()));
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_EQ(answers[0].id, 1);
  EXPECT_EQ(answers[1].id, 2);
  EXPECT_EQ(answers[1].status, 3);
}

TEST_F(DnsServerTest, a_new_zone_holds_from_the_next_question_on) {
  start();
  EXPECT_THAT(data(ask("web.shop.svc.cluster.local")), ElementsAre("10.96.0.7"));
  server->publish(std::make_shared<const DnsZone>(DnsZone("cluster.local")));
  EXPECT_EQ(ask("web.shop.svc.cluster.local").status, 3);
}

TEST_F(DnsServerTest, an_address_that_is_taken_is_named) {
  start();
  settings.listen = server->address();
  Metrics other;
  auto again = DnsServer::start(loop, settings, std::make_shared<const DnsZone>(DnsZone("cluster.local")),
                                random, other);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), testing::HasSubstr(server->address().to_string()));
}

TEST(NameServers, those_of_a_resolv_conf_are_found) {
  const std::string text =
      "# nameserver 192.0.2.9\n"
      "search example.com\n"
      "nameserver 192.0.2.1\n"
      "nameserver\t2001:db8::1   # the other\r\n"
      "nameserver 10.96.0.10\n"
      "nameservers 192.0.2.8\n"
      "nameserver\n"
      "nameserver not-an-address\n"
      " nameserver 192.0.2.7\n"
      "nameserver 192.0.2.2";
  EXPECT_THAT(read_name_servers(text, "10.96.0.10"),
              ElementsAre(io::Address("192.0.2.1", 53), io::Address("2001:db8::1", 53),
                          io::Address("192.0.2.2", 53)));
  EXPECT_THAT(read_name_servers("", ""), IsEmpty());
}

}  // namespace
}  // namespace aloft::network
