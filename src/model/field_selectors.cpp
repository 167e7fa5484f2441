// Field selectors: terms of a path, an operator and a value in which backslashes escape what separates.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "model/selectors.h"

namespace aloft::model {
namespace {

// Splits at commas that no backslash escapes; the backslashes stay.
std::vector<std::string_view> split_terms(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  bool escaped = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (escaped) {
      escaped = false;
    } else if (text[i] == '\\') {
      escaped = true;
    } else if (text[i] == ',') {
      out.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  out.push_back(text.substr(start));
  std::sort(out.begin(), out.end());  // which decides what error comes first
  return out;
}

// The bytes of the UTF-8 sequence that starts at `at`, for messages.
std::string_view one_character(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return text.substr(at, end - at);
}

Result<std::string> unescape_value(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      const std::string_view next = i + 1 < text.size() ? one_character(text, i + 1) : std::string_view();
      if (next != "\\" && next != "," && next != "=") {
        return fail(Code::bad_request,
                    fmt::format("invalid field selector: invalid escape sequence: \\{}", next));
      }
      out += next;
      ++i;
    } else if (c == ',' || c == '=') {
      // The code of the character stands here, as upstream prints it.
      return fail(Code::bad_request, fmt::format("invalid field selector: unescaped character in value: {}",
                                                 static_cast<int>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == ',' || c == '=') out += '\\';
    out += c;
  }
}

}  // namespace

Result<FieldSelector> FieldSelector::parse(std::string_view text) {
  FieldSelector out;
  for (const std::string_view part : split_terms(text)) {
    if (part.empty()) continue;
    std::size_t at = 0;
    while (at < part.size() && part[at] != '=' && part.substr(at, 2) != "!=") ++at;
    if (at == part.size()) {
      return fail(Code::bad_request,
                  fmt::format("invalid selector: '{}'; can't understand '{}'", text, part));
    }
    const bool equal = part[at] == '=';
    const std::size_t width = equal && part.substr(at, 2) != "==" ? 1 : 2;
    TRY(value, unescape_value(part.substr(at + width)));
    out.terms_.push_back({std::string(part.substr(0, at)), std::move(value), equal});
  }
  std::sort(out.terms_.begin(), out.terms_.end(), [](const Term& a, const Term& b) {
    return std::tie(a.path, a.value, a.equal) < std::tie(b.path, b.value, b.equal);
  });
  return out;
}

bool FieldSelector::matches(const std::function<std::string(std::string_view path)>& field) const {
  return std::all_of(terms_.begin(), terms_.end(),
                     [&](const Term& term) { return (field(term.path) == term.value) == term.equal; });
}

std::optional<std::string_view> FieldSelector::demanded(std::string_view path) const {
  for (const auto& term : terms_) {
    if (term.equal && term.path == path) return std::string_view(term.value);
  }
  return std::nullopt;
}

std::string FieldSelector::to_string() const {
  std::string out;
  for (const auto& term : terms_) {
    if (!out.empty()) out += ',';
    out += term.path;
    out += term.equal ? "=" : "!=";
    append_escaped(out, term.value);
  }
  return out;
}

}  // namespace aloft::model
