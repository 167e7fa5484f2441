// Regular expressions over RE2, and what can be said of an expression without running it.
#include "telemetry/core/regex.h"

#include <cctype>

#include <re2/re2.h>

namespace aloft::telemetry {
namespace {

constexpr std::int64_t memory_limit_bytes = 1024 * 1024;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

class Re2Regex final : public Regex {
 public:
  Re2Regex(std::string expression, Anchor anchor, const RE2::Options& options)
      : expression_(std::move(expression)),
        anchor_(anchor == Anchor::both ? RE2::ANCHOR_BOTH : RE2::UNANCHORED),
        re_(expression_, options) {
    names_.resize(static_cast<std::size_t>(re_.NumberOfCapturingGroups()) + 1);
    if (re_.ok()) {
      for (const auto& [number, name] : re_.CapturingGroupNames())
        names_[static_cast<std::size_t>(number)] = name;
    }
  }

  const RE2& re() const { return re_; }
  bool matches(std::string_view text) const override {
    return re_.Match(piece(text), 0, text.size(), anchor_, nullptr, 0);
  }
  bool find(std::string_view text, std::size_t from, std::vector<std::string_view>& groups) const override {
    std::vector<re2::StringPiece> found(names_.size());
    if (from > text.size()) return false;
    if (!re_.Match(piece(text), from, text.size(), anchor_, found.data(), static_cast<int>(found.size())))
      return false;
    groups.clear();
    for (const re2::StringPiece& group : found)
      groups.push_back(group.data() == nullptr ? std::string_view()
                                               : std::string_view(group.data(), group.size()));
    return true;
  }
  const std::vector<std::string>& group_names() const override { return names_; }
  const std::string& expression() const override { return expression_; }

 private:
  std::string expression_;
  RE2::Anchor anchor_;
  RE2 re_;
  std::vector<std::string> names_;
};

bool is_special(char c) { return std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos; }

bool name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// True when the expression may be a choice at its top, which has no common beginning that could be read off.
bool has_choice(std::string_view expression) {
  if (expression.find("\\Q") != std::string_view::npos) return true;
  int depth = 0;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\') ++i;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == '|' && depth <= 0) return true;
    if (c == '[') {
      // A class; a bracket right at its beginning stands for itself.
      ++i;
      if (i < expression.size() && expression[i] == '^') ++i;
      if (i < expression.size() && expression[i] == ']') ++i;
      while (i < expression.size() && expression[i] != ']') i += expression[i] == '\\' ? 2u : 1u;
    }
  }
  return false;
}

// Alternatives of literals with groups of alternatives: the language of most regular expressions in
// dashboards. Anything else makes it give up.
class Alternatives {
 public:
  Alternatives(std::string_view text, std::size_t most) : text_(text), most_(most) {}

  std::optional<std::vector<std::string>> all() {
    auto found = choices();
    if (!found || at_ != text_.size()) return std::nullopt;
    return found;
  }

 private:
  using Strings = std::vector<std::string>;

  std::optional<Strings> choices() {
    Strings all;
    for (;;) {
      auto one = sequence();
      if (!one || all.size() + one->size() > most_) return std::nullopt;
      all.insert(all.end(), one->begin(), one->end());
      if (at_ >= text_.size() || text_[at_] != '|') return all;
      ++at_;
    }
  }

  std::optional<Strings> sequence() {
    Strings all{""};
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      auto part = element();
      if (!part || all.size() * part->size() > most_) return std::nullopt;
      if (at_ < text_.size() && std::string_view("*+?{").find(text_[at_]) != std::string_view::npos)
        return std::nullopt;
      Strings longer;
      for (const std::string& front : all) {
        for (const std::string& back : *part) longer.push_back(front + back);
      }
      all = std::move(longer);
    }
    return all;
  }

  std::optional<Strings> element() {
    const char c = text_[at_];
    if (c == '(') return group();
    if (c == '\\') {
      if (at_ + 1 >= text_.size() || !is_special(text_[at_ + 1])) return std::nullopt;
      at_ += 2;
      return Strings{std::string(1, text_[at_ - 1])};
    }
    if (is_special(c)) return std::nullopt;
    ++at_;
    return Strings{std::string(1, c)};
  }

  std::optional<Strings> group() {
    ++at_;
    if (text_.substr(at_).starts_with("?")) {
      if (!text_.substr(at_).starts_with("?:")) return std::nullopt;
      at_ += 2;
    }
    if (++depth_ > 20) return std::nullopt;
    auto inside = choices();
    --depth_;
    if (!inside || at_ >= text_.size() || text_[at_] != ')') return std::nullopt;
    ++at_;
    return inside;
  }

