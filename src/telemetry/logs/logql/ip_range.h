// Addresses as LogQL's ip() takes them: one address, a network (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9),
// of either version.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace aloft::telemetry::logs::logql {

// A value.
class IpRange {
 public:
  // Error: invalid, naming the text.
  static Result<IpRange> parse(std::string_view text);
  // Whether an address within the range stands somewhere in the text.
  bool occurs_in(std::string_view text) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  bool contains(int family, const Bytes& address) const;
  int family_ = 0;
  Bytes first_{}, last_{};
};

}  // namespace aloft::telemetry::logs::logql
