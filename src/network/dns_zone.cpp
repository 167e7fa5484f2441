// Records of services and endpoints by name, and answers from them.
#include "network/dns_zone.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>

#include <arpa/inet.h>

#include "base/text.h"
#include "network/ipv4.h"

namespace aloft::network {
namespace {

using core::v1::Service;
using discovery::v1::Endpoint;
using discovery::v1::EndpointSlice;

constexpr std::size_t answer_limit = 2000;  // records of one answer; more do not fit into a message
constexpr int alias_limit = 8;              // of aliases for aliases

DnsRecord address_record(const std::string& name, const std::string& address) {
  DnsRecord record;
  record.name = name;
  record.type = is_ipv4(address) ? DnsType::a : DnsType::aaaa;
  record.data = address;
  return record;
}

// "4.3.2.1.in-addr.arpa" of 1.2.3.4, and the nibbles of an IPv6 address; empty for other texts.
std::string reverse_name(const std::string& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    return fmt::format("{}.{}.{}.{}.in-addr.arpa", bytes[3], bytes[2], bytes[1], bytes[0]);
  }
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return {};
  std::string name;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    name += fmt::format("{:x}.{:x}.", *byte & 15, *byte >> 4);
  }
  return name + "ip6.arpa";
}

DnsRecord service_record(std::string name, std::int32_t port, const std::string& target) {
  DnsRecord record;
  record.name = std::move(name);
  record.type = DnsType::srv;
  record.data = target;
  record.port = static_cast<std::uint16_t>(port);
  return record;
}

// A port is found by its name and, beside all others of the service, at the service.
std::vector<DnsRecord> port_records(const std::string& service, const std::string& port_name,
                                    const std::string& protocol, std::int32_t port,
                                    const std::string& target) {
  std::vector<DnsRecord> records(1, service_record(service, port, target));
  if (port_name.empty()) return records;
  const std::string label = lower(protocol.empty() ? "TCP" : protocol);
  records.push_back(service_record(fmt::format("_{}._{}.{}", port_name, label, service), port, target));
  return records;
}

// A hundred is shared among all, of which none may be left without any.
void share_weight(std::vector<DnsRecord>& answers) {
  const auto is_service = [](const DnsRecord& record) { return record.type == DnsType::srv; };
  const auto count = std::ranges::count_if(answers, is_service);
  for (DnsRecord& record : answers) {
    if (is_service(record))
      record.weight = static_cast<std::uint16_t>(std::max<std::ptrdiff_t>(1, 100 / count));
  }
}

// An endpoint without a host name is known by its address: 10-244-0-5.
std::string endpoint_label(const Endpoint& endpoint) {
  if (endpoint.hostname && !endpoint.hostname->empty()) return lower(*endpoint.hostname);
  std::string label = endpoint.addresses.front();
  for (char& c : label) {
    if (c == '.' || c == ':') c = '-';
  }
  return label;
}

}  // namespace

DnsZone::DnsZone(std::string_view domain) : domain_(lower(domain)) {
  DnsRecord version;
  version.name = "dns-version." + domain_;
  version.type = DnsType::txt;
  version.data = "1.1.0";
  add_record(std::move(version));
}

DnsZone DnsZone::unknown(std::string_view domain) {
  DnsZone zone(domain);
  zone.known_ = false;
  return zone;
}

bool DnsZone::is_ours(std::string_view name) const {
  if (!name.ends_with(domain_)) return false;
  return name.size() == domain_.size() || name[name.size() - domain_.size() - 1] == '.';
}

void DnsZone::add_name(std::string_view name) {
  // Every name above an existing one exists too, down to the domain.
  while (name.size() > domain_.size() && name.ends_with(domain_)) {
    if (!names_.emplace(name).second) return;
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return;
    name.remove_prefix(dot + 1);
  }
}

void DnsZone::add_record(DnsRecord record) {
  add_name(record.name);
  auto& list = records_[record.name];
  if (std::ranges::find(list, record) == list.end()) list.push_back(std::move(record));
}

void DnsZone::add_pointer(const std::string& address, const std::string& target) {
  DnsRecord record;
  record.name = reverse_name(address);
  record.type = DnsType::ptr;
  record.data = target;
  if (!record.name.empty()) add_record(std::move(record));
}

void DnsZone::add_namespace(std::string_view name) {
  add_name(fmt::format("{}.svc.{}", name, domain_));
  add_name(fmt::format("{}.pod.{}", name, domain_));
}

void DnsZone::add_headless(const std::string& name, const Service& service,
                           const std::vector<const EndpointSlice*>& slices) {
  const bool all = service.spec.publishNotReadyAddresses;
  // The lists of a large service are long; looking through them for each record would take its square.
  std::set<std::tuple<std::string, DnsType, std::string, std::uint16_t>> known;
  const auto add_once = [&](DnsRecord record) {
    if (!known.emplace(record.name, record.type, record.data, record.port).second) return;
    add_name(record.name);
    records_[record.name].push_back(std::move(record));
  };
  for (const EndpointSlice* slice : slices) {
    if (slice->addressType == "FQDN") continue;
    for (const Endpoint& endpoint : slice->endpoints) {
      if (endpoint.addresses.empty() || (!all && !endpoint.conditions.ready.value_or(true))) continue;
      const std::string host = endpoint_label(endpoint) + "." + name;
      for (const std::string& address : endpoint.addresses) {
        add_once(address_record(name, address));
        add_record(address_record(host, address));
        add_pointer(address, host);
      }
      for (const auto& port : slice->ports) {
        if (!port.port) continue;
        const std::string protocol = port.protocol.value_or("TCP");
        for (DnsRecord& record : port_records(name, port.name.value_or(""), protocol, *port.port, host))
          add_once(std::move(record));
      }
    }
  }
}

