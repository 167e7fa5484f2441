// What a machine does, under the names of Prometheus' node_exporter, so that its dashboards and rules work
// with nothing installed. Reads /proc and /sys; each collector stands alone, and one that fails is reported
// by node_scrape_collector_success instead of failing the rest.
#pragma once

#include <string>

#include "base/time.h"
#include "telemetry/discovery/exporters/families.h"

namespace aloft::telemetry::discovery {

// A value. collect() blocks for some milliseconds and belongs on a pool thread.
class NodeExporter {
 public:
  // `root` is where proc/ and sys/ and the mounted file systems are found: "" for this machine.
  explicit NodeExporter(std::string root = "") : root_(std::move(root)) {}
  Families collect(WallTime now) const;

 private:
  std::string root_;
};

}  // namespace aloft::telemetry::discovery
