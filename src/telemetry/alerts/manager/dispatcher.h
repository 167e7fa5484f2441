// Groups alerts by their routes and notifies: when a group is new, when it changes, and again after a while.
// What is muted, was sent already or floods a receiver stays here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/random.h"
#include "io/event.h"
#include "io/scope.h"
#include "telemetry/alerts/manager/history.h"
#include "telemetry/alerts/manager/notification_log.h"
#include "telemetry/alerts/manager/notifier.h"
#include "telemetry/alerts/manager/route.h"
#include "telemetry/alerts/manager/storm_guard.h"

namespace aloft::telemetry::alerts {

// A receiver that is ready to be notified.
struct Receiver {
  struct Integration {
    std::string kind;
    std::size_t index = 0;
    bool send_resolved = true;
    std::unique_ptr<Notifier> notifier;
  };
  std::string name;
  std::vector<Integration> integrations;
};

struct DispatcherParts {
  io::Loop& loop;
  const Clock& clock;
  Random& random;
  NotificationLog& log;
  StormGuard& storm;
  History& history;
  Metrics& metrics;
  // True when nobody is to be notified of an alert with these labels (silenced, inhibited).
  std::function<bool(const LabelMap&, WallTime)> muted;
  RouteLabelRenderer route_labels;  // null: they stand as they are written
};

// Lives on one loop. Destroying it ends what is being sent.
class Dispatcher {
 public:
  Dispatcher(DispatcherParts parts, const ManagerConfig& config, std::vector<Receiver> receivers);
  ~Dispatcher();

  // The newest state of an alert, to the groups of all its routes.
  void put(const AlertPtr& alert);
  // The alert has ended by itself (its end time has come).
  void nudge(std::uint64_t fingerprint);

  struct GroupView {
    const Route* route = nullptr;
    LabelMap labels;
    std::string key;
    std::vector<AlertPtr> alerts;
    std::vector<std::string> muted_by;  // time intervals
    LabelMap route_labels;
  };
  // Sorted by receiver and labels.
  std::vector<GroupView> groups() const;
  const Route& root() const { return root_; }
  // The receivers of an alert, in the order of its routes.
  std::vector<std::string> receivers_of(const LabelMap& labels) const;
  std::size_t group_count() const { return groups_.size(); }

 private:
  struct Group;
  struct Numbers;
  void schedule(Group& group, const AlertPtr& alert, bool changed);
  io::Task<> run(std::shared_ptr<Group> group);
  io::Task<bool> flush(std::shared_ptr<Group> group);
  io::Task<> notify(std::shared_ptr<Group> group, const Receiver::Integration& integration,
                    std::shared_ptr<const std::vector<AlertPtr>> alerts, bool& good);
  // What the last attempt gave.
  io::Task<Delivery> deliver(const Receiver::Integration& integration,
                             std::shared_ptr<const Notification> message, Time deadline);
  io::Task<> summarize(std::string receiver);
  std::vector<std::string> interval_mutes(const Route& route, WallTime now) const;
  const Receiver* receiver_named(std::string_view name) const;
  LabelMap route_labels(const Group& group, const std::vector<AlertPtr>& alerts, WallTime now) const;
  void remember(const Notification& message, std::string_view kind, std::string_view outcome,
                std::string_view why);

  DispatcherParts parts_;
  Route root_;
  std::map<std::string, std::vector<TimeInterval>, std::less<>> intervals_;
  std::vector<Receiver> receivers_;
  std::map<std::string, std::shared_ptr<Group>, std::less<>> groups_;
  std::unique_ptr<Numbers> numbers_;
  io::Scope scope_;
};

// Alerts in the order of messages: by job, instance, then all labels.
void sort_alerts(std::vector<AlertPtr>& alerts);

}  // namespace aloft::telemetry::alerts
