// What expressions of rules may be written in beside PromQL, such as LogQL: this module knows only how to
// check and ask.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/promql/value.h"

namespace aloft::telemetry::alerts {

struct RuleLanguage {
  std::string name;
  // The expression as the language prints it. Error: invalid, the message without the place. Any thread.
  std::function<Result<std::string>(std::string_view text)> check;
  // The vector at that time; a scalar is one sample without labels. Blocks.
  std::function<Result<std::vector<promql::Sample>>(std::string_view text, Millis at)> evaluate;
};

}  // namespace aloft::telemetry::alerts