  std::string_view text_;
  std::size_t most_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

// What is wrong, in the words of Go's regexp package, which messages of the telemetry interfaces quote.
std::string_view reason_of(const RE2& re) {
  switch (re.error_code()) {
    case RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
      return "invalid character class";
    case RE2::ErrorBadCharRange:
      return "invalid character class range";
    case RE2::ErrorMissingBracket:
      return "missing closing ]";
    case RE2::ErrorMissingParen:
      return "missing closing )";
    case RE2::ErrorUnexpectedParen:
      return "unexpected )";
    case RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
      return "expression too large";
    default:
      return re.error();
  }
}

}  // namespace

Result<std::shared_ptr<const Regex>> Regex::compile(std::string_view expression, Anchor anchor) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_limit_bytes);
  options.set_dot_nl(anchor == Anchor::both);
  auto regex = std::make_shared<const Re2Regex>(std::string(expression), anchor, options);
  if (!regex->re().ok()) {
    const std::string& part = regex->re().error_arg();
    return fail(Code::invalid, fmt::format("error parsing regexp: {}: `{}`", reason_of(regex->re()),
                                           part.empty() ? expression : std::string_view(part)));
  }
  return std::shared_ptr<const Regex>(std::move(regex));
}

std::string Regex::expand(std::string_view form, const std::vector<std::string_view>& groups) const {
  std::string out;
  std::size_t at = 0;
  while (at < form.size()) {
    if (form[at] != '$') {
      out += form[at++];
      continue;
    }
    if (at + 1 < form.size() && form[at + 1] == '$') {
      out += '$';
      at += 2;
      continue;
    }
    const bool braced = at + 1 < form.size() && form[at + 1] == '{';
    std::size_t begin = at + (braced ? 2 : 1);
    std::size_t end = begin;
    while (end < form.size() && name_character(form[end])) ++end;
    if (begin == end || (braced && (end >= form.size() || form[end] != '}'))) {
      out += form[at++];
      continue;
    }
    const std::string_view name = form.substr(begin, end - begin);
    at = end + (braced ? 1 : 0);
    std::size_t number = 0;
    bool digits = name.size() <= 6;
    for (const char c : name) {
      digits = digits && c >= '0' && c <= '9';
      if (digits) number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    if (digits) {
      if (number < groups.size()) out += groups[number];
      continue;
    }
    for (std::size_t i = 1; i < group_names().size() && i < groups.size(); ++i) {
      if (group_names()[i] == name) out += groups[i];
    }
  }
  return out;
}

std::string Regex::replace_all(std::string_view text, std::string_view form) const {
  std::string out;
  std::vector<std::string_view> groups;
  std::size_t copied = 0;
  std::size_t at = 0;
  bool after_match = false;
  while (at <= text.size() && find(text, at, groups)) {
    const auto start = static_cast<std::size_t>(groups[0].data() - text.data());
    const std::size_t end = start + groups[0].size();
    out += text.substr(copied, start - copied);
    // Go replaces no empty match right behind another match.
    if (end > start || !after_match || start != copied) out += expand(form, groups);
    copied = end;
    after_match = true;
    at = end;
    if (end == start) {
      if (at < text.size()) out += text[at];
      ++at;
      copied = std::min(at, text.size());
      after_match = false;
    }
  }
  if (copied < text.size()) out += text.substr(copied);
  return out;
}

std::optional<std::vector<std::string>> literal_alternatives(std::string_view expression, std::size_t most) {
  return Alternatives(expression, most).all();
}

std::string literal_prefix(std::string_view expression) {
  if (has_choice(expression)) return {};
  std::string prefix;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    char c = expression[i];
    if (c == '^' && i == 0) continue;
    std::size_t next = i + 1;
    if (c == '\\') {
      if (next >= expression.size() || !is_special(expression[next])) break;
      c = expression[next];
      i = next++;
    } else if (is_special(c)) {
      break;
    }
    // What may be missing is no prefix; a character of several bytes is missing as a whole.
    if (next < expression.size() &&
        std::string_view("*?{").find(expression[next]) != std::string_view::npos) {
      if (static_cast<unsigned char>(c) >= 0x80) {
        while (!prefix.empty() && (static_cast<unsigned char>(prefix.back()) & 0xc0) == 0x80)
          prefix.pop_back();
        if (!prefix.empty()) prefix.pop_back();
      }
      break;
    }
    prefix += c;
    if (next < expression.size() && expression[next] == '+') break;
  }
  return prefix;
}

std::string quote_meta(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_special(c)) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace aloft::telemetry
