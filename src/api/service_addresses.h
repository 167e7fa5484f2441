// The addresses and node ports of services: who has which, handed out once. Kept in memory and rebuilt from
// the stored services at start, since every service is written through this process.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace aloft::api {

struct ServiceAddressSettings {
  std::string range = "10.96.0.0/16";  // IPv4; the first address is the API's own service
  std::int32_t first_node_port = 30000;
  std::int32_t last_node_port = 32767;
};

// Lives on the API's loop.
class ServiceAddresses {
 public:
  // Error: invalid, naming the range.
  static Result<ServiceAddresses> make(ServiceAddressSettings settings, Random& random);

  // A free address, or the one asked for. Errors say why in upstream's words: "provided IP is already
  // allocated".
  Result<std::string> take_address(std::string_view wanted);
  void give_back_address(std::string_view address);
  Result<std::int32_t> take_port(std::int32_t wanted);
  void give_back_port(std::int32_t port);

  // The n-th address of the range: 1 is the API's service, 10 the DNS.
  std::string address_at(std::uint32_t index) const;
  const ServiceAddressSettings& settings() const { return settings_; }

 private:
  ServiceAddresses(ServiceAddressSettings settings, Random& random, std::uint32_t base, std::uint32_t count)
      : settings_(std::move(settings)), random_(&random), base_(base), count_(count) {}
  ServiceAddressSettings settings_;
  Random* random_;
  std::uint32_t base_;   // the range's own address
  std::uint32_t count_;  // addresses in the range
  std::set<std::uint32_t> addresses_;
  std::set<std::int32_t> ports_;
};

}  // namespace aloft::api
