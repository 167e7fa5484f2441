// Conditions on labels as Alertmanager's configuration, silences and filters write them: foo="bar",
// {foo=~"a|b", "utf8 name"!=x}. The UTF-8 syntax, with the classic one for what only that reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/core/matcher.h"

namespace aloft::telemetry::alerts {

// Error: invalid, naming the text and the place.
Result<std::vector<Matcher>> parse_matchers(std::string_view text);
// Exactly one, without braces.
Result<Matcher> parse_matcher(std::string_view text);

// True when all match; an absent label has the empty value.
bool matches_labels(const std::vector<Matcher>& matchers, const LabelMap& labels);
// `foo="bar"`, names in quotes where they need it.
std::string matcher_text(const Matcher& matcher);
// `{a="b",c=~"d"}`, sorted by name, type and value as routes are keyed.
std::string matchers_text(const std::vector<Matcher>& matchers);
void sort_matchers(std::vector<Matcher>& matchers);

}  // namespace aloft::telemetry::alerts
