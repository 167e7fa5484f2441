// The commands of a test script. A private header of the script's files.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/regex.h"
#include "telemetry/promql/series_notation.h"
#include "telemetry/promql/value.h"

namespace aloft::telemetry::promql::script {

struct LoadedSeries {
  SeriesDescription description;
  std::vector<SequenceValue> starts;  // offsets of start timestamps in milliseconds, or empty
};

struct Load {
  Millis step = 0;
  bool with_custom_buckets = false;  // classic histograms become native ones besides
  std::vector<LoadedSeries> series;
};

enum class Expected : std::uint8_t { ordered, fail, warn, no_warn, info, no_info };

// A message that is expected, or an expression that it must match; neither: any.
struct Expectation {
  Expected what = Expected::ordered;
  std::optional<std::string> message;
  std::shared_ptr<const Regex> regex;
  bool matches(std::string_view text) const;
};

struct Eval {
  bool range = false;
  Millis start = 0;  // of an instant query: its time
  Millis end = 0;
  Millis step = 0;
  std::string expr;
  std::vector<Expectation> expectations;
  std::vector<SeriesDescription> series;
  std::optional<double> scalar;
  std::optional<std::string> string;
  bool range_vector = false;  // the times above are those of a range vector; evaluated at `end`

  bool expects(Expected what) const;
};

struct Command {
  int line = 0;  // from 1
  bool clear = false;
  std::optional<Load> load;
  std::optional<Eval> eval;
};

// Error: bad_request with the line.
Result<std::vector<Command>> parse_script(std::string_view text);

// Why a value is not what was expected; empty when it is. Vectors and matrices need not be in order.
std::string compare(const Eval& eval, const Value& value);

}  // namespace aloft::telemetry::promql::script
