// Sets of addresses and ports, given out at random so that freed ones rest for a while.
#include "api/service_addresses.h"

#include <charconv>

#include <arpa/inet.h>

namespace aloft::api {
namespace {

// Addresses and ports below this index are given out only when asked for or when nothing else is left, so
// that people can choose fixed ones there.
constexpr std::uint32_t reserved_addresses = 256;
constexpr std::int32_t reserved_ports = 86;
constexpr int random_attempts = 32;

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  in_addr address{};
  const std::string copy(text);
  if (inet_pton(AF_INET, copy.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

std::string print_ipv4(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

}  // namespace

Result<ServiceAddresses> ServiceAddresses::make(ServiceAddressSettings settings, Random& random) {
  const std::string_view range = settings.range;
  const std::size_t slash = range.find('/');
  const auto address = parse_ipv4(range.substr(0, slash));
  unsigned bits = 0;
  const bool has_bits =
      slash != std::string_view::npos &&
      std::from_chars(range.data() + slash + 1, range.data() + range.size(), bits).ec == std::errc();
  if (!address || !has_bits || bits < 12 || bits > 28) {
    return fail(
        Code::invalid,
        fmt::format(
            "service address range {}: expected an IPv4 range between /12 and /28, such as 10.96.0.0/16",
            range));
  }
  const std::uint32_t count = std::uint32_t{1} << (32 - bits);
  return ServiceAddresses(std::move(settings), random, *address & ~(count - 1), count);
}

std::string ServiceAddresses::address_at(std::uint32_t index) const { return print_ipv4(base_ + index); }

Result<std::string> ServiceAddresses::take_address(std::string_view wanted) {
  if (!wanted.empty()) {
    const auto address = parse_ipv4(wanted);
    // The range's own address and the last one stay free, as in any network.
    if (!address || *address <= base_ || *address >= base_ + count_ - 1) {
      return fail(
          Code::invalid,
          fmt::format(
              "failed to allocate IP {}: the provided IP ({}) is not in the valid range. The range of valid "
              "IPs is {}",
              wanted, wanted, settings_.range));
    }
    if (!addresses_.insert(*address).second) {
      return fail(Code::invalid,
                  fmt::format("failed to allocate IP {}: provided IP is already allocated", wanted));
    }
    return std::string(wanted);
  }
  // Small ranges have no part that is kept for addresses that are asked for.
  const std::uint32_t low = count_ > 2 * reserved_addresses ? reserved_addresses : 1;
  for (int attempt = 0; attempt < random_attempts; ++attempt) {
    const std::uint32_t address = base_ + low + static_cast<std::uint32_t>(random_->below(count_ - 1 - low));
    if (addresses_.insert(address).second) return print_ipv4(address);
  }
  for (std::uint32_t index = count_ - 2; index >= 1; --index) {
    if (addresses_.insert(base_ + index).second) return print_ipv4(base_ + index);
  }
  return fail(Code::internal, "failed to allocate a serviceIP: range is full");
}

void ServiceAddresses::give_back_address(std::string_view address) {
  if (const auto number = parse_ipv4(address)) addresses_.erase(*number);
}

Result<std::int32_t> ServiceAddresses::take_port(std::int32_t wanted) {
  const std::int32_t first = settings_.first_node_port;
  const std::int32_t last = settings_.last_node_port;
  if (wanted != 0) {
    if (wanted < first || wanted > last) {
      return fail(Code::invalid,
                  fmt::format("provided port is not in the valid range. The range of valid ports is {}-{}",
                              first, last));
    }
    if (!ports_.insert(wanted).second) return fail(Code::invalid, "provided port is already allocated");
    return wanted;
  }
  const std::int32_t low = last - first > 2 * reserved_ports ? first + reserved_ports : first;
  const std::uint64_t count = static_cast<std::uint64_t>(last - low) + 1;
  for (int attempt = 0; attempt < random_attempts; ++attempt) {
    const std::int32_t port = low + static_cast<std::int32_t>(random_->below(count));
    if (ports_.insert(port).second) return port;
  }
  for (std::int32_t port = last; port >= first; --port) {
    if (ports_.insert(port).second) return port;
  }
  return fail(Code::internal, "failed to allocate a nodePort: range is full");
}

void ServiceAddresses::give_back_port(std::int32_t port) { ports_.erase(port); }

}  // namespace aloft::api
