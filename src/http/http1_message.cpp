// Heads are built in one string, since they leave in one write together with the first bytes of the body.
#include "http/http1_message.h"

#include "http/http1_parser.h"

namespace aloft::http::detail {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (!is_token(name)) return;
  out.append(name);
  out.append(": ");
  if (is_field_value(value)) [[likely]] {
    out.append(value);
  } else {
    for (const char c : value) out.push_back(is_field_value(std::string_view(&c, 1)) ? c : ' ');
  }
  out.append("\r\n");
}

void append_fields(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers) append_field(out, name, value);
}

void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, status_text(status));
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace aloft::http::detail
