// Label and field selectors: parsing, matching, and the errors that upstream gives.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::model {

// Looks a label up; nullopt when it is missing.
using LabelLookup = std::function<std::optional<std::string_view>(std::string_view key)>;

struct LabelRequirement {
  enum class Operator {
    in,
    not_in,
    exists,
    does_not_exist,
    equals,
    not_equals,
    greater,
    less
  } op = Operator::exists;
  std::string key;
  std::vector<std::string> values;  // sorted
  bool operator==(const LabelRequirement&) const = default;
};

// A conjunction; empty matches everything. A value.
class LabelSelector {
 public:
  // The query form: "a=b,c in (d,e),!f,g>1". Error: bad_request with upstream's message.
  static Result<LabelSelector> parse(std::string_view text);
  static LabelSelector of(const std::map<std::string, std::string>& equals);
  void add(LabelRequirement requirement) { requirements_.push_back(std::move(requirement)); }
  bool matches(const std::map<std::string, std::string>& labels) const;
  bool matches(const LabelLookup& lookup) const;
  bool empty() const { return requirements_.empty(); }
  const std::vector<LabelRequirement>& requirements() const { return requirements_; }
  std::string to_string() const;  // canonical, parses back
  bool operator==(const LabelSelector&) const = default;

 private:
  std::vector<LabelRequirement> requirements_;
};

// "metadata.name=x,status.phase!=Running".
class FieldSelector {
 public:
  struct Term {
    std::string path;
    std::string value;
    bool equal = true;
    bool operator==(const Term&) const = default;
  };
  // Error: bad_request. Backslash escapes for , = and \ as upstream.
  static Result<FieldSelector> parse(std::string_view text);
  bool matches(const std::function<std::string(std::string_view path)>& field) const;
  bool empty() const { return terms_.empty(); }
  const std::vector<Term>& terms() const { return terms_; }
  // The value that the selector demands of a path by equality, if it does.
  std::optional<std::string_view> demanded(std::string_view path) const;
  std::string to_string() const;

 private:
  std::vector<Term> terms_;
};

}  // namespace aloft::model
