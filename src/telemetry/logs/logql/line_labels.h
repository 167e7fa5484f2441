// The labels of one log line while it passes through a query: those of its stream, its fields, and what
// parsers found, with the rules for names that collide and for errors. Source: Loki's documentation on label
// conflicts, structured metadata and pipeline errors.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/labels.h"
#include "telemetry/core/template/value.h"
#include "telemetry/logs/store/rows.h"

namespace aloft::telemetry::logs::logql {

inline constexpr std::string_view error_label = "__error__";
inline constexpr std::string_view error_details_label = "__error_details__";

enum class Source : std::uint8_t { stream, field, parsed };

// Which labels a query can tell apart; parsers leave the others out.
struct Needed {
  bool none = false;                              // no label at all: parsers do nothing
  std::optional<std::vector<std::string>> names;  // these alone; not set: every one
  bool wants(std::string_view name) const;
};

// Used by one thread, for one line after another. Views that are set must live until the next begin(); keep()
// gives text that does.
class LineLabels final : public templates::Record {
 public:
  struct Entry {
    std::string_view name;
    std::string_view value;
    Source source = Source::stream;
    bool operator==(const Entry&) const = default;
  };

  void begin(LabelsView stream, PackedFields fields);
  std::optional<std::string_view> get(std::string_view name) const;
  void set(Source source, std::string_view name, std::string_view value);
  // Labels of errors are forgotten, which is no change of the labels themselves.
  void remove(std::string_view name);
  // Whether the stream or a field has the label; parsed ones of that name get the suffix _extracted.
  bool is_given(std::string_view name) const;
  // `name`, with the suffix where the label is given.
  std::string_view free_name(std::string_view name);
  // The name under which a parser stores what it found: cleaned of what labels may not hold, and free. Empty
  // when nothing is left of it, when nobody wants it, or when something was parsed under it before.
  std::string_view parsed_name(std::string_view raw);

  bool has_error() const { return !error_.empty(); }
  std::string_view error() const { return error_; }
  std::string_view error_details() const { return details_; }
  void set_error(std::string_view error, std::string_view details) {
    error_ = keep(std::string(error));
    if (!details.empty()) details_ = keep(std::string(details));
  }
  // Of a line that could not be parsed. Metric queries that speak of errors themselves count such lines.
  void set_parse_error(std::string_view error, std::string_view details) {
    set_error(error, details);
    error_counts_ = errors_wanted;
  }
  bool error_counts() const { return error_counts_; }
  // False while the labels are still the stream's alone.
  bool changed() const { return changed_ || !error_.empty(); }
  // All labels that are left, sorted by name; with the error's, if there is one.
  void collect(std::vector<Entry>& out) const;
  std::optional<std::string_view> field(std::string_view name) const override { return get(name); }

  std::string_view keep(std::string text) { return arena_.emplace_back(std::move(text)); }
  const Needed* needed = nullptr;  // null: every label
  bool errors_wanted = false;      // see set_parse_error()

 private:
  bool stream_has(std::string_view name) const;
  // What was set under that name on the way; null when nothing was.
  const Entry* added(std::string_view name) const;
  std::vector<Entry> stream_;
  std::string_view stream_encoded_;
  std::vector<bool> stream_removed_;
  std::vector<Entry> added_;
  std::vector<std::string_view> forgotten_;  // parsed once and removed since
  std::string_view error_, details_;
  bool error_counts_ = false;
  bool changed_ = false;
  std::deque<std::string> arena_;
};

// A name as labels allow it: every other character becomes an underscore, a digit in front gets one.
std::string sanitize_name(std::string_view raw);

}  // namespace aloft::telemetry::logs::logql
