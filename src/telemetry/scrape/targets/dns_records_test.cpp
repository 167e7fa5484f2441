// Answers of the DNS as they come over the wire.
#include "telemetry/scrape/targets/dns_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aloft::telemetry::scrape {
namespace {

// A header with so many answers, no question.
std::string header(int answers) {
  return std::string("\0\1\x81\x80\0\0\0", 7) + static_cast<char>(answers) + std::string(4, '\0');
}
std::string name(std::initializer_list<std::string_view> labels) {
  std::string out;
  for (const std::string_view label : labels) {
    out += static_cast<char>(label.size());
    out += label;
  }
  return out + '\0';
}
std::string record(int type, std::string data) {
  std::string out = name({"s", "local"});
  out += std::string("\0", 1) + static_cast<char>(type) + std::string("\0\1\0\0\0\x3c", 6);
  out += static_cast<char>(data.size() >> 8);
  out += static_cast<char>(data.size());
  return out + data;
}
std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(DnsRecords, services_have_targets_and_ports) {
  const std::string message =
      header(3) + record(33, std::string("\0\1\0\2\x1f\x90", 6) + name({"b", "local"})) +
      record(33, std::string("\0\1\0\2\0\x50", 6) + name({"a", "local"})) + record(5, name({"x", "local"}));
  const auto records = read_dns_answer(bytes(message), DnsRecordType::srv);
  ASSERT_TRUE(records) << records.error().message();
  EXPECT_THAT(*records, ::testing::ElementsAre(DnsRecord{"a.local", 80}, DnsRecord{"b.local", 8080}));
}

TEST(DnsRecords, mail_exchangers_and_name_servers_have_targets) {
  const std::string mail = header(1) + record(15, std::string("\0\12", 2) + name({"mx", "local"}));
  EXPECT_THAT(*read_dns_answer(bytes(mail), DnsRecordType::mx),
              ::testing::ElementsAre(DnsRecord{"mx.local", 0}));
  const std::string server = header(1) + record(2, name({"ns", "local"}));
  EXPECT_THAT(*read_dns_answer(bytes(server), DnsRecordType::ns),
              ::testing::ElementsAre(DnsRecord{"ns.local", 0}));
}

TEST(DnsRecords, every_prefix_of_an_answer_is_an_error) {
  const std::string message = header(1) + record(33, std::string("\0\1\0\2\0\x50", 6) + name({"a", "local"}));
  for (std::size_t length = 0; length < message.size(); ++length)
    EXPECT_FALSE(read_dns_answer(bytes(message).first(length), DnsRecordType::srv)) << length;
  // A record whose data end before its name.
  EXPECT_FALSE(read_dns_answer(bytes(header(1) + record(33, "short")), DnsRecordType::srv));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
