// Where a decoder of structs reads from: JSON text or a document, behind one set of functions, so that both
// ways of decoding are one piece of code. For this module's sources only.
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "model/json.h"
#include "model/json_scanner.h"
#include "model/json_text.h"
#include "model/value.h"

namespace aloft::model {

enum class Token : std::uint8_t { null, boolean, number, string, array, object, broken };
enum class Step : std::uint8_t { item, end, broken };

// JSON text. Every function consumes what it reads; false or `broken` means a mistake in the syntax.
class TextSource {
 public:
  static constexpr bool sees_duplicates = true;
  explicit TextSource(std::string_view text) : scanner_(text, ParseOptions().depth_limit) {}

  Token peek() {
    switch (const char c = scanner_.peek()) {
      case '{':
        return Token::object;
      case '[':
        return Token::array;
      case '"':
        return Token::string;
      case 't':
      case 'f':
        return Token::boolean;
      case 'n':
        return Token::null;
      default:
        if (c == '-' || (c >= '0' && c <= '9')) return Token::number;
        scanner_.fail("invalid character looking for the beginning of a value");
        return Token::broken;
    }
  }
  bool null() { return scanner_.word("null"); }
  bool boolean(bool& out) {
    out = scanner_.peek() == 't';
    return scanner_.word(out ? "true" : "false");
  }
  bool number(JsonScanner::Number& out) { return scanner_.number(out); }
  bool string(std::string_view& out, std::string& storage) { return scanner_.string(out, storage); }
  bool open() { return scanner_.take(scanner_.peek()) && scanner_.enter(); }
  Step next_element(bool first) {
    if (scanner_.take(']')) return close();
    return first || scanner_.expect(',', "expected ',' or ']'") ? Step::item : Step::broken;
  }
  Step next_member(bool first, std::string_view& key, std::string& storage) {
    if (scanner_.take('}')) return close();
    if (!first && !scanner_.expect(',', "expected ',' or '}'")) return Step::broken;
    if (scanner_.peek() != '"') {
      scanner_.fail("expected a string as the name of a member");
      return Step::broken;
    }
    return scanner_.string(key, storage) && scanner_.expect(':', "expected ':'") ? Step::item : Step::broken;
  }
  bool skip() { return scanner_.skip(); }
  bool compact(std::string& out) { return scanner_.compact(out); }
  bool finish() { return scanner_.at_end() || scanner_.fail("invalid character after top-level value"); }
  Error error() const { return scanner_.error(); }

 private:
  Step close() {
    scanner_.leave();
    return Step::end;
  }
  JsonScanner scanner_;
};

// A document, which outlives the source.
class ValueSource {
 public:
  static constexpr bool sees_duplicates = false;
  explicit ValueSource(const Value& root) : current_(&root) {}

  Token peek() const {
    if (current_->is_string()) return Token::string;
    if (current_->is_object()) return Token::object;
    if (current_->is_number()) return Token::number;
    if (current_->is_array()) return Token::array;
    return current_->is_bool() ? Token::boolean : Token::null;
  }
  bool null() { return true; }
  bool boolean(bool& out) {
    out = *current_->if_bool();
    return true;
  }
  // A whole double counts as the integer it is: YAML and patches make such.
  bool number(JsonScanner::Number& out) {
    constexpr double limit = 9223372036854775808.0;
    out.real = current_->as_double();
    out.is_int =
        current_->is_int() || (out.real >= -limit && out.real < limit && std::trunc(out.real) == out.real);
    if (out.is_int)
      out.integer = current_->is_int() ? *current_->if_int() : static_cast<std::int64_t>(out.real);
    number_text_.clear();
    append_json(number_text_, *current_);
    out.text = number_text_;
    return true;
  }
  bool string(std::string_view& out, std::string&) {
    out = *current_->if_string();
    return true;
  }
  bool open() {
    open_.push_back({current_, 0});
    return true;
  }
  Step next_element(bool) {
    Frame& frame = open_.back();
    const Array& array = *frame.value->if_array();
    if (frame.next == array.size()) return close();
    current_ = &array[frame.next++];
    return Step::item;
  }
  Step next_member(bool, std::string_view& key, std::string&) {
    Frame& frame = open_.back();
    const Object& object = *frame.value->if_object();
    if (frame.next == object.size()) return close();
    const auto& member = object.begin()[static_cast<std::ptrdiff_t>(frame.next++)];
    key = member.first;
    current_ = &member.second;
    return Step::item;
  }
  bool skip() { return true; }
  bool compact(std::string& out) {
    append_json(out, *current_);
    return true;
  }

 private:
  struct Frame {
    const Value* value;
    std::size_t next;
  };
  Step close() {
    open_.pop_back();
    return Step::end;
  }
  const Value* current_;
  std::vector<Frame> open_;
  std::string number_text_;
};

}  // namespace aloft::model
