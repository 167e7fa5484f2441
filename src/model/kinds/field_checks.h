// The checks that validators of many kinds share: each adds to the errors what is wrong with one value, in
// upstream's words.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/field_errors.h"
#include "model/quantity.h"
#include "model/scalars.h"

namespace aloft::model {

inline constexpr std::string_view immutable_field = "field is immutable";
inline constexpr std::string_view not_negative = "must be greater than or equal to 0";
inline constexpr std::string_view positive = "must be greater than zero";

// One "Invalid value" for each message of a syntax check.
void add_invalid(FieldErrors& errors, const FieldPath& path, std::string_view value,
                 const std::vector<std::string>& messages);

void expect_dns_label(FieldErrors& errors, const FieldPath& path, std::string_view value);
void expect_dns_subdomain(FieldErrors& errors, const FieldPath& path, std::string_view value);
void expect_qualified_name(FieldErrors& errors, const FieldPath& path, std::string_view value);
void expect_port_number(FieldErrors& errors, const FieldPath& path, std::int64_t port);
void expect_port(FieldErrors& errors, const FieldPath& path, const IntOrString& port);
void expect_ip(FieldErrors& errors, const FieldPath& path, std::string_view value);
void expect_cidr(FieldErrors& errors, const FieldPath& path, std::string_view value);
// Not unspecified, loopback or link-local: what an endpoint or an external address may be.
void expect_ordinary_ip(FieldErrors& errors, const FieldPath& path, std::string_view value);
// At most one address (or network) of each family; both texts must be valid.
bool are_dual_stack(std::string_view first, std::string_view second);
bool is_ip(std::string_view text);
bool is_ipv6(std::string_view text);

void expect_not_negative(FieldErrors& errors, const FieldPath& path, std::int64_t value);
// lo and hi included.
void expect_range(FieldErrors& errors, const FieldPath& path, std::int64_t value, std::int64_t lo,
                  std::int64_t hi);
void expect_one_of(FieldErrors& errors, const FieldPath& path, std::string_view value,
                   std::initializer_list<std::string_view> allowed);
// As expect_one_of; an empty value is "Required value".
void expect_choice(FieldErrors& errors, const FieldPath& path, std::string_view value,
                   std::initializer_list<std::string_view> allowed);
void expect_file_mode(FieldErrors& errors, const FieldPath& path, const std::optional<std::int32_t>& mode);
// A path without ".." parts; relative; and not starting with "..".
void expect_no_backsteps(FieldErrors& errors, const FieldPath& path, std::string_view value);
void expect_descending_path(FieldErrors& errors, const FieldPath& path, std::string_view value);
void expect_local_path(FieldErrors& errors, const FieldPath& path, std::string_view value);
void require(FieldErrors& errors, const FieldPath& path, std::string_view value,
             std::string_view detail = {});

// A resource name and its amount, as containers, nodes and quotas use them.
bool is_extended_resource(std::string_view name);
bool is_native_resource(std::string_view name);
bool is_huge_page_resource(std::string_view name);
// Requests may differ from limits.
bool may_overcommit(std::string_view name);
void expect_resource_amount(FieldErrors& errors, const FieldPath& path, std::string_view name,
                            const Quantity& amount);

// Values as they appear in messages, in Go's syntax (single texts: go_quote): []string{"a"},
// map[string]string{"a":"b"}.
std::string list_text(const std::vector<std::string>& values);
std::string map_text(const std::map<std::string, std::string>& values);

}  // namespace aloft::model
