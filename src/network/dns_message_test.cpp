// The codec of DNS messages: what anybody may send is read or refused, and what is written others can read.
#include "network/dns_message.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "network/testing/dns_reader.h"

namespace aloft::network {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using namespace std::string_literals;

const std::string header = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"s;
const std::string header_with_one_more = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01"s;
const std::string a_in = "\x00\x01\x00\x01"s;

TEST(DnsMessage, a_plain_query_is_read) {
  const auto query = read_dns_query(make_query(0x1234, "Web.Shop.svc.cluster.local", 28));
  ASSERT_TRUE(query) << query.error().message();
  EXPECT_EQ(query->id, 0x1234);
  EXPECT_TRUE(query->recursion_desired);
  EXPECT_EQ(query->name, "web.shop.svc.cluster.local");
  EXPECT_EQ(query->asked, "Web.Shop.svc.cluster.local");
  EXPECT_EQ(query->type, DnsType::aaaa);
  EXPECT_EQ(query->class_, 1);
  EXPECT_FALSE(query->has_edns);
  EXPECT_EQ(query->answer_limit, 512U);
}

TEST(DnsMessage, edns_says_how_much_a_client_takes_within_reason) {
  EXPECT_EQ(read_dns_query(make_query(1, "a", 1, 100))->answer_limit, 512U);
  EXPECT_EQ(read_dns_query(make_query(1, "a", 1, 900))->answer_limit, 900U);
  EXPECT_EQ(read_dns_query(make_query(1, "a", 1, 65535))->answer_limit, 1232U);
}

TEST(DnsMessage, the_root_is_a_name) {
  const auto query = read_dns_query(make_query(1, "", 2));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->name, "");
}

struct Malformed {
  std::string what;
  std::string message;
  std::string why;
};

TEST(DnsMessage, malformed_queries_are_refused) {
  const std::string edns = "\x00\x00\x29\x04\x00\x00\x00\x00\x00\x00\x00"s;
  const Malformed cases[] = {
      {"nothing", "", "shorter than a header"},
      {"half a header", header.substr(0, 11), "shorter than a header"},
      {"an answer", "\x12\x34\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01\x61\x00"s + a_in,
       "it is an answer"},
      {"an update", "\x12\x34\x28\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01\x61\x00"s + a_in,
       "not a plain query"},
      {"no question", "\x12\x34\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"s, "one question"},
      {"two questions", "\x12\x34\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00\x01\x61\x00"s + a_in,
       "one question"},
      {"no name", header, "cut short"},
      {"a name without end", header + "\x03www", "cut short"},
      {"a label longer than the message", header + "\x3f" + "abc", "cut short"},
      {"a label length that is none", header + "\x40" + std::string(64, 'a') + "\0"s + a_in, "cut short"},
      {"no type", header + "\x01\x61\x00"s, "cut short"},
      {"half a class", header + "\x01\x61\x00\x00\x01\x00"s, "cut short"},
      {"a pointer to itself", header + "\xc0\x0c"s + a_in, "cut short"},
      {"a pointer ahead", header + "\xc0\x10"s + a_in, "cut short"},
      {"half a pointer", header + "\xc0"s, "cut short"},
      {"pointers in a circle", header + "\x01\x61\xc0\x0c"s + a_in, "cut short"},
      {"a name that is too long",
       header +
           [] {
             std::string name;
             for (int i = 0; i < 5; ++i) name += "\x3f" + std::string(63, 'a');
             return name + "\0"s;
           }() +
           a_in,
       "cut short"},
      {"a dot inside a label", header + "\x03\x61.\x62\x00"s + a_in, "cut short"},
      {"a record that is not there", header_with_one_more + "\x01\x61\x00"s + a_in, "cut short"},
      {"a record that is cut", header_with_one_more + "\x01\x61\x00"s + a_in + edns.substr(0, 10),
       "cut short"},
      {"EDNS twice", "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x02\x01\x61\x00"s + a_in + edns + edns,
       "EDNS"},
  };
  for (const Malformed& c : cases) {
    const auto query = read_dns_query(c.message);
    ASSERT_FALSE(query) << c.what;
    EXPECT_EQ(query.error().code(), Code::bad_request) << c.what;
    EXPECT_THAT(query.error().message(), HasSubstr(c.why)) << c.what;
  }
}

