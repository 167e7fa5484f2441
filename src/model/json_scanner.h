// Reads JSON text token by token, checked as it goes: what stands below parse_json() and below the decoder
// that fills structs straight from text. For this module's sources only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aloft::model {

// A position in a text. Each reading function gives false at the first mistake and keeps what it was; after
// that nothing more may be read. Views it gives live as long as the text.
class JsonScanner {
 public:
  struct Number {
    bool is_int = false;  // the text is an integer that fits
    std::int64_t integer = 0;
    double real = 0;  // always
    std::string_view text;
  };

  JsonScanner(std::string_view text, std::size_t depth_limit)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()), depth_limit_(depth_limit) {}

  // The next character that is no white space, which stays; 0 at the end.
  char peek() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
    return at_ != end_ ? *at_ : '\0';
  }
  // Takes `c` if it comes next.
  bool take(char c) {
    if (peek() != c || at_ == end_) return false;
    ++at_;
    return true;
  }
  bool expect(char c, const char* what) { return take(c) || fail(what); }
  bool at_end() {
    peek();
    return at_ == end_;
  }

  // After peek() gave '"': the text between the quotes. `storage` is written only when the text has escapes.
  bool string(std::string_view& out, std::string& storage) {
    const char* start = at_ + 1;
    at_ = plain_run(start);
    if (at_ != end_ && *at_ == '"') [[likely]] {
      out = std::string_view(start, static_cast<std::size_t>(at_ - start));
      ++at_;
      return true;
    }
    return unusual_string(start, out, storage);
  }
  // After peek() gave a digit or '-'.
  bool number(Number& out);
  // "true", "false", "null".
  bool word(std::string_view expected);
  // Any value, checked and left out, with its nesting counted from the present depth. Without recursion.
  bool skip();
  // As skip(), and appends the value without white space.
  bool compact(std::string& out);

  // Brackets count against the depth limit.
  bool enter() { return ++depth_ <= depth_limit_ || fail("exceeded max depth"); }
  void leave() { --depth_; }

  bool fail(const char* what);
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
  const char* what() const { return what_; }
  // bad_request: "json: offset 17: expected ':'".
  Error error() const;

 private:
  // The first character from `at` on that is a quote, a backslash, a control character or not ASCII.
  const char* plain_run(const char* at) const;
  bool unusual_string(const char* start, std::string_view& out, std::string& storage);
  bool escape(std::string& out);
  bool hex4(unsigned& out);
  bool skip_string();
  bool skip_scalar(char c);

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t depth_limit_;
  std::size_t depth_ = 0;
  const char* what_ = nullptr;
};

// The length of the UTF-8 sequence at `at`, 0 when it is malformed (RFC 3629).
std::size_t utf8_length(const char* at, const char* end);

}  // namespace aloft::model