// Pods that chose a host name are known by it beside a service with an address too.
void DnsZone::add_named_endpoints(const std::string& name, const EndpointSlice& slice) {
  if (slice.addressType == "FQDN") return;
  for (const Endpoint& endpoint : slice.endpoints) {
    const bool named = endpoint.hostname && !endpoint.hostname->empty();
    if (!named || !endpoint.conditions.ready.value_or(true)) continue;
    const std::string host = endpoint_label(endpoint) + "." + name;
    for (const std::string& address : endpoint.addresses) add_record(address_record(host, address));
  }
}

void DnsZone::add(const Service& service, const std::vector<const EndpointSlice*>& slices) {
  const std::string name =
      fmt::format("{}.{}.svc.{}", service.metadata.name, service.metadata.namespace_, domain_);
  if (service.spec.type == "ExternalName") {
    DnsRecord alias;
    alias.name = name;
    alias.type = DnsType::cname;
    alias.data = lower(service.spec.externalName);
    if (alias.data.ends_with('.')) alias.data.pop_back();
    add_record(std::move(alias));
    return;
  }
  if (service.spec.clusterIP == "None") {
    add_headless(name, service, slices);
    return;
  }
  if (service.spec.clusterIP.empty()) return;
  std::vector<std::string> addresses = service.spec.clusterIPs;
  if (addresses.empty()) addresses.push_back(service.spec.clusterIP);
  for (const std::string& address : addresses) {
    add_record(address_record(name, address));
    add_pointer(address, name);
  }
  for (const auto& port : service.spec.ports) {
    for (DnsRecord& record : port_records(name, port.name, port.protocol, port.port, name))
      add_record(std::move(record));
  }
  for (const EndpointSlice* slice : slices) add_named_endpoints(name, *slice);
}

std::optional<DnsAnswer> DnsZone::answer_pod(std::string_view name, DnsType type) const {
  // 10-244-0-5.ns.pod.cluster.local says its address itself.
  const std::string suffix = ".pod." + domain_;
  if (!name.ends_with(suffix)) return std::nullopt;
  const std::string_view rest = name.substr(0, name.size() - suffix.size());
  const std::size_t dot = rest.find('.');
  if (dot == std::string_view::npos || rest.find('.', dot + 1) != std::string_view::npos) return std::nullopt;
  if (!names_.contains(name.substr(dot + 1))) return std::nullopt;
  std::string address(rest.substr(0, dot));
  std::ranges::replace(address, '-', '.');
  if (!is_ipv4(address)) return std::nullopt;
  DnsAnswer answer;
  answer.zone = domain_;
  if (type == DnsType::a || type == DnsType::any)
    answer.answers.push_back(address_record(std::string(name), address));
  return answer;
}

void DnsZone::answer_records(std::string_view name, DnsType type, DnsAnswer& answer) const {
  std::string alias(name);
  for (int hops = 0; hops <= alias_limit; ++hops) {
    const auto found = records_.find(alias);
    if (found == records_.end()) {
      if (hops > 0 && is_ours(alias) && !names_.contains(alias)) answer.status = DnsStatus::no_such_name;
      return;
    }
    alias.clear();
    for (const DnsRecord& record : found->second) {
      if (answer.answers.size() >= answer_limit) break;
      const bool is_alias = record.type == DnsType::cname;
      if (record.type != type && type != DnsType::any && !is_alias) continue;
      answer.answers.push_back(record);
      if (is_alias && type != DnsType::cname && type != DnsType::any) alias = record.data;
      if (record.type != DnsType::srv) continue;
      // What the target means spares the client a second question.
      const auto target = records_.find(record.data);
      if (target == records_.end()) continue;
      std::ranges::copy_if(target->second, std::back_inserter(answer.additional), [](const DnsRecord& more) {
        return more.type == DnsType::a || more.type == DnsType::aaaa;
      });
    }
    if (alias.empty()) return;
  }
}

std::optional<DnsAnswer> DnsZone::answer(std::string_view name, DnsType type) const {
  const bool ours = is_ours(name);
  const bool has_records = records_.contains(name);
  if (!ours && !has_records) return std::nullopt;
  DnsAnswer answer;
  if (ours) answer.zone = domain_;
  if (!known_) {
    answer.status = DnsStatus::server_failure;
    answer.zone.clear();
    return answer;
  }
  if (has_records) {
    answer_records(name, type, answer);
    share_weight(answer.answers);
    return answer;
  }
  if (auto pod = answer_pod(name, type)) return pod;
  if (name != domain_ && !names_.contains(name)) answer.status = DnsStatus::no_such_name;
  return answer;
}

}  // namespace aloft::network