TEST(DnsMessage, what_is_refused_gets_a_fitting_answer_or_none) {
  const ReadMessage malformed = read_message(refuse_dns_message(header));
  EXPECT_TRUE(malformed.good);
  EXPECT_EQ(malformed.id, 0x1234);
  EXPECT_TRUE(malformed.answer);
  EXPECT_TRUE(malformed.recursion_desired);
  EXPECT_EQ(malformed.status, 1);
  EXPECT_EQ(read_message(refuse_dns_message("\x12\x34\x28\x00\x00\x01\x00\x00\x00\x00\x00\x00"s)).status, 4);
  EXPECT_EQ(refuse_dns_message("\x12\x34\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00"s), "")
      << "two servers must not answer each other for ever";
  EXPECT_EQ(refuse_dns_message("\x12"), "");
}

DnsRecord record_of(std::string name, DnsType type, std::string data) {
  DnsRecord record;
  record.name = std::move(name);
  record.type = type;
  record.data = std::move(data);
  return record;
}

DnsQuery query_for(const std::string& name, std::uint16_t edns_size = 0) {
  return *read_dns_query(make_query(7, name, 1, edns_size));
}

TEST(DnsMessage, an_answer_repeats_the_question_in_the_clients_letters) {
  DnsAnswer answer;
  answer.answers.push_back(record_of("web.cluster.local", DnsType::a, "10.0.0.1"));
  const ReadMessage read = read_message(write_dns_answer(query_for("WeB.cluster.LOCAL"), answer, 512));
  ASSERT_TRUE(read.good);
  EXPECT_EQ(read.id, 7);
  EXPECT_TRUE(read.answer);
  EXPECT_TRUE(read.authoritative);
  EXPECT_EQ(read.question, "WeB.cluster.LOCAL");
  ASSERT_THAT(read.answers, SizeIs(1));
  EXPECT_EQ(read.answers[0].data, "10.0.0.1");
  EXPECT_EQ(read.answers[0].ttl, 5U);
}

TEST(DnsMessage, names_are_written_once_and_pointed_at_after_that) {
  DnsAnswer answer;
  const std::string name = "web.shop.svc.cluster.local";
  for (int i = 1; i < 10; ++i)
    answer.answers.push_back(record_of(name, DnsType::a, fmt::format("10.0.0.{}", i)));
  const std::string bytes = write_dns_answer(query_for(name), answer, 512);
  EXPECT_EQ(bytes.size(), make_query(7, name, 1).size() + 9 * 16);
  EXPECT_EQ(bytes.find("cluster"), bytes.rfind("cluster"));
}

TEST(DnsMessage, the_target_of_a_service_record_is_written_in_full) {
  DnsAnswer answer;
  DnsRecord record = record_of("_http._tcp.web.cluster.local", DnsType::srv, "web.cluster.local");
  record.weight = 100;
  record.port = 8080;
  answer.answers.push_back(record);
  const std::string bytes = write_dns_answer(query_for(record.name), answer, 512);
  EXPECT_NE(bytes.find("\x03web\x07"
                       "cluster\x05local\0"s),
            bytes.rfind("\x03web\x07"
                        "cluster\x05local\0"s));
  EXPECT_EQ(read_message(bytes).answers.at(0).data, "0 100 8080 web.cluster.local");
}

TEST(DnsMessage, what_does_not_fit_is_left_out_and_said_so) {
  DnsAnswer answer;
  for (int i = 0; i < 200; ++i)
    answer.answers.push_back(record_of("web", DnsType::a, fmt::format("10.0.0.{}", i)));
  for (const std::uint16_t edns : {std::uint16_t{0}, std::uint16_t{1000}}) {
    const DnsQuery query = query_for("web", edns);
    const std::string bytes = write_dns_answer(query, answer, query.answer_limit);
    const ReadMessage read = read_message(bytes);
    ASSERT_TRUE(read.good);
    EXPECT_TRUE(read.truncated);
    EXPECT_EQ(read.edns, edns != 0);
    EXPECT_LE(bytes.size(), query.answer_limit);
    EXPECT_GT(bytes.size() + 16, query.answer_limit) << "as many as fit";
  }
  EXPECT_FALSE(read_message(write_dns_answer(query_for("web"), answer, 65535)).truncated);
}

