// Syntax rules as plain scans over the text; the words around them are what clients of Kubernetes know.
#include "model/names.h"

#include <algorithm>
#include <initializer_list>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/text.h"

namespace aloft::model {
namespace {

using Messages = std::vector<std::string>;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_lower_or_digit(char c) { return is_lower(c) || is_digit(c); }
bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }

template <class Test>
bool all(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

bool is_label(std::string_view text) {
  return !text.empty() && is_lower_or_digit(text.front()) && is_lower_or_digit(text.back()) &&
         all(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_subdomain(std::string_view text) {
  for (std::size_t start = 0;;) {
    const std::size_t dot = text.find('.', start);
    if (!is_label(text.substr(start, dot - start))) return false;
    if (dot == std::string_view::npos) return true;
    start = dot + 1;
  }
}

// What the name part of a label key and a label's value have in common.
bool is_label_text(std::string_view text) {
  return !text.empty() && is_letter_or_digit(text.front()) && is_letter_or_digit(text.back()) &&
         all(text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

std::string too_long(std::size_t limit) { return fmt::format("must be no more than {} characters", limit); }

std::string pattern_message(std::string_view rule, std::string_view pattern,
                            std::initializer_list<std::string_view> examples) {
  std::string out(rule);
  out += " (e.g. ";
  bool first = true;
  for (const auto example : examples) {
    fmt::format_to(std::back_inserter(out), "{}'{}', ", first ? "" : " or ", example);
    first = false;
  }
  fmt::format_to(std::back_inserter(out), "regex used for validation is '{}')", pattern);
  return out;
}

std::string qualified_name_message() {
  return pattern_message(
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
      "character",
      "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", {"MyName", "my.name", "123-abc"});
}

void check_not_a_directory(std::string_view text, Messages& out) {
  if (text == ".") {
    out.emplace_back("must not be '.'");
  } else if (text == "..") {
    out.emplace_back("must not be '..'");
  } else if (text.starts_with("..")) {
    out.emplace_back("must not start with '..'");
  }
}

// Four decimal numbers; leading zeros are allowed, as they always were in these fields.
bool is_ipv4_text(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t end = part < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos || end == 0) return false;
    int value = 0;
    for (const char c : text.substr(0, end)) {
      if (!is_digit(c)) return false;
      value = value * 10 + (c - '0');
      if (value > 255) return false;
    }
    text.remove_prefix(part < 3 ? end + 1 : end);
  }
  return text.empty();
}

bool is_ipv6_text(std::string_view text) {
  constexpr std::size_t longest = 64;
  if (text.size() > longest || text.find('\0') != std::string_view::npos) return false;
  in6_addr address;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string plain(text);
  if (text.find('.', colon) != std::string_view::npos) {
    // An IPv4 address in the last 32 bits, whose leading zeros the C library would refuse.
    if (!is_ipv4_text(text.substr(colon + 1))) return false;
    plain = std::string(text.substr(0, colon + 1)) + "0.0.0.0";
  }
  return inet_pton(AF_INET6, plain.c_str(), &address) == 1;
}

}  // namespace

Messages check_dns1123_label(std::string_view text) {
  Messages out;
  if (text.size() > 63) out.push_back(too_long(63));
  if (!is_label(text)) {
    if (is_subdomain(text)) {
      out.emplace_back("must not contain dots");
    } else {
      out.push_back(pattern_message(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
          "and must start and end with an alphanumeric character",
          "[a-z0-9]([-a-z0-9]*[a-z0-9])?", {"my-name", "123-abc"}));
    }
  }
  return out;
}

Messages check_dns1123_subdomain(std::string_view text) {
  Messages out;
  if (text.size() > 253) out.push_back(too_long(253));
  if (!is_subdomain(text)) {
    out.push_back(pattern_message(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
        "and must start and end with an alphanumeric character",
        "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", {"example.com"}));
  }
  return out;
}

Messages check_dns1035_label(std::string_view text) {
  Messages out;
  if (text.size() > 63) out.push_back(too_long(63));
  if (!is_label(text) || !is_lower(text.front())) {
    out.push_back(pattern_message(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with "
        "an alphabetic character, and end with an alphanumeric character",
        "[a-z]([-a-z0-9]*[a-z0-9])?", {"my-name", "abc-123"}));
  }
  return out;
}

Messages check_qualified_name(std::string_view text) {
  Messages out;
  std::string_view name = text;
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view prefix = text.substr(0, slash);
    name = text.substr(slash + 1);
    if (name.find('/') != std::string_view::npos) {
      out.push_back("a qualified name " + qualified_name_message() +
                    " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
      return out;
    }
    if (prefix.empty()) {
      out.emplace_back("prefix part must be non-empty");
    } else {
      for (const auto& message : check_dns1123_subdomain(prefix)) out.push_back("prefix part " + message);
    }
  }
  if (name.empty()) {
    out.emplace_back("name part must be non-empty");
  } else if (name.size() > 63) {
    out.push_back("name part " + too_long(63));
  }
  if (!is_label_text(name)) out.push_back("name part " + qualified_name_message());
  return out;
}

Messages check_label_value(std::string_view text) {
  Messages out;
  if (text.size() > 63) out.push_back(too_long(63));
  if (!text.empty() && !is_label_text(text)) {
    out.push_back(pattern_message(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
        "'.', and must start and end with an alphanumeric character",
        "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", {"MyValue", "my_value", "12345"}));
  }
  return out;
}

Messages check_config_map_key(std::string_view text) {
  Messages out;
  if (text.size() > 253) out.push_back(too_long(253));
  if (text.empty() ||
      !all(text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; })) {
    out.push_back(
        pattern_message("a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
                        "[-._a-zA-Z0-9]+", {"key.name", "KEY_NAME", "key-name"}));
  }
  check_not_a_directory(text, out);
  return out;
}

Messages check_env_var_name(std::string_view text) {
  Messages out;
  if (text.empty()) out.emplace_back("environment variable name must be non-empty");
  if (!all(text, [](char c) { return c >= ' ' && c <= '~' && c != '='; })) {
    out.emplace_back(
        "a valid environment variable name must consist only of printable ASCII characters other than '='");
  }
  return out;
}

Messages check_port_name(std::string_view text) {
  Messages out;
  if (text.size() > 15) out.push_back(too_long(15));
  if (text.empty() || !all(text, [](char c) { return is_lower_or_digit(c) || c == '-'; })) {
    out.emplace_back("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (std::none_of(text.begin(), text.end(), is_lower))
    out.emplace_back("must contain at least one letter (a-z)");
  if (text.find("--") != std::string_view::npos) out.emplace_back("must not contain consecutive hyphens");
  if (text.starts_with('-') || text.ends_with('-')) out.emplace_back("must not begin or end with a hyphen");
  return out;
}

Messages check_port_number(std::int64_t port) {
  if (port >= 1 && port <= 65535) return {};
  return {"must be between 1 and 65535, inclusive"};
}

Messages check_ip(std::string_view text) {
  if (is_ipv4_text(text) || is_ipv6_text(text)) return {};
  return {"must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"};
}

Messages check_path_segment_name(std::string_view text) {
  if (text == "." || text == "..") return {fmt::format("may not be '{}'", text)};
  Messages out;
  for (const char c : {'/', '%'}) {
    if (text.find(c) != std::string_view::npos) out.push_back(fmt::format("may not contain '{}'", c));
  }
  return out;
}

Messages check_http_header_name(std::string_view text) {
  if (!text.empty() && all(text, [](char c) { return is_letter_or_digit(c) || c == '-'; })) return {};
  return {pattern_message("a valid HTTP header must consist of alphanumeric characters or '-'",
                          "[-A-Za-z0-9]+", {"X-Header-Name"})};
}

Messages check_percent(std::string_view text) {
  if (text.size() > 1 && text.back() == '%' && all(text.substr(0, text.size() - 1), is_digit)) return {};
  return {pattern_message("a valid percent string must be a numeric string followed by an ending '%'",
                          "[0-9]+%", {"1%", "93%"})};
}

}  // namespace aloft::model
