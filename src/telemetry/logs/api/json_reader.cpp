// The reader's scanning.
#include "telemetry/logs/api/json_reader.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json_escape.h"

namespace aloft::telemetry::logs {
namespace {

constexpr int body_depth_limit = 64;

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
  std::string_view rest = text_.substr(at_);
  if (!json_unescape(rest, out)) return fail("a malformed escape");
  at_ = text_.size() - rest.size();
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
  if (depth > body_depth_limit) return fail("nested too deeply");
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
