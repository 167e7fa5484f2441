// Writing HTTP/1.1 heads.
#pragma once

#include <string>

#include "http/message.h"

namespace aloft::http::detail {

// Appends "name: value\r\n". What could end the line early is replaced by a space; a name that is none is
// left out.
void append_field(std::string& out, std::string_view name, std::string_view value);
void append_fields(std::string& out, const Headers& headers);
// Appends "HTTP/1.1 200 OK\r\n".
void append_status_line(std::string& out, int status);
// True for answers that have no body whatever their fields say.
bool has_no_body(int status);

}  // namespace aloft::http::detail
