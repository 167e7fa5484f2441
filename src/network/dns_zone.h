// What the names of the cluster mean, by the rules of Kubernetes' DNS specification 1.1: services, their
// ports, the endpoints of headless services, pods by address, and the way back from addresses. Built from the
// services as they stand and then only read.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "network/dns_message.h"

namespace aloft::network {

// Immutable once filled. Names are lower case, without the last dot.
class DnsZone {
 public:
  explicit DnsZone(std::string_view domain);
  // A zone of which nothing is known yet: its names get a failure, so that clients ask again instead of
  // believing that there is no such name.
  static DnsZone unknown(std::string_view domain);
  void add(const core::v1::Service& service, const std::vector<const discovery::v1::EndpointSlice*>& slices);
  void add_namespace(std::string_view name);

  // The answer to a question about the cluster; nullopt for names that are somebody else's. The answer may
  // end with an alias (CNAME) for such a name, which is then to be looked up elsewhere.
  std::optional<DnsAnswer> answer(std::string_view name, DnsType type) const;
  // True for the domain and every name below it.
  bool is_ours(std::string_view name) const;
  const std::string& domain() const { return domain_; }

 private:
  void add_record(DnsRecord record);
  void add_headless(const std::string& service_name, const core::v1::Service& service,
                    const std::vector<const discovery::v1::EndpointSlice*>& slices);
  void add_named_endpoints(const std::string& service_name, const discovery::v1::EndpointSlice& slice);
  void add_pointer(const std::string& address, const std::string& target);
  void add_name(std::string_view name);
  std::optional<DnsAnswer> answer_pod(std::string_view name, DnsType type) const;

  // Appends to `answer` what a name or the alias that it is means for questions of this type.
  void answer_records(std::string_view name, DnsType type, DnsAnswer& answer) const;

  std::string domain_;
  bool known_ = true;
  std::map<std::string, std::vector<DnsRecord>, std::less<>> records_;
  std::set<std::string, std::less<>> names_;  // that exist, with or without records
};

}  // namespace aloft::network
