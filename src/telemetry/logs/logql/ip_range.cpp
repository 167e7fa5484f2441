// Parsing addresses and finding them in text.
#include "telemetry/logs/logql/ip_range.h"

#include <charconv>
#include <cstring>
#include <string>

#include <arpa/inet.h>

namespace aloft::telemetry::logs::logql {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

// AF_INET, AF_INET6 or 0.
int parse_address(std::string_view text, Bytes& address) {
  address = {};
  if (text.empty() || text.size() > 45) return 0;
  std::array<char, 48> ended{};
  std::memcpy(ended.data(), text.data(), text.size());
  if (::inet_pton(AF_INET, ended.data(), address.data()) == 1) return AF_INET;
  if (::inet_pton(AF_INET6, ended.data(), address.data()) == 1) return AF_INET6;
  return 0;
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_address_byte(char c) { return is_hex(c) || c == '.' || c == ':'; }

}  // namespace

Result<IpRange> IpRange::parse(std::string_view text) {
  const auto wrong = [&] {
    return fail(Code::invalid,
                fmt::format("ip: invalid pattern '{}': an address, a network or a range is expected", text));
  };
  IpRange out;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    out.family_ = parse_address(text.substr(0, dash), out.first_);
    if (out.family_ == 0 || parse_address(text.substr(dash + 1), out.last_) != out.family_ ||
        out.last_ < out.first_)
      return wrong();
    return out;
  }
  const std::size_t slash = text.find('/');
  out.family_ = parse_address(text.substr(0, slash), out.first_);
  if (out.family_ == 0) return wrong();
  const unsigned width = out.family_ == AF_INET ? 32 : 128;
  unsigned bits = width;
  if (slash != std::string_view::npos) {
    const std::string_view length = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (error != std::errc() || end != length.data() + length.size() || bits > width) return wrong();
  }
  out.last_ = out.first_;
  for (unsigned bit = bits; bit < width; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80u >> (bit % 8));
    out.first_[bit / 8] = static_cast<std::uint8_t>(out.first_[bit / 8] & ~mask);
    out.last_[bit / 8] = static_cast<std::uint8_t>(out.last_[bit / 8] | mask);
  }
  return out;
}

bool IpRange::contains(int family, const Bytes& address) const {
  return family == family_ && first_ <= address && address <= last_;
}

bool IpRange::occurs_in(std::string_view text) const {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_address_byte(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_address_byte(text[end])) ++end;
    std::string_view word = text.substr(at, end - at);
    at = end;
    Bytes address;
    // A port or a full stop may stand behind the address, a colon before it.
    for (;;) {
      if (const int family = parse_address(word, address); family != 0) {
        if (contains(family, address)) return true;
        break;
      }
      const std::size_t cut = word.find_last_of(".:");
      if (cut == std::string_view::npos) break;
      word = word.substr(0, cut);
    }
  }
  return false;
}

}  // namespace aloft::telemetry::logs::logql
