// Targets from the objects of this cloud: what kubernetes_sd_configs asks for, without a client in between.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/reconcile.h"
#include "io/event.h"
#include "io/scope.h"
#include "model/selectors.h"
#include "model/value.h"
#include "telemetry/scrape/targets/target_group.h"

namespace aloft::telemetry::discovery {

enum class TargetRole { node, pod, service, endpoints, endpoint_slice };

// One entry of kubernetes_sd_configs. A value.
struct KubernetesDiscovery {
  TargetRole role = TargetRole::pod;
  std::vector<std::string> namespaces;  // empty: all
  model::LabelSelector labels;          // of the role's own objects
  bool attach_node = false;             // targets get the labels of their pod's node too
};

// Error: invalid, naming the field: an unknown role, a selector that does not parse, or a field that reaches
// for another cluster (api_server, kubeconfig_file), which this discovery does not do.
Result<KubernetesDiscovery> parse_kubernetes_discovery(const model::Value& entry);

// Watches through informers and tells subscribers on their own loops. Lives on the informers' loop; construct
// before InformerSet::start(). Changes are gathered for a while, so that a rollout is a few updates.
class KubernetesTargets {
 public:
  KubernetesTargets(io::Loop& loop, client::InformerSet& informers, Duration settle = 5s);
  ~KubernetesTargets();
  void start();

  // A provider that lives on `home` and may be made, started and destroyed there. This object outlives it.
  std::unique_ptr<scrape::TargetProvider> provider(io::Loop& home, KubernetesDiscovery what);

 private:
  struct Subscriber;
  class Provider;
  io::Task<> run();
  void tell(Subscriber& subscriber);
  void attach_nodes(std::vector<scrape::TargetGroup>& groups) const;
  std::vector<scrape::TargetGroup> groups(const KubernetesDiscovery& what) const;

  io::Loop& loop_;
  client::InformerSet& informers_;
  Duration settle_;
  io::Event changed_;
  std::vector<std::shared_ptr<Subscriber>> subscribers_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::discovery
