// The parts of an exchange that are values: headers, targets, request and response heads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace aloft::http {

// Header fields in order of arrival. Names compare without case; a name may occur more than once.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void reserve(std::size_t fields) { fields_.reserve(fields); }
  void clear() { fields_.clear(); }
  // Replaces every field of that name.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);
  // The first value; empty when there is none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  // True when a comma-separated list field holds the token (without case): Connection: keep-alive, Upgrade.
  bool has_token(std::string_view name, std::string_view token) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  bool operator==(const Headers&) const = default;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

bool equal_without_case(std::string_view a, std::string_view b);

// A decoded query string, in order; repeated keys stay.
class Query {
 public:
  static Query parse(std::string_view text);  // after the '?'; malformed escapes stay as they are
  void add(std::string key, std::string value) { fields_.emplace_back(std::move(key), std::move(value)); }
  std::optional<std::string_view> get(std::string_view key) const;  // the first
  std::vector<std::string_view> all(std::string_view key) const;
  // A switch as Kubernetes reads it: off where it is absent, "0" or "false" in any case, on otherwise.
  bool on(std::string_view key) const;
  std::string to_string() const;  // encoded, without '?'
  bool empty() const { return fields_.empty(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Malformed escapes stay as they are.
std::string percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);  // everything but unreserved characters (RFC 3986)

// Who is at the other end of a TLS connection, if it showed a certificate that our client CA signed.
struct PeerCertificate {
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
};

struct RequestHead {
  std::string method;
  std::string target;  // as sent: path and query, still encoded
  Headers headers;
  std::string path() const;  // decoded, without the query
  Query query() const;
};

struct ResponseHead {
  int status = 200;
  Headers headers;
};

// "Not Found"; "Unknown" for a status without a registered phrase.
std::string_view status_text(int status);

}  // namespace aloft::http
