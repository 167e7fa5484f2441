// The forms of mail.
#include "telemetry/alerts/receivers/mail/mail_format.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/alerts/receivers/margins.h"

namespace aloft::telemetry::alerts {
Result<std::vector<std::string>> mail_addresses(std::string_view list) {
  std::vector<std::string> out;
  const auto wrong = [list] {
    return fail(Code::invalid, fmt::format("parse 'to' addresses: mail: no address in \"{}\"", list));
  };
  std::string item;
  bool quoted = false;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '"') quoted = !quoted;
    if (i < list.size() && (list[i] != ',' || quoted)) {
      item += list[i];
      continue;
    }
    std::string_view address = without_margins(item);
    if (const std::size_t open = address.rfind('<'); open != std::string_view::npos) {
      const std::size_t close = address.find('>', open);
      if (close == std::string_view::npos) return wrong();
      address = without_margins(address.substr(open + 1, close - open - 1));
    }
    const bool strange = address.find_first_of(" \t\r\n<>\"") != std::string_view::npos;
    if (address.find('@') == std::string_view::npos || strange || address.front() == '@' ||
        address.back() == '@')
      return wrong();
    out.emplace_back(address);
    item.clear();
  }
  return out;
}

std::string header_text(std::string_view text) {
  std::string flat;
  bool plain = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    flat += byte < ' ' ? ' ' : c;
    plain = plain && byte < 0x7f;
  }
  if (plain) return flat;
  // Encoded words hold 45 bytes each and end between code points.
  std::string out;
  for (std::size_t at = 0; at < flat.size();) {
    std::size_t end = std::min(at + 45, flat.size());
    while (end < flat.size() && end > at + 1 && (static_cast<unsigned char>(flat[end]) & 0xc0) == 0x80) --end;
    if (!out.empty()) out += "\r\n ";
    out += "=?utf-8?B?" + base64_encode(std::string_view(flat).substr(at, end - at)) + "?=";
    at = end;
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  const auto put = [&](std::string_view piece) {
    if (column + piece.size() > 75) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (byte == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool line_end = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const bool blank = (byte == ' ' || byte == '\t') && !line_end;
    if (blank || (byte > ' ' && byte < 0x7f && byte != '='))
      put(text.substr(i, 1));
    else
      put(fmt::format("={:02X}", byte));
  }
  return out;
}

}  // namespace aloft::telemetry::alerts