TEST(DnsMessage, additional_records_that_do_not_fit_make_no_truncated_answer) {
  DnsAnswer answer;
  answer.answers.push_back(record_of("web", DnsType::a, "10.0.0.1"));
  for (int i = 0; i < 200; ++i) answer.additional.push_back(record_of("web", DnsType::a, "10.0.0.2"));
  const ReadMessage read = read_message(write_dns_answer(query_for("web"), answer, 512));
  ASSERT_TRUE(read.good);
  EXPECT_FALSE(read.truncated);
  EXPECT_THAT(read.answers, SizeIs(1));
}

TEST(DnsMessage, a_negative_answer_says_how_long_it_holds) {
  DnsAnswer answer;
  answer.status = DnsStatus::no_such_name;
  answer.zone = "cluster.local";
  const ReadMessage read = read_message(write_dns_answer(query_for("no.cluster.local"), answer, 512));
  ASSERT_TRUE(read.good);
  EXPECT_EQ(read.status, 3);
  ASSERT_THAT(read.authorities, SizeIs(1));
  EXPECT_EQ(read.authorities[0].name, "cluster.local");
  EXPECT_EQ(read.authorities[0].data, "ns.dns.cluster.local hostmaster.cluster.local 1 7200 1800 86400 5");
}

TEST(DnsMessage, a_newer_edns_is_told_so) {
  DnsAnswer answer;
  answer.status = DnsStatus::bad_version;
  EXPECT_EQ(read_message(write_dns_answer(query_for("a", 512), answer, 512)).status, 16);
}

std::string some_name() {
  std::string name;
  const int labels = *rc::gen::inRange(1, 6);
  for (int i = 0; i < labels; ++i) {
    if (i > 0) name += '.';
    const int letters = *rc::gen::inRange(1, 12);
    for (int l = 0; l < letters; ++l) name += *rc::gen::elementOf("abc-_09"s);
  }
  return name;
}

DnsRecord some_record() {
  DnsRecord record;
  record.name = some_name();
  record.ttl_seconds = *rc::gen::arbitrary<std::uint32_t>();
  record.type = *rc::gen::element(DnsType::a, DnsType::aaaa, DnsType::cname, DnsType::ptr, DnsType::ns,
                                  DnsType::srv, DnsType::txt);
  if (record.type == DnsType::a) {
    record.data = fmt::format("10.{}.{}.1", *rc::gen::inRange(0, 256), *rc::gen::inRange(0, 256));
  } else if (record.type == DnsType::aaaa) {
    record.data =
        fmt::format("fd00:{:x}:1:1:1:1:1:{:x}", *rc::gen::inRange(1, 65536), *rc::gen::inRange(1, 65536));
  } else {
    record.data = some_name();
  }
  if (record.type == DnsType::srv) {
    record.priority = *rc::gen::arbitrary<std::uint16_t>();
    record.weight = *rc::gen::arbitrary<std::uint16_t>();
    record.port = *rc::gen::arbitrary<std::uint16_t>();
  }
  return record;
}

ReadRecord as_read(const DnsRecord& record) {
  std::string data = record.data;
  if (record.type == DnsType::srv) {
    data = fmt::format("{} {} {} {}", record.priority, record.weight, record.port, record.data);
  }
  return ReadRecord{record.name, static_cast<std::uint16_t>(record.type), record.ttl_seconds, data};
}

