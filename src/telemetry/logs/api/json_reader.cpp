// The reader's scanning.
#include "telemetry/logs/api/json_reader.h"

#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/utf8.h"

namespace aloft::telemetry::logs {
namespace {

constexpr int depth_limit = 64;

}  // namespace

bool JsonReader::fail(std::string_view what) {
  if (error_.empty()) error_ = fmt::format("json: offset {}: {}", at_, what);
  at_ = text_.size();
  return false;
}

char JsonReader::peek() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonReader::accept(char c) {
  if (peek() != c || failed()) return false;
  ++at_;
  return true;
}

bool JsonReader::expect(char c) { return accept(c) || fail(fmt::format("expected '{}'", c)); }

bool JsonReader::escape(std::string& out) {
  if (at_ >= text_.size()) return fail("a string does not end");
  const char c = text_[at_++];
  static constexpr std::string_view names = "\"\\/bfnrt";
  static constexpr std::string_view means = "\"\\/\b\f\n\r\t";
  if (const std::size_t found = names.find(c); found != std::string_view::npos) {
    out += means[found];
    return true;
  }
  const auto hex = [this](std::uint32_t& code) {
    if (text_.size() - at_ < 4) return false;
    const char* const begin = text_.data() + at_;
    const auto [end, wrong] = std::from_chars(begin, begin + 4, code, 16);
    if (wrong != std::errc() || end != begin + 4) return false;
    at_ += 4;
    return true;
  };
  std::uint32_t code = 0;
  if (c != 'u' || !hex(code)) return fail("a malformed escape");
  if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
    const std::size_t before = at_;
    at_ += 2;
    std::uint32_t low = 0;
    if (hex(low) && low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else {
      at_ = before;
    }
  }
  append_utf8(out, code);
  return true;
}

bool JsonReader::string(std::string& out) {
  out.clear();
  if (!expect('"')) return false;
  bool ascii = true;
  for (;;) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20) {
      ascii = ascii && static_cast<unsigned char>(text_[at_]) < 0x80;
      ++at_;
    }
    out.append(text_.data() + begin, at_ - begin);
    if (at_ >= text_.size()) return fail("a string does not end");
    const char c = text_[at_++];
    if (c == '"') break;
    if (c != '\\') return fail("a control character in a string");
    if (!escape(out)) return false;
  }
  if (!ascii && !is_utf8(out)) {
    for (char& c : out)
      if ((static_cast<unsigned char>(c) & 0x80) != 0) c = '?';
  }
  return true;
}

bool JsonReader::scalar(std::string& out) {
  const char c = peek();
  if (c == '"') return string(out);
  std::string_view raw;
  if (c == '{' || c == '[') return fail("expected a string");
  if (!skip(&raw)) return false;
  out = raw == "null" ? std::string_view() : raw;
  return true;
}

bool JsonReader::skip(std::string_view* raw) {
  peek();
  const std::size_t begin = at_;
  if (!skip_value(0)) return false;
  if (raw != nullptr) *raw = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonReader::skip_value(int depth) {
  if (depth > depth_limit) return fail("nested too deeply");
  const char c = peek();
  std::string ignored;
  if (c == '"') return string(ignored);
  if (c == '{') return object([&](const std::string&) { return skip_value(depth + 1); });
  if (c == '[') return array([&] { return skip_value(depth + 1); });
  const std::size_t begin = at_;
  while (at_ < text_.size() && std::string_view(",]} \n\r\t:").find(text_[at_]) == std::string_view::npos)
    ++at_;
  const std::string_view word = text_.substr(begin, at_ - begin);
  if (word == "true" || word == "false" || word == "null") return true;
  const bool number = !word.empty() && word.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
  return number || fail("expected a value");
}

}  // namespace aloft::telemetry::logs
