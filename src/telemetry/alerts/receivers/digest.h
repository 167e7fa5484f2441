// Keyed digests of protocols that receivers speak.
#pragma once

#include <string>
#include <string_view>

namespace aloft::telemetry::alerts {

std::string md5(std::string_view bytes);  // raw 16 bytes (RFC 1321); only for CRAM-MD5
std::string hmac_md5(std::string_view key, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);  // raw 32 bytes

}  // namespace aloft::telemetry::alerts
