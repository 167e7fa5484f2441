// Protection against storms: alerts that flap are held, and no receiver gets more than so many notifications
// in a span of time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "telemetry/alerts/manager/config.h"

namespace aloft::telemetry::alerts {

// Lives on one loop. Times are the loop's.
class StormGuard {
 public:
  explicit StormGuard(StormConfig config) : config_(config) {}

  // The alert went from firing to resolved or back.
  void record_change(std::uint64_t fingerprint, Time now);
  bool is_held(std::uint64_t fingerprint, Time now) const;
  // Counts a notification; false when the receiver has had its share, and the notification is to be held
  // back.
  bool admit(std::string_view receiver, Time now);
  // Remembers what was held back. True for the first since the last summary: one is due in summary_delay().
  bool hold_back(std::string_view receiver, std::string_view group_key, std::size_t alerts);
  Duration summary_delay() const { return config_.receiver_window; }
  struct HeldBack {
    std::size_t notifications = 0;
    std::size_t alerts = 0;
    std::vector<std::string> groups;  // the first few
  };
  HeldBack take_held_back(std::string_view receiver);
  const StormConfig& config() const { return config_; }
  // Forgets alerts that have been calm.
  void collect(Time now);

 private:
  struct Changes {
    std::deque<Time> times;
    Time held_until{};
  };
  struct Receiver {
    std::deque<Time> sent;
    HeldBack held;
  };
  StormConfig config_;
  std::unordered_map<std::uint64_t, Changes> changes_;
  std::map<std::string, Receiver, std::less<>> receivers_;
};

}  // namespace aloft::telemetry::alerts
