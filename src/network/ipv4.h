// Telling IPv4 addresses from others. For this module's sources only.
#pragma once

#include <string>

#include <arpa/inet.h>

namespace aloft::network {

inline bool is_ipv4(const std::string& text) {
  in_addr scratch{};
  return inet_pton(AF_INET, text.c_str(), &scratch) == 1;
}

}  // namespace aloft::network
