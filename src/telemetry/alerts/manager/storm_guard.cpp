// Counting within sliding windows.
#include "telemetry/alerts/manager/storm_guard.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t groups_named = 10;
constexpr std::size_t alerts_watched = 100'000;

void forget_before(std::deque<Time>& times, Time limit) {
  while (!times.empty() && times.front() <= limit) times.pop_front();
}

}  // namespace

void StormGuard::record_change(std::uint64_t fingerprint, Time now) {
  if (config_.flap_changes <= 0) return;
  if (changes_.size() >= alerts_watched && !changes_.contains(fingerprint)) return;
  Changes& changes = changes_[fingerprint];
  forget_before(changes.times, now - config_.flap_window);
  changes.times.push_back(now);
  const bool held = changes.held_until > now;
  if (held || changes.times.size() >= static_cast<std::size_t>(config_.flap_changes))
    changes.held_until = now + config_.hold_down;
  while (changes.times.size() > static_cast<std::size_t>(config_.flap_changes)) changes.times.pop_front();
}

bool StormGuard::is_held(std::uint64_t fingerprint, Time now) const {
  const auto found = changes_.find(fingerprint);
  return found != changes_.end() && found->second.held_until > now;
}

bool StormGuard::admit(std::string_view receiver, Time now) {
  if (config_.receiver_limit <= 0) return true;
  Receiver& entry = receivers_[std::string(receiver)];
  forget_before(entry.sent, now - config_.receiver_window);
  if (entry.sent.size() >= static_cast<std::size_t>(config_.receiver_limit)) return false;
  entry.sent.push_back(now);
  return true;
}

bool StormGuard::hold_back(std::string_view receiver, std::string_view group_key, std::size_t alerts) {
  HeldBack& held = receivers_[std::string(receiver)].held;
  ++held.notifications;
  held.alerts += alerts;
  if (held.groups.size() < groups_named) held.groups.emplace_back(group_key);
  return held.notifications == 1;
}

StormGuard::HeldBack StormGuard::take_held_back(std::string_view receiver) {
  const auto found = receivers_.find(receiver);
  return found != receivers_.end() ? std::exchange(found->second.held, HeldBack()) : HeldBack();
}

void StormGuard::collect(Time now) {
  std::erase_if(changes_, [&](const auto& item) {
    const Changes& changes = item.second;
    return changes.held_until <= now &&
           (changes.times.empty() || changes.times.back() <= now - config_.flap_window);
  });
}

}  // namespace aloft::telemetry::alerts