TEST(DnsMessage, whatever_is_written_another_reader_reads) {
  EXPECT_TRUE(rc::check([] {
    DnsAnswer answer;
    const int answers = *rc::gen::inRange(0, 30);
    for (int i = 0; i < answers; ++i) answer.answers.push_back(some_record());
    const int additional = *rc::gen::inRange(0, 5);
    for (int i = 0; i < additional; ++i) answer.additional.push_back(some_record());
    answer.status = *rc::gen::element(DnsStatus::ok, DnsStatus::no_such_name, DnsStatus::refused);
    answer.authoritative = *rc::gen::arbitrary<bool>();
    const DnsQuery query = query_for(some_name(), *rc::gen::element<std::uint16_t>(0, 700));
    const ReadMessage read = read_message(write_dns_answer(query, answer, 65535));
    RC_ASSERT(read.good);
    RC_ASSERT(!read.truncated);
    RC_ASSERT(read.question == query.name);
    RC_ASSERT(read.status == static_cast<int>(answer.status));
    RC_ASSERT(read.authoritative == answer.authoritative);
    RC_ASSERT(read.answers.size() == answer.answers.size());
    for (std::size_t i = 0; i < read.answers.size(); ++i)
      RC_ASSERT(read.answers[i] == as_read(answer.answers[i]));
    for (std::size_t i = 0; i < read.additional.size(); ++i) {
      RC_ASSERT(read.additional[i] == as_read(answer.additional[i]));
    }
  }));
}

TEST(DnsMessage, an_answer_is_never_longer_than_its_limit) {
  EXPECT_TRUE(rc::check([] {
    DnsAnswer answer;
    const int answers = *rc::gen::inRange(0, 60);
    for (int i = 0; i < answers; ++i) answer.answers.push_back(some_record());
    const DnsQuery query = query_for(some_name(), *rc::gen::element<std::uint16_t>(0, 700));
    const std::string bytes = write_dns_answer(query, answer, query.answer_limit);
    const ReadMessage read = read_message(bytes);
    RC_ASSERT(read.good);
    RC_ASSERT(bytes.size() <= query.answer_limit);
    RC_ASSERT(read.truncated == (read.answers.size() < answer.answers.size()));
  }));
}

TEST(DnsMessage, odd_names_still_give_messages_that_can_be_read) {
  for (const std::string& name : {"a..b"s, "."s, ".a"s, "a."s, std::string(100, 'x'), [] {
                                    std::string long_name;
                                    for (int i = 0; i < 100; ++i) long_name += "label.";
                                    return long_name;
                                  }()}) {
    DnsAnswer answer;
    answer.answers.push_back(record_of("a", DnsType::cname, name));
    answer.answers.push_back(record_of(name, DnsType::a, "10.0.0.1"));
    EXPECT_TRUE(read_message(write_dns_answer(query_for("a"), answer, 65535)).good) << name;
  }
}

TEST(DnsMessage, addresses_and_aliases_of_other_servers_are_read_back) {
  DnsAnswer answer;
  answer.answers.push_back(record_of("a.example", DnsType::cname, "b.example"));
  answer.answers.push_back(record_of("b.example", DnsType::a, "192.0.2.1"));
  answer.answers.push_back(record_of("b.example", DnsType::aaaa, "2001:db8::1"));
  answer.answers.push_back(record_of("b.example", DnsType::txt, "not of interest"));
  const std::string bytes = write_dns_answer(query_for("a.example", 800), answer, 800);
  const auto reply = read_dns_reply(bytes);
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->status, DnsStatus::ok);
  answer.answers.pop_back();
  EXPECT_EQ(reply->answers, answer.answers);
  for (std::size_t size = 0; size < bytes.size() - 45; ++size) {
    EXPECT_FALSE(read_dns_reply(std::string_view(bytes).substr(0, size))) << size;
  }
}

TEST(DnsMessage, a_question_for_another_server_is_a_query) {
  const auto query = read_dns_query(write_dns_question(9, "www.example", DnsType::aaaa));
  ASSERT_TRUE(query) << query.error().message();
  EXPECT_EQ(query->id, 9);
  EXPECT_EQ(query->name, "www.example");
  EXPECT_EQ(query->type, DnsType::aaaa);
  EXPECT_TRUE(query->recursion_desired);
  EXPECT_TRUE(query->has_edns);
}

}  // namespace
}  // namespace aloft::network
