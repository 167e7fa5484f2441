// The scanner's slow paths: escapes, numbers, and skipping whole values.
#include "model/json_scanner.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/text.h"
#include "base/utf8.h"

namespace aloft::model {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool is_plain(char c) { return static_cast<signed char>(c) >= 0x20 && c != '"' && c != '\\'; }

}  // namespace

std::size_t utf8_length(const char* at, const char* end) {
  const auto lead = static_cast<unsigned char>(*at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || static_cast<std::size_t>(end - at) < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(at[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(at[1]);
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
      (lead == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return length;
}

const char* JsonScanner::plain_run(const char* at) const {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i blank = _mm_set1_epi8(0x20);
  while (end_ - at >= 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // Signed: bytes from 0x80 on are negative, so "less than a blank" finds them along with control
    // characters.
    const __m128i hit =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)),
                     _mm_cmplt_epi8(block, blank));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit));
    if (mask != 0) return at + std::countr_zero(mask);
    at += 16;
  }
#endif
  while (at != end_ && is_plain(*at)) ++at;
  return at;
}

bool JsonScanner::unusual_string(const char* start, std::string_view& out, std::string& storage) {
  bool escaped = false;
  const char* copied = start;  // what lies between here and at_ is in the text as it is
  while (at_ != end_) {
    const char c = *at_;
    if (c == '"') {
      if (escaped) {
        storage.append(copied, at_);
        out = storage;
      } else {
        out = std::string_view(start, static_cast<std::size_t>(at_ - start));
      }
      ++at_;
      return true;
    }
    if (c == '\\') {
      if (!escaped) storage.clear();
      escaped = true;
      storage.append(copied, at_);
      ++at_;
      if (!escape(storage)) return false;
      copied = at_;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      return fail("invalid control character in a string");
    } else {
      const std::size_t length = utf8_length(at_, end_);
      if (length == 0) return fail("invalid UTF-8");
      at_ += length;
    }
    at_ = plain_run(at_);
  }
  return fail("unexpected end of JSON input");
}

bool JsonScanner::hex4(unsigned& out) {
  if (end_ - at_ < 4) return fail("unexpected end of JSON input");
  const auto [stopped, error] = std::from_chars(at_, at_ + 4, out, 16);
  if (error != std::errc() || stopped != at_ + 4) return fail("invalid \\u escape");
  at_ += 4;
  return true;
}

bool JsonScanner::escape(std::string& out) {
  if (at_ == end_) return fail("unexpected end of JSON input");
  switch (*at_++) {
    case '"':
      out += '"';
      return true;
    case '\\':
      out += '\\';
      return true;
    case '/':
      out += '/';
      return true;
    case 'b':
      out += '\b';
      return true;
    case 'f':
      out += '\f';
      return true;
    case 'n':
      out += '\n';
      return true;
    case 'r':
      out += '\r';
      return true;
    case 't':
      out += '\t';
      return true;
    case 'u':
      break;
    default:
      --at_;
      return fail("invalid escape in a string");
  }
  unsigned unit = 0;
  if (!hex4(unit)) return false;
  if (unit >= 0xD800 && unit < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
    const char* second = at_;
    unsigned low = 0;
    at_ += 2;
    if (!hex4(low)) return false;
    if (low >= 0xDC00 && low < 0xE000) {
      append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      return true;
    }
    at_ = second;
  }
  // Half of a pair stands for no character; Go reads it as the replacement character.
  append_utf8(out, unit);
  return true;
}

