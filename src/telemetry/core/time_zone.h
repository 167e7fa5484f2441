// Time zones by name ("Europe/Berlin"), from the machine's zone files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace aloft::telemetry {

// A value. UTC unless loaded.
class TimeZone {
 public:
  // Reads a file, so at start-up or on a pool thread. Error: invalid, naming the zone.
  static Result<TimeZone> load(std::string_view name);
  struct Offset {
    Duration from_utc{};
    std::string name = "UTC";
  };
  Offset at(WallTime time) const;
  const std::string& name() const { return name_; }

 private:
  struct Change {
    std::int64_t second;
    std::size_t kind;
  };
  std::string name_ = "UTC";
  std::vector<Change> changes_;
  std::vector<Offset> kinds_;
};

}  // namespace aloft::telemetry
