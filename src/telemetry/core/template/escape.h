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
// Go's strconv.Quote.
std::string quote_go(std::string_view text);

// The code point at `at`, which moves behind it; 0xfffd for a wrong byte.
char32_t next_code_point(std::string_view text, std::size_t& at);
void append_utf8(std::string& out, char32_t code_point);

}  // namespace aloft::telemetry::templates
