// Matchers, with the short ways around regular expressions that most selectors allow.
#include "telemetry/core/matcher.h"

#include <algorithm>

namespace aloft::telemetry {

Result<Matcher> Matcher::make(MatchType type, std::string name, std::string value) {
  Matcher matcher(type, std::move(name), std::move(value));
  if (type == MatchType::equal || type == MatchType::not_equal) {
    if (type == MatchType::equal) matcher.literals_ = std::vector<std::string>{matcher.value_};
    matcher.matches_empty_ = matcher.matches("");
    return matcher;
  }
  TRY(regex, Regex::compile(matcher.value_, Regex::Anchor::both));
  matcher.regex_ = std::move(regex);
  if (auto literals = type == MatchType::regex ? literal_alternatives(matcher.value_) : std::nullopt) {
    std::sort(literals->begin(), literals->end());
    literals->erase(std::unique(literals->begin(), literals->end()), literals->end());
    matcher.literals_ = std::move(literals);
  } else {
    matcher.prefix_ = literal_prefix(matcher.value_);
  }
  matcher.matches_empty_ = matcher.matches("");
  return matcher;
}

Matcher Matcher::equal(std::string name, std::string value) {
  return *make(MatchType::equal, std::move(name), std::move(value));
}

bool Matcher::matches(std::string_view value) const {
  switch (type_) {
    case MatchType::equal:
      return value == value_;
    case MatchType::not_equal:
      return value != value_;
    case MatchType::regex:
    case MatchType::not_regex:
      break;
  }
  bool found = false;
  if (literals_) {
    found = std::binary_search(literals_->begin(), literals_->end(), value, std::less<>());
  } else {
    found = value.starts_with(prefix_) && regex_->matches(value);
  }
  return found == (type_ == MatchType::regex);
}

std::string Matcher::to_string() const {
  std::string out;
  if (is_classic_label_name(name_)) {
    out = name_;
  } else {
    out = fmt::format("\"{}\"", name_);
  }
  switch (type_) {
    case MatchType::equal:
      out += "=";
      break;
    case MatchType::not_equal:
      out += "!=";
      break;
    case MatchType::regex:
      out += "=~";
      break;
    case MatchType::not_regex:
      out += "!~";
      break;
  }
  out += '"';
  for (const char c : value_) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool matches_all(const std::vector<Matcher>& matchers, LabelsView labels) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const Matcher& matcher) { return matcher.matches(labels.get(matcher.name())); });
}

}  // namespace aloft::telemetry
