// DNS messages (RFC 1035, RFC 6891): reading queries that anybody may send, and writing answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::network {

inline constexpr std::size_t dns_header_bytes = 12;
inline constexpr std::uint16_t dns_class_internet = 1;

enum class DnsType : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  srv = 33,
  any = 255
};
enum class DnsStatus : std::uint8_t {
  ok = 0,
  malformed = 1,
  server_failure = 2,
  no_such_name = 3,
  not_implemented = 4,
  refused = 5,
  bad_version = 16  // of EDNS
};

// A query as received. Names are lower case, without the last dot; "" is the root.
struct DnsQuery {
  std::uint16_t id = 0;
  bool recursion_desired = false;
  std::string name;
  std::string
      asked;  // the name in the client's own letters, which some check in the answer; empty: as `name`
  DnsType type = DnsType::a;
  std::uint16_t class_ = 1;
  std::size_t answer_limit = 512;  // what the client takes over UDP
  bool has_edns = false;
  std::uint8_t edns_version = 0;
};
// Error: bad_request.
Result<DnsQuery> read_dns_query(std::string_view message);
// What to answer to a message that read_dns_query() refuses. Empty: nothing, since an answer to an answer
// would go on for ever.
std::string refuse_dns_message(std::string_view message);
// The question for `name` and `type`, to be sent to another server, with recursion and an EDNS size.
std::string write_dns_question(std::uint16_t id, std::string_view name, DnsType type);

// One record of an answer; data by type: an address as text for A and AAAA, a name for CNAME, PTR and NS,
// text for TXT.
struct DnsRecord {
  std::string name;
  DnsType type = DnsType::a;
  std::uint32_t ttl_seconds = 5;
  std::string data;
  std::uint16_t priority = 0;  // SRV
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  bool operator==(const DnsRecord&) const = default;
};

struct DnsAnswer {
  DnsStatus status = DnsStatus::ok;
  bool authoritative = true;
  std::vector<DnsRecord> answers;
  std::vector<DnsRecord> additional;
  std::string zone;  // for the SOA of a negative answer; empty: none
};
// At most `limit_bytes`; what does not fit is left out and the answer marked truncated.
std::string write_dns_answer(const DnsQuery& query, const DnsAnswer& answer, std::size_t limit_bytes);

// What another server answered: its status and those of its records that are addresses or aliases. Error:
// bad_request.
struct DnsReply {
  DnsStatus status = DnsStatus::ok;
  bool truncated = false;
  std::vector<DnsRecord> answers;
};
Result<DnsReply> read_dns_reply(std::string_view message);

}  // namespace aloft::network
