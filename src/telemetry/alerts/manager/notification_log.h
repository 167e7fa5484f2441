// What was sent to whom: so that nothing is sent twice, also not after a restart, and that resolved alerts
// are told only to those who heard of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace aloft::telemetry::alerts {

// What a receiver wants to know again at its group's next notification, by name.
using Notes = std::map<std::string, std::string, std::less<>>;

// Lives on one loop.
class NotificationLog {
 public:
  struct Entry {
    WallTime sent_at;
    WallTime expires_at;
    std::vector<std::uint64_t> firing;    // sorted fingerprints
    std::vector<std::uint64_t> resolved;  // sorted
    Notes notes;
  };
  // Given every record to keep, in order.
  using Sink = std::function<void(std::string record)>;

  void set_sink(Sink sink) { sink_ = std::move(sink); }
  const Entry* find(std::string_view group_key, std::string_view receiver) const;
  void put(std::string_view group_key, std::string_view receiver, Entry entry);
  void collect(WallTime now);
  std::size_t size() const { return entries_.size(); }

  // Records as they were given to the sink; a later one of the same key counts. False for a damaged one.
  bool replay(std::string_view record);
  // Records that stand for everything there is.
  std::vector<std::string> records() const;

 private:
  static std::string key_of(std::string_view group_key, std::string_view receiver);
  std::map<std::string, Entry, std::less<>> entries_;
  Sink sink_;
};

enum class NotifyReason { none, first, new_alerts, new_resolved, all_resolved, repeat };
std::string_view to_string(NotifyReason reason);

// Whether a group in this state must be notified of, given what was sent before. The lists are sorted.
NotifyReason needs_notification(const NotificationLog::Entry* entry, const std::vector<std::uint64_t>& firing,
                                const std::vector<std::uint64_t>& resolved, bool send_resolved,
                                Duration repeat, WallTime now);

}  // namespace aloft::telemetry::alerts
