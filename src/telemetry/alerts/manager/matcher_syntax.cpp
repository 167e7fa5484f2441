// Both syntaxes of label matchers. Where both read a text but differ, the classic meaning counts, as it did
// when the text was written.
#include "telemetry/alerts/manager/matcher_syntax.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/go_quote.h"
#include "base/text.h"

namespace aloft::telemetry::alerts {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }
bool is_reserved(char c) {
  return is_space(c) || std::string_view("{}!=~,\\\"'`").find(c) != std::string_view::npos;
}

std::optional<MatchType> match_type(std::string_view text) {
  if (text == "=") return MatchType::equal;
  if (text == "!=") return MatchType::not_equal;
  if (text == "=~") return MatchType::regex;
  if (text == "!~") return MatchType::not_regex;
  return std::nullopt;
}

// Go's strconv.Unquote of a double-quoted text, as far as matchers use it.
bool unquote(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\n' || (c == '\\' && !go_unescape(text, "\"", out))) return false;
    if (c != '\\') out += c;
  }
  return true;
}

class Utf8Parser {
 public:
  explicit Utf8Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Matcher>> run() {
    std::vector<Matcher> out;
    skip();
    const bool braces = eat('{');
    for (;;) {
      skip();
      if (at_ >= text_.size() || text_[at_] == '}') break;
      TRY(matcher, one());
      out.push_back(std::move(matcher));
      skip();
      if (at_ >= text_.size() || text_[at_] == '}') break;
      if (!eat(',')) return error(braces ? "expected a comma or close brace" : "expected a comma");
    }
    const bool closed = eat('}');
    if (braces && !closed) return error("expected close brace");
    if (!braces && closed) return error("expected opening brace");
    skip();
    if (at_ < text_.size()) return error("expected end of input");
    return out;
  }

 private:
  std::unexpected<Error> error(std::string_view what) const {
    const std::string_view rest = text_.substr(std::min(at_, text_.size()), 20);
    return fail(Code::invalid, fmt::format("{}:{}: {}: {}", at_, at_ + rest.size(),
                                           rest.empty() ? "end of input" : rest, what));
  }
  void skip() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool eat(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Result<Matcher> one() {
    TRY(name, word("expected label name"));
    skip();
    std::size_t length = 1;
    const std::string_view rest = text_.substr(at_);
    if (rest.size() > 1 && match_type(rest.substr(0, 2))) length = 2;
    const auto type = rest.empty() ? std::nullopt : match_type(rest.substr(0, length));
    if (!type) return error("expected an operator such as '=', '!=', '=~' or '!~'");
    at_ += length;
    skip();
    TRY(value, word("expected label value"));
    return Matcher::make(*type, std::move(name), std::move(value));
  }
  Result<std::string> word(std::string_view wanted) {
    std::string out;
    if (eat('"')) {
      const std::size_t from = at_;
      while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
      if (at_ >= text_.size()) return error("missing end \"");
      if (!unquote(text_.substr(from, at_ - from), out)) return error("invalid input");
      if (!is_utf8(out)) return error("invalid UTF-8");
      ++at_;
      if (wanted == "expected label name" && out.empty()) return error(wanted);
      return out;
    }
    const std::size_t from = at_;
    while (at_ < text_.size() && !is_reserved(text_[at_])) ++at_;
    if (at_ == from) return error(wanted);
    out = std::string(text_.substr(from, at_ - from));
    if (!is_utf8(out)) return error("invalid input");
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<std::string> classic_value(std::string_view raw) {
  const auto stray = [raw] {
    return fail(Code::invalid, fmt::format("matcher value contains unescaped double quote: {}", raw));
  };
  if (!is_utf8(raw)) return fail(Code::invalid, fmt::format("matcher value not valid UTF-8: {}", raw));
  std::string_view rest = raw;
  bool open = rest.starts_with('"');
  if (open) rest.remove_prefix(1);
  std::string out;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size()) {
      const char next = rest[++i];
      if (next == 'n')
        out += '\n';
      else if (next == '"' || next == '\\')
        out += next;
      else
        out.append("\\").append(1, next);
    } else if (rest[i] == '"') {
      if (!open || i + 1 < rest.size()) return stray();
      open = false;
    } else {
      out += rest[i];
    }
  }
  if (open) return stray();
  return out;
}

Result<Matcher> classic_matcher(std::string_view text) {
  const auto bad = [text] { return fail(Code::invalid, fmt::format("bad matcher format: {}", text)); };
  const std::string_view trimmed = trim(text, ascii_whitespace);
  std::size_t at = 0;
  while (at < trimmed.size() && (std::isalnum(static_cast<unsigned char>(trimmed[at])) != 0 ||
                                 trimmed[at] == '_' || trimmed[at] == ':'))
    ++at;
  const std::string_view name = trimmed.substr(0, at);
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return bad();
  while (at < trimmed.size() && is_space(trimmed[at])) ++at;
  std::size_t length = 2;
  std::optional<MatchType> type;
  if (at + 1 < trimmed.size()) type = match_type(trimmed.substr(at, 2));
  if (!type) {
    length = 1;
    type = match_type(trimmed.substr(at, 1));
  }
  if (!type) return bad();
  TRY(value, classic_value(trim(trimmed.substr(at + length), ascii_whitespace)));
  return Matcher::make(*type, std::string(name), std::move(value));
}

Result<std::vector<Matcher>> classic_matchers(std::string_view text) {
  if (text.starts_with('{')) text.remove_prefix(1);
  if (text.ends_with('}')) text.remove_suffix(1);
  std::vector<Matcher> out;
  bool quoted = false;
  bool escaped = false;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool end = i == text.size();
    if (end || (text[i] == ',' && !quoted)) {
      const std::string_view part = text.substr(from, i - from);
      from = i + 1;
      if (end && trim(part, ascii_whitespace).empty()) break;
      TRY(matcher, classic_matcher(part));
      out.push_back(std::move(matcher));
      escaped = false;
      continue;
    }
    if (text[i] == '"') {
      if (!escaped) quoted = !quoted;
      escaped = false;
    } else {
      escaped = text[i] == '\\' && !escaped;
    }
  }
  return out;
}

