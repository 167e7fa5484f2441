// The table of field selectors, as kube-apiserver 1.32 answers for each resource.
#include "model/field_labels.h"

#include <algorithm>
#include <array>

namespace aloft::model {
namespace {

using Paths = std::span<const std::string_view>;

constexpr std::array<std::string_view, 2> namespaced{"metadata.name", "metadata.namespace"};
constexpr std::array<std::string_view, 11> pods{
    "metadata.name",           "metadata.namespace",      "status.phase",
    "spec.nodeName",           "spec.restartPolicy",      "spec.schedulerName",
    "spec.serviceAccountName", "spec.hostNetwork",        "status.podIP",
    "status.podIPs",           "status.nominatedNodeName"};
constexpr std::array<std::string_view, 2> nodes{"metadata.name", "spec.unschedulable"};
constexpr std::array<std::string_view, 2> namespaces{"metadata.name", "status.phase"};
constexpr std::array<std::string_view, 3> typed{"metadata.name", "metadata.namespace", "type"};
constexpr std::array<std::string_view, 4> services{"metadata.name", "metadata.namespace", "spec.clusterIP",
                                                   "spec.type"};
constexpr std::array<std::string_view, 13> core_events{"metadata.name",
                                                       "metadata.namespace",
                                                       "type",
                                                       "involvedObject.kind",
                                                       "involvedObject.name",
                                                       "involvedObject.namespace",
                                                       "involvedObject.uid",
                                                       "involvedObject.apiVersion",
                                                       "involvedObject.resourceVersion",
                                                       "involvedObject.fieldPath",
                                                       "reason",
                                                       "reportingComponent",
                                                       "source"};
constexpr std::array<std::string_view, 4> events{"metadata.name", "metadata.namespace", "type", "reason"};
constexpr std::array<std::string_view, 3> replica_counted{"metadata.name", "metadata.namespace",
                                                          "status.replicas"};

constexpr std::array<std::string_view, 3> jobs{"metadata.name", "metadata.namespace", "status.successful"};
constexpr std::array<std::string_view, 2> signing_requests{"metadata.name", "spec.signerName"};

struct Row {
  std::string_view group;
  std::string_view resource;
  Paths paths;
};

constexpr std::array rows{
    Row{"", "pods", pods},
    Row{"", "nodes", nodes},
    Row{"", "namespaces", namespaces},
    Row{"", "secrets", typed},
    Row{"", "services", services},
    Row{"", "events", core_events},
    Row{"", "replicationcontrollers", replica_counted},
    Row{"events.k8s.io", "events", events},
    Row{"batch", "jobs", jobs},
    Row{"certificates.k8s.io", "certificatesigningrequests", signing_requests},
};

}  // namespace

std::span<const std::string_view> supported_fields(std::string_view group, std::string_view resource) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
    return row.group == group && row.resource == resource;
  });
  return found == rows.end() ? Paths(namespaced) : found->paths;
}

bool is_supported_field(std::string_view group, std::string_view resource, std::string_view path) {
  const auto paths = supported_fields(group, resource);
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

}  // namespace aloft::model
