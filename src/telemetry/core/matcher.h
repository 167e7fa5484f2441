// Conditions on a label: equal, unequal, matching or not matching a regular expression.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/regex.h"

namespace aloft::telemetry {

enum class MatchType { equal, not_equal, regex, not_regex };

// A value; matches() from any thread. An absent label has the empty value, as in PromQL.
class Matcher {
 public:
  // Error: invalid for a malformed expression, naming it. Expressions are anchored at both ends.
  static Result<Matcher> make(MatchType type, std::string name, std::string value);
  static Matcher equal(std::string name, std::string value);

  bool matches(std::string_view value) const;
  MatchType type() const { return type_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }
  // The values that alone can match, when they are few and known: for `=` and for regular expressions that
  // are alternatives of literals ("a|b|c"). Sorted. Not for the negative types.
  const std::optional<std::vector<std::string>>& literals() const { return literals_; }
  // What every matching value begins with (regular expressions); may be empty.
  const std::string& prefix() const { return prefix_; }
  bool matches_empty() const { return matches_empty_; }
  // `name="value"`, as in a selector.
  std::string to_string() const;
  bool operator==(const Matcher& other) const {
    return type_ == other.type_ && name_ == other.name_ && value_ == other.value_;
  }

 private:
  Matcher(MatchType type, std::string name, std::string value)
      : type_(type), name_(std::move(name)), value_(std::move(value)) {}
  MatchType type_;
  std::string name_;
  std::string value_;
  std::optional<std::vector<std::string>> literals_;
  std::string prefix_;
  bool matches_empty_ = false;
  std::shared_ptr<const Regex> regex_;
};

// True when all of them match.
bool matches_all(const std::vector<Matcher>& matchers, LabelsView labels);

}  // namespace aloft::telemetry
