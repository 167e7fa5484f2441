// The shared checks, after k8s.io/apimachinery/pkg/util/validation and the helpers of the core group.
#include "model/kinds/field_checks.h"

#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/names.h"

namespace aloft::model {
namespace {

// An address in network order; IPv4 is told by the family.
struct Address {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string terminated(text);
  Address address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address.v6 = true;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

bool is_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto address = parse_address(text.substr(0, slash));
  const auto digits = text.substr(slash + 1);
  int bits = -1;
  const auto end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, bits);
  return address && error == std::errc() && stopped == end && bits >= 0 && bits <= (address->v6 ? 128 : 32);
}

bool all_zero(const Address& address, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (address.bytes[i] != 0) return false;
  }
  return true;
}

bool is_unspecified(const Address& a) { return all_zero(a, 0, a.v6 ? 16 : 4); }
bool is_loopback(const Address& a) {
  return a.v6 ? all_zero(a, 0, 15) && a.bytes[15] == 1 : a.bytes[0] == 127;
}
bool is_link_local(const Address& a) {
  return a.v6 ? a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0) == 0x80 : a.bytes[0] == 169 && a.bytes[1] == 254;
}
bool is_link_local_multicast(const Address& a) {
  return a.v6 ? a.bytes[0] == 0xff && (a.bytes[1] & 0x0f) == 2
              : a.bytes[0] == 224 && a.bytes[1] == 0 && a.bytes[2] == 0;
}

bool contains_text(std::initializer_list<std::string_view> texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

void add_invalid(FieldErrors& errors, const FieldPath& path, std::string_view value,
                 const std::vector<std::string>& messages) {
  for (const auto& message : messages) errors.invalid_string(path, value, message);
}

void expect_dns_label(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  add_invalid(errors, path, value, check_dns1123_label(value));
}
void expect_dns_subdomain(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  add_invalid(errors, path, value, check_dns1123_subdomain(value));
}
void expect_qualified_name(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  add_invalid(errors, path, value, check_qualified_name(value));
}
void expect_port_number(FieldErrors& errors, const FieldPath& path, std::int64_t port) {
  for (const auto& message : check_port_number(port)) errors.invalid_int(path, port, message);
}
void expect_port(FieldErrors& errors, const FieldPath& path, const IntOrString& port) {
  if (port.is_int()) return expect_port_number(errors, path, port.as_int());
  add_invalid(errors, path, port.as_string(), check_port_name(port.as_string()));
}
void expect_ip(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  add_invalid(errors, path, value, check_ip(value));
}
void expect_cidr(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  if (!is_cidr(value)) {
    errors.invalid_string(path, value, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
  }
}

void expect_ordinary_ip(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  const auto address = parse_address(value);
  if (!address) return errors.invalid_string(path, value, "must be a valid IP address");
  if (is_unspecified(*address)) {
    errors.invalid_string(path, value, fmt::format("may not be unspecified ({})", value));
  }
  if (is_loopback(*address)) {
    errors.invalid_string(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  }
  if (is_link_local(*address)) {
    errors.invalid_string(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  }
  if (is_link_local_multicast(*address)) {
    errors.invalid_string(path, value,
                          "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  }
}

bool is_ip(std::string_view text) { return parse_address(text).has_value(); }
bool is_ipv6(std::string_view text) {
  const auto address = parse_address(text.substr(0, text.find('/')));
  return address && address->v6;
}
bool are_dual_stack(std::string_view first, std::string_view second) {
  return is_ipv6(first) != is_ipv6(second);
}

void expect_not_negative(FieldErrors& errors, const FieldPath& path, std::int64_t value) {
  if (value < 0) errors.invalid_int(path, value, not_negative);
}
void expect_range(FieldErrors& errors, const FieldPath& path, std::int64_t value, std::int64_t lo,
                  std::int64_t hi) {
  if (value < lo || value > hi) {
    errors.invalid_int(path, value, fmt::format("must be between {} and {}, inclusive", lo, hi));
  }
}
void expect_one_of(FieldErrors& errors, const FieldPath& path, std::string_view value,
                   std::initializer_list<std::string_view> allowed) {
  if (contains_text(allowed, value)) return;
  errors.not_supported(path, value, std::vector<std::string>(allowed.begin(), allowed.end()));
}
void expect_choice(FieldErrors& errors, const FieldPath& path, std::string_view value,
                   std::initializer_list<std::string_view> allowed) {
  if (value.empty()) return errors.required(path);
  expect_one_of(errors, path, value, allowed);
}
void expect_file_mode(FieldErrors& errors, const FieldPath& path, const std::optional<std::int32_t>& mode) {
  if (mode && (*mode < 0 || *mode > 0777)) {
    errors.invalid_int(path, *mode, "must be a number between 0 and 0777 (octal), both inclusive");
  }
}

void expect_no_backsteps(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  for (std::string_view rest = value;;) {
    const auto slash = rest.find('/');
    if (rest.substr(0, slash) == "..") return errors.invalid_string(path, value, "must not contain '..'");
    if (slash == std::string_view::npos) return;
    rest.remove_prefix(slash + 1);
  }
}
void expect_descending_path(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  if (value.starts_with('/')) errors.invalid_string(path, value, "must be a relative path");
  expect_no_backsteps(errors, path, value);
}
void expect_local_path(FieldErrors& errors, const FieldPath& path, std::string_view value) {
  expect_descending_path(errors, path, value);
  if (value.starts_with("..") && !value.starts_with("../")) {
    errors.invalid_string(path, value, "must not start with '..'");
  }
}
void require(FieldErrors& errors, const FieldPath& path, std::string_view value, std::string_view detail) {
  if (value.empty()) errors.required(path, detail);
}

bool is_huge_page_resource(std::string_view name) { return name.starts_with("hugepages-"); }
bool is_native_resource(std::string_view name) {
  return name.find('/') == std::string_view::npos || name.find("kubernetes.io/") != std::string_view::npos;
}
bool is_extended_resource(std::string_view name) {
  if (is_native_resource(name) || name.starts_with("requests.")) return false;
  return check_qualified_name("requests." + std::string(name)).empty();
}
bool may_overcommit(std::string_view name) {
  return is_native_resource(name) && !is_huge_page_resource(name);
}

void expect_resource_amount(FieldErrors& errors, const FieldPath& path, std::string_view name,
                            const Quantity& amount) {
  if (amount.sign() < 0) errors.invalid_string(path, amount.to_string(), not_negative);
  const bool whole_only =
      is_extended_resource(name) ||
      contains_text({"pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps",
                     "persistentvolumeclaims", "services.nodeports", "services.loadbalancers"},
                    name);
  if (whole_only && amount != Quantity::from_units(amount.units())) {
    errors.invalid_string(path, amount.to_string(), "must be an integer");
  }
}

std::string list_text(const std::vector<std::string>& values) {
  std::string out;
  for (const auto& value : values) out.append(out.empty() ? "" : ", ").append(go_quote(value));
  return "[]string{" + out + "}";
}
std::string map_text(const std::map<std::string, std::string>& values) {
  std::string out;
  for (const auto& [key, value] : values) {
    out.append(out.empty() ? "" : ", ").append(go_quote(key)).append(":").append(go_quote(value));
  }
  return "map[string]string{" + out + "}";
}

}  // namespace aloft::model
