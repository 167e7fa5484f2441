// Inhibition: an alert that fires may mute others that share labels with it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "telemetry/alerts/manager/alert.h"
#include "telemetry/alerts/manager/config.h"

namespace aloft::telemetry::alerts {

// Lives on one loop.
class Inhibitor {
 public:
  explicit Inhibitor(std::vector<InhibitRule> rules);
  // Tells of an alert's newest state.
  void update(const AlertPtr& alert);
  void forget(const Alert& alert);
  // The fingerprints of the firing alerts that mute these labels, one for each rule at most. An alert that is
  // source and target of a rule is not muted by others that are too.
  std::vector<std::uint64_t> muted_by(const LabelMap& labels, WallTime now) const;

 private:
  struct Rule {
    InhibitRule config;
    // The values of the equal labels, then the sources that have them.
    std::map<std::string, std::map<std::uint64_t, AlertPtr>> sources;
  };
  std::vector<Rule> rules_;
};

}  // namespace aloft::telemetry::alerts
