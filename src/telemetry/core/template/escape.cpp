// Escaping for the places where a template's output ends up.
#include "telemetry/core/template/escape.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace aloft::telemetry::templates {
namespace {

std::string escape_markup(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '\0':
        out += "\xEF\xBF\xBD";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '+':
        out += plus ? "&#43;" : "+";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string escape_html(std::string_view text) { return escape_markup(text, false); }
std::string escape_html_strict(std::string_view text) { return escape_markup(text, true); }

std::string escape_js(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const char32_t c = next_code_point(text, at);
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\'':
        out += "\\'";
        break;
      case '"':
        out += "\\\"";
        break;
      case '<':
        out += "\\u003C";
        break;
      case '>':
        out += "\\u003E";
        break;
      case '&':
        out += "\\u0026";
        break;
      case '=':
        out += "\\u003D";
        break;
      default:
        if (c < 0x20)
          out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        else
          out.append(text.substr(from, at - from));
    }
  }
  return out;
}

std::string escape_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else if (c == ' ')
      out += '+';
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace aloft::telemetry::templates