int order_of(MatchType type) { return static_cast<int>(type); }

}  // namespace

Result<std::vector<Matcher>> parse_matchers(std::string_view text) {
  auto modern = Utf8Parser(text).run();
  auto classic = classic_matchers(text);
  if (!modern) {
    // Of two errors the newer syntax gives the place.
    return classic ? std::move(classic) : std::move(modern);
  }
  if (classic && !(*classic == *modern)) return classic;
  return modern;
}

Result<Matcher> parse_matcher(std::string_view text) {
  if (text.starts_with('{') || text.ends_with('}'))
    return fail(Code::invalid, fmt::format("unexpected open or close brace: {}", text));
  auto modern = Utf8Parser(text).run();
  auto classic = classic_matcher(text);
  if (!modern || modern->size() != 1) {
    if (classic) return classic;
    if (!modern) return fail(Code::invalid, fmt::format("bad matcher format: {}", text));
    return fail(Code::invalid, modern->empty() ? std::string("no matchers")
                                               : fmt::format("expected 1 matcher, found {}", modern->size()));
  }
  if (classic && !(*classic == modern->front())) return classic;
  return std::move(modern->front());
}

bool matches_labels(const std::vector<Matcher>& matchers, const LabelMap& labels) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const Matcher& m) { return m.matches(label_of(labels, m.name())); });
}

std::string matcher_text(const Matcher& matcher) {
  constexpr std::array<std::string_view, 4> operators = {"=", "!=", "=~", "!~"};
  const std::string& name = matcher.name();
  const bool plain = !name.empty() && std::none_of(name.begin(), name.end(), is_reserved);
  // Values are escaped as both syntaxes read them.
  std::string value;
  for (const char c : matcher.value()) {
    if (c == '\\' || c == '"')
      value.append("\\").append(1, c);
    else if (c == '\n')
      value += "\\n";
    else
      value += c;
  }
  return fmt::format("{}{}\"{}\"", plain ? name : go_quote(name),
                     operators[static_cast<std::size_t>(matcher.type())], value);
}

std::string matchers_text(const std::vector<Matcher>& matchers) {
  std::string out = "{";
  for (const Matcher& matcher : matchers) {
    if (out.size() > 1) out += ',';
    out += matcher_text(matcher);
  }
  return out + '}';
}

void sort_matchers(std::vector<Matcher>& matchers) {
  std::sort(matchers.begin(), matchers.end(), [](const Matcher& a, const Matcher& b) {
    if (a.name() != b.name()) return a.name() < b.name();
    if (a.value() != b.value()) return a.value() < b.value();
    return order_of(a.type()) < order_of(b.type());
  });
}

}  // namespace aloft::telemetry::alerts
