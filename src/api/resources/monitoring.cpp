// The rows of metrics.k8s.io, whose objects are made from the newest report, and of the
// Prometheus operator's kinds.
#include "api/resources/all.h"
#include "model/kinds/metrics/v1beta1/usage.h"
#include "model/kinds/monitoring/v1/pod_monitor.h"
#include "model/kinds/monitoring/v1/probe.h"
#include "model/kinds/monitoring/v1/prometheus_rule.h"
#include "model/kinds/monitoring/v1/service_monitor.h"

namespace aloft::api {
namespace {

using Objects = std::vector<std::shared_ptr<const void>>;

template <class T>
std::unique_ptr<Resource> computed(const ResourceServices& services,
                                   std::vector<std::shared_ptr<const T>> UsageReport::* part) {
  auto resource = make_resource(model::type_info<T>(), services);
  resource->verbs = {"get", "list"};
  resource->compute = [source = services.usage, part]() -> Objects {
    if (source == nullptr) return {};
    const auto report = source->read();
    return Objects(((*report).*part).begin(), ((*report).*part).end());
  };
  return resource;
}

template <class T>
std::unique_ptr<Resource> with_spec(const ResourceServices& services) {
  auto resource = make_resource(model::type_info<T>(), services);
  resource->spec_equal = [](const void* a, const void* b) {
    return static_cast<const T*>(a)->spec == static_cast<const T*>(b)->spec;
  };
  return resource;
}

}  // namespace

std::unique_ptr<Resource> node_metrics(const ResourceServices& services) {
  return computed<metrics::v1beta1::NodeMetrics>(services, &UsageReport::nodes);
}

std::unique_ptr<Resource> pod_metrics(const ResourceServices& services) {
  return computed<metrics::v1beta1::PodMetrics>(services, &UsageReport::pods);
}

std::unique_ptr<Resource> pod_monitors(const ResourceServices& services) {
  return with_spec<monitoring::v1::PodMonitor>(services);
}

std::unique_ptr<Resource> probes(const ResourceServices& services) {
  return with_spec<monitoring::v1::Probe>(services);
}

std::unique_ptr<Resource> prometheus_rules(const ResourceServices& services) {
  return with_spec<monitoring::v1::PrometheusRule>(services);
}

std::unique_ptr<Resource> service_monitors(const ResourceServices& services) {
  return with_spec<monitoring::v1::ServiceMonitor>(services);
}

}  // namespace aloft::api
