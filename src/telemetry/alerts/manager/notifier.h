// How a notification leaves: what every kind of receiver implements.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/task.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/alerts/manager/config.h"
#include "telemetry/alerts/manager/notification_log.h"

namespace aloft::telemetry::alerts {

// One message about one group to one receiver.
struct Notification {
  std::string receiver;
  std::string group_key;
  LabelMap group_labels;
  LabelMap route_labels;
  NotifyReason reason = NotifyReason::first;
  std::vector<AlertPtr> alerts;
  WallTime now;
  Notes notes;  // of the group's notification before this one

  bool firing() const {
    for (const AlertPtr& alert : alerts) {
      if (!alert->resolved(now)) return true;
    }
    return false;
  }
};

struct Delivery {
  bool delivered = false;
  bool retry = false;  // trying again may help
  std::string error;   // without secrets
  Notes notes;         // to be had at the group's next notification
  static Delivery done() { return {true, false, ""}; }
  static Delivery failed(bool retry, std::string error) { return {false, retry, std::move(error)}; }
};

// The labels of a route as templates over a message about a group.
using RouteLabelRenderer = std::function<LabelMap(const LabelMap& labels, const Notification& message)>;

// Lives on the alerts' loop.
class Notifier {
 public:
  virtual ~Notifier() = default;
  virtual io::Task<Delivery> send(std::shared_ptr<const Notification> notification) = 0;
};

// Makes the notifier of one entry of a receiver. Error: invalid, naming what is wrong.
using NotifierFactory =
    std::function<Result<std::unique_ptr<Notifier>>(const ReceiverConfig&, const IntegrationConfig&)>;

}  // namespace aloft::telemetry::alerts
