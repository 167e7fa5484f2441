// Records of the DNS by the system's resolver and its settings (/etc/resolv.conf).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace aloft::telemetry::scrape {

enum class DnsRecordType { srv, mx, ns };

struct DnsRecord {
  std::string target;      // without the dot at its end
  std::uint16_t port = 0;  // SRV
  auto operator<=>(const DnsRecord&) const = default;
};

// Sorted. Blocks. A name without such records gives none. Error: unavailable when nobody answers, naming the
// name.
Result<std::vector<DnsRecord>> look_up_records(const std::string& name, DnsRecordType type);
// The records of a message (RFC 1035, RFC 2782). Error: bad_request for damaged bytes.
Result<std::vector<DnsRecord>> read_dns_answer(std::span<const std::byte> message, DnsRecordType type);

}  // namespace aloft::telemetry::scrape
