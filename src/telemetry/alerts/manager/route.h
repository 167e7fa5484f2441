// The routing tree: which receivers an alert goes to, and how its notifications are grouped and timed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "telemetry/alerts/manager/config.h"

namespace aloft::telemetry::alerts {

// Immutable once built; children refer to their parents, so it does not move.
class Route {
 public:
  // `parent` is null for the root.
  explicit Route(const RouteConfig& config, const Route* parent = nullptr);
  Route(const Route&) = delete;
  Route& operator=(const Route&) = delete;

  // The routes that take an alert, in order: the deepest match of each branch, siblings only after
  // `continue`.
  std::vector<const Route*> match(const LabelMap& labels) const;
  // Every route, this one first, depth first.
  void visit(const std::function<void(const Route&)>& f) const;

  // `{}/{severity="page"}`: names groups in notifications and in the notification log.
  const std::string& key() const { return key_; }
  const std::string& receiver() const { return receiver_; }
  bool group_by_all() const { return group_by_all_; }
  const std::set<std::string, std::less<>>& group_by() const { return group_by_; }
  Duration group_wait() const { return group_wait_; }
  Duration group_interval() const { return group_interval_; }
  Duration repeat_interval() const { return repeat_interval_; }
  const std::vector<std::string>& mute_time_intervals() const { return mute_time_intervals_; }
  const std::vector<std::string>& active_time_intervals() const { return active_time_intervals_; }
  const LabelMap& labels() const { return labels_; }
  // The labels that name the group of an alert.
  LabelMap group_labels(const LabelMap& alert) const;

 private:
  std::string key_;
  std::string receiver_;
  bool group_by_all_ = false;
  std::set<std::string, std::less<>> group_by_;
  Duration group_wait_ = 30s;
  Duration group_interval_ = 5min;
  Duration repeat_interval_ = 4h;
  std::vector<Matcher> matchers_;
  bool goes_on_ = false;
  std::vector<std::string> mute_time_intervals_;
  std::vector<std::string> active_time_intervals_;
  LabelMap labels_;
  std::vector<std::unique_ptr<Route>> children_;
};

}  // namespace aloft::telemetry::alerts
