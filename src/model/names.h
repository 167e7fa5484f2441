// The syntax rules of names, labels and annotations (apimachinery/pkg/util/validation): each check gives the
// messages of everything that is wrong, none when the text is good.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::model {

std::vector<std::string> check_dns1123_label(std::string_view text);
std::vector<std::string> check_dns1123_subdomain(std::string_view text);
std::vector<std::string> check_dns1035_label(std::string_view text);
std::vector<std::string> check_qualified_name(std::string_view text);  // label keys: prefix/name
std::vector<std::string> check_label_value(std::string_view text);
std::vector<std::string> check_config_map_key(std::string_view text);
std::vector<std::string> check_env_var_name(std::string_view text);  // relaxed, as 1.32
std::vector<std::string> check_port_name(std::string_view text);     // IANA_SVC_NAME
std::vector<std::string> check_port_number(std::int64_t port);
std::vector<std::string> check_ip(std::string_view text);
std::vector<std::string> check_path_segment_name(std::string_view text);  // "." ".." "/" "%"
std::vector<std::string> check_http_header_name(std::string_view text);
std::vector<std::string> check_percent(std::string_view text);

}  // namespace aloft::model
