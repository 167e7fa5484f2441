// The parts of a scrape job that are the same for services and pods. For this module's sources only.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "model/kinds/meta/v1/label_selector.h"
#include "model/kinds/monitoring/v1/scraping.h"
#include "model/value.h"
#include "telemetry/discovery/monitors/monitor_jobs.h"

namespace aloft::telemetry::discovery {

// A list of relabelling rules as it grows.
class RelabelRules {
 public:
  using Labels = std::initializer_list<std::string>;
  void keep(Labels labels, std::string regex) { filter("keep", labels, std::move(regex)); }
  void drop(Labels labels, std::string regex) { filter("drop", labels, std::move(regex)); }
  // The value of a label, also when it is empty.
  void copy(std::string from, std::string to);
  // The value of a label unless it is empty.
  void copy_given(std::string from, std::string to);
  void copy_matching(Labels labels, std::string regex, std::string to);
  void set(std::string to, std::string_view value);
  void add(const std::vector<monitoring::v1::RelabelConfig>& rules);
  // Keeps targets whose labels, known by `prefix` and `present` and a name, match.
  void select(const meta::v1::LabelSelector& selector, const std::string& prefix, const std::string& present);
  model::Value take() { return model::Value(std::move(rules_)); }

 private:
  void filter(std::string_view action, Labels labels, std::string regex);
  model::Array rules_;
};

// Where references are looked up, and what was not found. The endpoint is given up with the first.
class References {
 public:
  References(const std::string& ns, const ValueFinder& find) : ns_(ns), find_(find) {}
  std::string secret(const core::v1::SecretKeySelector& selector);
  std::string either(const monitoring::v1::SecretOrConfigMap& value);
  void refuse(std::string why) {
    if (problem_.empty()) problem_ = std::move(why);
  }
  const std::string& problem() const { return problem_; }

 private:
  const std::string& ns_;
  const ValueFinder& find_;
  std::string problem_;
};

// kubernetes_sd_configs. `own`: the namespace of the object.
model::Value discovery_of(std::string_view role, const std::optional<monitoring::v1::NamespaceSelector>& from,
                          const std::string& own, const monitoring::v1::MonitorLimits& limits);
void put_settings(model::Object& job, const monitoring::v1::ScrapeSettings& settings, References& references);
void put_tls(model::Object& job, const monitoring::v1::SafeTLSConfig& tls, References& references);
void put_limits(model::Object& job, const monitoring::v1::MonitorLimits& limits);

}  // namespace aloft::telemetry::discovery
