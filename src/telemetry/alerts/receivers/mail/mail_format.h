// Mail texts: headers, encoded words and quoted-printable bodies (RFC 5322, 2047, 2045).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::telemetry::alerts {

// The bare addresses of a list such as `Ops <ops@x.org>, b@x.org`. Error: invalid, naming the text.
Result<std::vector<std::string>> mail_addresses(std::string_view list);
// As it is when it is plain ASCII, otherwise as encoded words. Line breaks become spaces, so that no text can
// add a header.
std::string header_text(std::string_view text);
std::string quoted_printable(std::string_view text);

}  // namespace aloft::telemetry::alerts
