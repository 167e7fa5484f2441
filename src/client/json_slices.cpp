// One pass over brackets and quotes; nothing here recurses or copies.
#include "client/json_slices.h"

namespace aloft::client {
namespace {

class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}

  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Any value, as text; empty when there is none.
  std::string_view value() {
    skip_space();
    const std::size_t start = at_;
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (!skip_string()) return {};
        if (depth == 0) return text_.substr(start, at_ - start);
        --at_;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth == 0) break;
        if (--depth == 0) {
          ++at_;
          return text_.substr(start, at_ - start);
        }
      } else if (depth == 0 && (c == ',' || c == ':' || is_space(c))) {
        break;
      }
    }
    return depth == 0 ? text_.substr(start, at_ - start) : std::string_view();
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  // From the opening quote to behind the closing one.
  bool skip_string() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string_view> json_member(std::string_view object, std::string_view key) {
  Cutter cutter(object);
  if (!cutter.take('{')) return std::nullopt;
  do {
    const std::string_view name = cutter.value();
    if (name.size() < 2 || name.front() != '"' || !cutter.take(':')) return std::nullopt;
    const std::string_view value = cutter.value();
    if (value.empty()) return std::nullopt;
    if (name.substr(1, name.size() - 2) == key) return value;
  } while (cutter.take(','));
  return std::nullopt;
}

std::optional<std::vector<std::string_view>> json_elements(std::string_view array) {
  std::vector<std::string_view> elements;
  Cutter cutter(array);
  if (!cutter.take('[')) {
    if (cutter.value() == "null") return elements;
    return std::nullopt;
  }
  if (cutter.take(']')) return elements;
  do {
    const std::string_view value = cutter.value();
    if (value.empty()) return std::nullopt;
    elements.push_back(value);
  } while (cutter.take(','));
  if (!cutter.take(']')) return std::nullopt;
  return elements;
}

}  // namespace aloft::client
