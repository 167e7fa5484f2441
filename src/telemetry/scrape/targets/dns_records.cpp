// The C library's resolver asks and takes messages apart; names in them are expanded by it too.
#include "telemetry/scrape/targets/dns_records.h"

#include <algorithm>

#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

namespace aloft::telemetry::scrape {
namespace {

constexpr std::size_t message_limit_bytes = 64 * 1024;
constexpr std::size_t srv_fixed_bytes = 6;
constexpr std::size_t mx_fixed_bytes = 2;

ns_type wire_type(DnsRecordType type) {
  switch (type) {
    case DnsRecordType::srv:
      return ns_t_srv;
    case DnsRecordType::mx:
      return ns_t_mx;
    case DnsRecordType::ns:
      break;
  }
  return ns_t_ns;
}

bool read_record(const ns_msg& message, const ns_rr& raw, DnsRecordType type, DnsRecord& out) {
  const unsigned char* data = ns_rr_rdata(raw);
  const std::size_t length = ns_rr_rdlen(raw);
  std::size_t fixed = 0;
  if (type == DnsRecordType::srv) fixed = srv_fixed_bytes;
  if (type == DnsRecordType::mx) fixed = mx_fixed_bytes;
  if (length <= fixed) return false;
  if (type == DnsRecordType::srv) out.port = static_cast<std::uint16_t>(data[4] << 8 | data[5]);
  char name[NS_MAXDNAME];
  if (::ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), data + fixed, name, sizeof name) < 0)
    return false;
  out.target = name;
  while (out.target.ends_with('.')) out.target.pop_back();
  return true;
}

// The resolver's state is this call's own, so that threads do not meet.
struct Resolver {
  Resolver() : ready(::res_ninit(&state) == 0) {}
  Resolver(const Resolver&) = delete;
  ~Resolver() {
    if (ready) ::res_nclose(&state);
  }
  struct __res_state state{};
  bool ready;
};

}  // namespace

Result<std::vector<DnsRecord>> read_dns_answer(std::span<const std::byte> bytes, DnsRecordType type) {
  ns_msg message;
  const auto damaged = [] { return fail(Code::bad_request, "the answer of the DNS is damaged"); };
  if (bytes.size() > message_limit_bytes ||
      ::ns_initparse(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()),
                     &message) != 0)
    return damaged();
  std::vector<DnsRecord> out;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr raw;
    if (::ns_parserr(&message, ns_s_an, i, &raw) != 0) return damaged();
    if (ns_rr_type(raw) != wire_type(type)) continue;  // an alias on the way
    if (!read_record(message, raw, type, out.emplace_back())) return damaged();
  }
  std::ranges::sort(out);
  return out;
}

Result<std::vector<DnsRecord>> look_up_records(const std::string& name, DnsRecordType type) {
  Resolver resolver;
  if (!resolver.ready) return fail(Code::unavailable, fmt::format("look up {}: there is no resolver", name));
  std::vector<std::byte> answer(message_limit_bytes);
  const int length =
      ::res_nsearch(&resolver.state, name.c_str(), ns_c_in, wire_type(type),
                    reinterpret_cast<unsigned char*>(answer.data()), static_cast<int>(answer.size()));
  if (length < 0) {
    const int why = resolver.state.res_h_errno;
    if (why == HOST_NOT_FOUND || why == NO_DATA) return std::vector<DnsRecord>();
    return fail(Code::unavailable, fmt::format("look up {}: {}", name, ::hstrerror(why)));
  }
  const std::size_t held = std::min(answer.size(), static_cast<std::size_t>(length));
  return read_dns_answer(std::span(answer).first(held), type);
}

}  // namespace aloft::telemetry::scrape
