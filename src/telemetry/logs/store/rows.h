// Log rows in memory, as the head holds them and blocks decode to them, and the packed form of a row's
// fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/logs/store/cursor.h"

namespace aloft::telemetry::logs {

// The fields of a row (Loki's structured metadata) in one run of bytes: name and value, each with its length
// before it, sorted by name. Valid as long as those bytes.
class PackedFields {
 public:
  PackedFields() = default;
  explicit PackedFields(std::string_view packed) : packed_(packed) {}
  bool empty() const { return packed_.empty(); }
  std::string_view packed() const { return packed_; }
  // Calls f(name, value) for each field in order.
  template <class F>
  void for_each(F&& f) const {
    Cursor cursor(packed_);
    std::string_view name, value;
    while (!cursor.at_end() && cursor.text(name) && cursor.text(value)) f(name, value);
  }
  bool operator==(const PackedFields&) const = default;

 private:
  std::string_view packed_;
};

// Empty values are left out; `fields` is sorted by name.
void pack_fields(std::string& out, const std::vector<std::pair<std::string, std::string>>& fields);

// One log entry, borrowed.
struct Row {
  std::int64_t time_ns = 0;
  std::string_view line;
  PackedFields fields;
};

// Sorts by time, keeping the order of arrival among equal times, and removes entries that are equal in time,
// line and fields.
void sort_and_deduplicate(std::vector<Row>& rows);

}  // namespace aloft::telemetry::logs
