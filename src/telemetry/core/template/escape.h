// Text made safe for HTML, JavaScript strings and URLs, byte for byte as Go's text/template does.
#pragma once

#include <string>
#include <string_view>

namespace aloft::telemetry::templates {

std::string escape_html(std::string_view text);
// As html/template writes text between tags: a plus sign is escaped too.
std::string escape_html_strict(std::string_view text);
std::string escape_js(std::string_view text);
// As url.QueryEscape: a space is a plus sign.
std::string escape_query(std::string_view text);

}  // namespace aloft::telemetry::templates
