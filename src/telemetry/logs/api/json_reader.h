// Reading JSON piece by piece without building documents, for bodies that are large.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aloft::telemetry::logs {

// After the first mistake every call gives false and error() says where and what.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}
  // The next character that counts; 0 at the end.
  char peek();
  // Takes the character when it is next.
  bool accept(char c);
  bool expect(char c);
  // A string, unescaped, with invalid UTF-8 replaced.
  bool string(std::string& out);
  // A string, a number, true or false as text; null as nothing.
  bool scalar(std::string& out);
  // Whatever value comes, passed over; `raw` are its bytes.
  bool skip(std::string_view* raw = nullptr);
  bool at_end() { return peek() == 0; }
  bool fail(std::string_view what);
  bool failed() const { return !error_.empty(); }
  Error error() const { return Error(Code::bad_request, error_); }

  // Calls member(key) for each member of an object; it reads the value.
  template <class F>
  bool object(F&& member) {
    if (!expect('{')) return false;
    if (accept('}')) return true;
    std::string key;
    do {
      if (!string(key) || !expect(':') || !member(key)) return false;
    } while (accept(','));
    return expect('}');
  }
  // Calls item() for each; it reads the item.
  template <class F>
  bool array(F&& item) {
    if (!expect('[')) return false;
    if (accept(']')) return true;
    do {
      if (!item()) return false;
    } while (accept(','));
    return expect(']');
  }

 private:
  bool escape(std::string& out);
  bool skip_value(int depth);
  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace aloft::telemetry::logs
