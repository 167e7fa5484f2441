// Which Kubernetes this API is compatible with, and which Aloft it is.
#pragma once

#include <string>
#include <string_view>

namespace aloft::api {

inline constexpr std::string_view aloft_version = "0.1.0";
inline constexpr std::string_view kubernetes_major = "1";
inline constexpr std::string_view kubernetes_minor = "32";

// "v1.32.0+aloft-0.1.0".
std::string git_version();
// The document of /version.
std::string version_json();

}  // namespace aloft::api
