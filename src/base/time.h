// Time as values. No control-plane code reads a clock by itself: monotonic time comes from the Loop it runs
// on, wall time from the Clock it was given, so the same code runs in a simulation whose time jumps.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aloft {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

// A point on a loop's monotonic clock. The origin has no meaning; only differences do.
struct Time {
  Duration since_origin{};
  auto operator<=>(const Time&) const = default;
  Time operator+(Duration d) const { return {since_origin + d}; }
  Time operator-(Duration d) const { return {since_origin - d}; }
  Duration operator-(Time other) const { return since_origin - other.since_origin; }
};

// A point in civil time: nanoseconds since 1970-01-01T00:00:00Z.
struct WallTime {
  Duration since_epoch{};
  auto operator<=>(const WallTime&) const = default;
  WallTime operator+(Duration d) const { return {since_epoch + d}; }
  WallTime operator-(Duration d) const { return {since_epoch - d}; }
  Duration operator-(WallTime other) const { return since_epoch - other.since_epoch; }
};

// Reads civil time. Thread safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
};

// The machine's clock (CLOCK_REALTIME).
class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
};

// RFC 3339 in UTC with whole seconds, as metav1.Time: 2026-01-02T03:04:05Z.
std::string format_seconds(WallTime time);
// RFC 3339 in UTC with six decimals, as metav1.MicroTime: 2026-01-02T03:04:05.000006Z.
std::string format_micros(WallTime time);
// RFC 3339 in UTC with nine decimals, as the log format of CRI.
std::string format_nanos(WallTime time);
// Any RFC 3339 time of the years 1678 to 2261, with any offset; decimals after the ninth are dropped.
// Error: invalid, naming the text.
Result<WallTime> parse_time(std::string_view text);

// A Go duration: "300ms", "1h30m", "-1.5h", "2s"; the units are ns, us (or µs), ms, s, m, h. Error: invalid.
Result<Duration> parse_duration(std::string_view text);
// As Go prints it: "1m30s", "500ms", "0s".
std::string format_duration(Duration duration);
// As kubectl prints ages: "5s", "3m20s", "5h3m", "4d12h", "3y10d". An age of -2 s or less reads "<invalid>";
// less than that is the difference between two machines' clocks and reads "0s".
std::string format_age(Duration age);

}  // namespace aloft