bool JsonScanner::number(Number& out) {
  const char* start = at_;
  const bool negative = *at_ == '-';
  if (negative) ++at_;
  const char* digits = at_;
  std::uint64_t magnitude = 0;
  while (at_ != end_ && is_digit(*at_) && at_ - digits < 19)
    magnitude = magnitude * 10 + static_cast<unsigned>(*at_++ - '0');
  bool fits = magnitude <= 9'223'372'036'854'775'807U + (negative ? 1U : 0U);
  while (at_ != end_ && is_digit(*at_)) {
    fits = false;
    ++at_;
  }
  if (at_ == digits) return fail("invalid number");
  if (*digits == '0' && at_ - digits > 1) {
    at_ = digits + 1;
    return fail("invalid number: leading zero");
  }
  out.is_int = fits;
  const auto exact = [&](bool (*belongs)(char)) {
    const char* from = ++at_;
    while (at_ != end_ && belongs(*at_)) ++at_;
    return at_ != from || fail("invalid number");
  };
  if (at_ != end_ && *at_ == '.') {
    out.is_int = false;
    if (!exact(is_digit)) return false;
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    out.is_int = false;
    if (end_ - at_ > 1 && (at_[1] == '+' || at_[1] == '-')) ++at_;
    if (!exact(is_digit)) return false;
  }
  out.text = std::string_view(start, static_cast<std::size_t>(at_ - start));
  if (out.is_int) {
    out.integer = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
    out.real = static_cast<double>(out.integer);
    return true;
  }
  const auto [stopped, error] = std::from_chars(start, at_, out.real);
  if (error == std::errc::result_out_of_range) {
    // Too small becomes the nearest there is; too large is no number of ours.
    out.real = std::strtod(std::string(out.text).c_str(), nullptr);
    if (std::isinf(out.real)) return fail("number out of range");
    return true;
  }
  return (error == std::errc() && stopped == at_) || fail("invalid number");
}

bool JsonScanner::word(std::string_view expected) {
  if (static_cast<std::size_t>(end_ - at_) < expected.size() ||
      std::memcmp(at_, expected.data(), expected.size()) != 0) {
    return fail("invalid character looking for the beginning of a value");
  }
  at_ += expected.size();
  return true;
}

bool JsonScanner::skip_string() {
  std::string_view text;
  std::string storage;
  return string(text, storage);
}

bool JsonScanner::skip_scalar(char c) {
  switch (c) {
    case '"':
      return skip_string();
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    default:
      break;
  }
  if (c != '-' && !is_digit(c)) {
    return fail(at_ == end_ ? "unexpected end of JSON input"
                            : "invalid character looking for the beginning of a value");
  }
  Number number_read;
  return number(number_read);
}

bool JsonScanner::skip() {
  std::string open;  // the brackets that wait for their ends
  const std::size_t outer_depth = depth_;
  const auto member_name = [&] {
    return (peek() == '"' || fail("expected a string as the name of a member")) && skip_string() &&
           expect(':', "expected ':'");
  };
  for (;;) {
    const char c = peek();
    if (c == '{' || c == '[') {
      ++at_;
      if (!enter()) return false;
      const char closing = c == '{' ? '}' : ']';
      if (!take(closing)) {
        open += closing;
        if (c == '{' && !member_name()) return false;
        continue;
      }
      leave();
    } else if (!skip_scalar(c)) {
      return false;
    }
    // A value has ended: close what ends with it, or go on behind a comma.
    while (!open.empty() && take(open.back())) {
      open.pop_back();
      leave();
    }
    if (open.empty()) {
      depth_ = outer_depth;
      return true;
    }
    if (!expect(',', open.back() == '}' ? "expected ',' or '}'" : "expected ',' or ']'")) return false;
    if (open.back() == '}' && !member_name()) return false;
  }
}

bool JsonScanner::compact(std::string& out) {
  peek();
  const char* start = at_;
  if (!skip()) return false;
  bool quoted = false;
  const char* copied = start;
  for (const char* c = start; c != at_; ++c) {
    if (quoted) {
      if (*c == '\\')
        ++c;
      else if (*c == '"')
        quoted = false;
    } else if (*c == '"') {
      quoted = true;
    } else if (*c == ' ' || *c == '\n' || *c == '\t' || *c == '\r') {
      out.append(copied, c);
      copied = c + 1;
    }
  }
  out.append(copied, at_);
  return true;
}

bool JsonScanner::fail(const char* what) {
  if (what_ == nullptr) what_ = at_ == end_ ? "unexpected end of JSON input" : what;
  return false;
}

Error JsonScanner::error() const {
  return Error(Code::bad_request,
               fmt::format("json: offset {}: {}", offset(), what_ != nullptr ? what_ : "no error"));
}

}  // namespace aloft::model
