// Targets as discovery finds them: groups of addresses with labels, from configuration, files, HTTP, DNS or
// Kubernetes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"

namespace aloft::telemetry::scrape {

// The labels that tell how to reach a target; see Prometheus, "relabel_config".
inline constexpr std::string_view address_label = "__address__";
inline constexpr std::string_view scheme_label = "__scheme__";
inline constexpr std::string_view metrics_path_label = "__metrics_path__";
inline constexpr std::string_view scrape_interval_label = "__scrape_interval__";
inline constexpr std::string_view scrape_timeout_label = "__scrape_timeout__";
inline constexpr std::string_view param_label_prefix = "__param_";
inline constexpr std::string_view meta_label_prefix = "__meta_";

struct TargetGroup {
  std::string source;           // tells groups of one provider apart: a file, a pod, a service
  std::vector<Labels> targets;  // each with __address__
  Labels labels;                // of all of them; a target's own go first
  bool operator==(const TargetGroup&) const = default;
};

// Finds targets for one scrape configuration, as long as it lives. Lives on the scrape manager's loop.
class TargetProvider {
 public:
  // Takes the whole present set of groups; what is missing has vanished. Called on the loop.
  using Update = std::function<void(std::vector<TargetGroup>)>;
  virtual ~TargetProvider() = default;
  // Called once. `update` may be called at once, and again whenever something changes.
  virtual void start(Update update) = 0;
};

// The form of targets in files and HTTP answers: [{"targets": ["host:port"], "labels": {...}}]. JSON is YAML.
// Error: bad_request, naming the place.
Result<std::vector<TargetGroup>> parse_target_groups(std::string_view text, const std::string& source);

}  // namespace aloft::telemetry::scrape
