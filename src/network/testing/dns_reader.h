// A second reader of DNS messages, written apart from the product's and as plainly as possible, so that what
// the product writes is checked by somebody else's understanding of RFC 1035.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::network {

struct ReadRecord {
  std::string name;
  std::uint16_t type = 0;
  std::uint32_t ttl = 0;
  std::string data;  // "10.0.0.1", a name, "priority weight port target", a text; else the bytes
  bool operator==(const ReadRecord&) const = default;
};

struct ReadMessage {
  bool good = false;  // every byte was understood and none was left over
  std::uint16_t id = 0;
  bool answer = false;
  bool authoritative = false;
  bool truncated = false;
  bool recursion_desired = false;
  int status = 0;  // with the upper bits of EDNS
  bool edns = false;
  std::string question;  // in the letters of the message
  std::uint16_t question_type = 0;
  std::vector<ReadRecord> answers;
  std::vector<ReadRecord> authorities;
  std::vector<ReadRecord> additional;  // without EDNS
};

ReadMessage read_message(std::string_view bytes);

// A query as clients write it. `edns_size` 0: without EDNS.
std::string make_query(std::uint16_t id, std::string_view name, std::uint16_t type,
                       std::uint16_t edns_size = 0);

}  // namespace aloft::network
