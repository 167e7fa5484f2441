// The part that both text formats share: `name{label="value",...}` and label sets of exemplars. For this
// module's sources only.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/labels.h"

namespace aloft::telemetry::scrape {

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Reads one series or label set and keeps it until the next. Views point into the text or into itself.
class SeriesText {
 public:
  enum class Style { prometheus, openmetrics };
  explicit SeriesText(Style style) : style_(style) {}

  // `at` moves behind what was read; null when that went well, otherwise what is wrong there.
  const char* read_series(const char*& at, const char* end);
  // `{...}`; no metric name inside.
  const char* read_labels(const char*& at, const char* end);
  // A metric or label name: an identifier, or any UTF-8 text in quotes.
  const char* read_name(const char*& at, const char* end, std::string_view& out);
  // A quoted text; escapes are undone.
  const char* read_quoted(const char*& at, const char* end, std::string_view& out);

  // Sorted by name, the metric's name among them; empty values are kept.
  const std::vector<Label>& labels() const { return labels_; }
  std::string_view name() const { return name_; }
  std::string_view get(std::string_view name) const;
  // Replaces the value of a label that is there.
  void replace(std::string_view name, std::string value);
  // Canonical form; empty values are left out.
  void encode(std::string& out) const;

 private:
  const char* read_braces(const char*& at, const char* end, bool name_allowed);
  const char* read_pair(const char*& at, const char* end, bool name_allowed, bool& was_name);
  const char* sort();
  void skip_blanks(const char*& at, const char* end) const {
    if (style_ == Style::openmetrics) return;
    while (at != end && is_blank(*at)) ++at;
  }

  Style style_;
  std::string_view name_;
  std::vector<Label> labels_;
  std::deque<std::string> unescaped_;
};

// Behind the series that begins at `at`, without looking at its labels; null when the line ends first.
const char* end_of_series(const char* at, const char* end);

// The shortest decimal form that reads back the same, as Go's strconv 'g'; and the same with ".0" behind
// whole numbers, as le and quantile labels are stored.
std::string format_shortest(double value);
std::string format_bound(double value);
// The stored form of a bound as it was written; the same text when it is no number.
std::string normalize_bound(std::string_view text);

// "line 3, column 7".
std::string place_of(std::string_view page, const char* at);

}  // namespace aloft::telemetry::scrape
