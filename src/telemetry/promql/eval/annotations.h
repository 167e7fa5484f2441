// Warnings and remarks that come with a query's result, each about a place in its text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/promql/ast.h"

namespace aloft::telemetry::promql {

enum class Severity : std::uint8_t { warning, info };

// A value; one for each thread that evaluates, merged in a fixed order. The same message counts once, at the
// place that named it last.
class Annotations {
 public:
  void warn(std::string message, Span span) { add(Severity::warning, std::move(message), span); }
  void info(std::string message, Span span) { add(Severity::info, std::move(message), span); }
  // Buckets of a classic histogram fell; several of these become one that spans them.
  void forced_monotonic(std::string_view metric, Span span, Millis time, double lowest, double highest,
                        double drop);
  // A sample counts from before the previous one.
  void start_time_overlap(std::string_view metric, Span span);
  void merge(Annotations&& other);
  bool empty() const { return entries_.empty(); }

  // "PromQL warning: ... (line:column)", sorted; at most `limit` of each (0: all) and how many are missing.
  void render(std::string_view text, std::size_t limit, std::vector<std::string>& warnings,
              std::vector<std::string>& infos) const;

 private:
  struct Entry {
    Severity severity = Severity::warning;
    Span span;
    bool forced = false;
    Millis first = 0, last = 0;
    double lowest = 0, highest = 0, drop = 0;
    std::size_t count = 0;
  };
  void add(Severity severity, std::string message, Span span);
  static void merge_entry(Entry& into, const Entry& from);
  std::map<std::string, Entry> entries_;
};

// ` for metric name "x"`, or nothing for an empty name.
std::string for_metric(std::string_view name);

}  // namespace aloft::telemetry::promql
