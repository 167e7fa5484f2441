// Regular expressions in RE2's syntax, which is Go's: linear time whatever the expression, so a hostile one
// costs no more than its bounded size.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::telemetry {

// Immutable; every call from any thread.
class Regex {
 public:
  enum class Anchor {
    none,  // finds anywhere
    both   // the whole text
  };
  // Error: invalid, naming the expression and what is wrong with it; also for one whose program would be
  // larger than 1 MiB. `.` matches line breaks when anchored, as Prometheus' matchers do.
  static Result<std::shared_ptr<const Regex>> compile(std::string_view expression, Anchor anchor);
  virtual ~Regex() = default;

  virtual bool matches(std::string_view text) const = 0;
  // The whole match and the groups at or after `from`; a group that took no part is a null view. False when
  // nothing matches; `groups` is then as it was.
  virtual bool find(std::string_view text, std::size_t from, std::vector<std::string_view>& groups) const = 0;
  // Names by group number; index 0 and unnamed groups are empty.
  virtual const std::vector<std::string>& group_names() const = 0;
  virtual const std::string& expression() const = 0;
  // Expands Go's $1, ${1}, $name, ${name} and $$ in `form` from the groups of find().
  std::string expand(std::string_view form, const std::vector<std::string_view>& groups) const;
  // Every match replaced, as Go's Regexp.ReplaceAllString.
  std::string replace_all(std::string_view text, std::string_view form) const;
};

// The literal alternatives of an expression that is nothing else ("a|b", "(?:x|y)z"); nullopt for others or
// for more than `most`.
std::optional<std::vector<std::string>> literal_alternatives(std::string_view expression,
                                                             std::size_t most = 256);
// What every text that the anchored expression matches begins with.
std::string literal_prefix(std::string_view expression);
// Every special character escaped, as Go's regexp.QuoteMeta.
std::string quote_meta(std::string_view text);

}  // namespace aloft::telemetry
