// The kinds of the named groups.
#include "model/kinds/apps/v1/controller_revision.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/apps/v1/rules.h"
#include "model/kinds/authentication/v1/rules.h"
#include "model/kinds/authentication/v1/token_review.h"
#include "model/kinds/authorization/v1/rules.h"
#include "model/kinds/authorization/v1/self_subject_rules_review.h"
#include "model/kinds/authorization/v1/subject_access_review.h"
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/coordination/v1/rules.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "model/kinds/discovery/v1/rules.h"
#include "model/kinds/events/v1/event.h"
#include "model/kinds/events/v1/rules.h"
#include "model/kinds/listing.h"
#include "model/kinds/metrics/v1beta1/usage.h"
#include "model/kinds/monitoring/v1/pod_monitor.h"
#include "model/kinds/monitoring/v1/probe.h"
#include "model/kinds/monitoring/v1/prometheus_rule.h"
#include "model/kinds/monitoring/v1/rules.h"
#include "model/kinds/monitoring/v1/service_monitor.h"
#include "model/kinds/scheduling/v1/priority_class.h"
#include "model/kinds/scheduling/v1/rules.h"

namespace aloft::model {

using namespace listing;

void add_group_kinds(std::vector<KindInfo>& kinds) {
  constexpr std::string_view authentication = "authentication.k8s.io";
  constexpr std::string_view authorization = "authorization.k8s.io";
  kinds.push_back(grouped<events::v1::Event>("events.k8s.io", "Event", "events", "event",
                                             {.short_names = {"ev"}, .stored_in = "core"}));
  kinds.push_back(grouped<authentication::v1::SelfSubjectReview>(
      authentication, "SelfSubjectReview", "selfsubjectreviews", "selfsubjectreview",
      {.scope = Scope::cluster, .create_only = true}));
  kinds.push_back(grouped<authentication::v1::TokenReview>(authentication, "TokenReview", "tokenreviews",
                                                           "tokenreview",
                                                           {.scope = Scope::cluster, .create_only = true}));
  kinds.push_back(grouped<authorization::v1::LocalSubjectAccessReview>(
      authorization, "LocalSubjectAccessReview", "localsubjectaccessreviews", "localsubjectaccessreview",
      {.create_only = true}));
  kinds.push_back(grouped<authorization::v1::SelfSubjectAccessReview>(
      authorization, "SelfSubjectAccessReview", "selfsubjectaccessreviews", "selfsubjectaccessreview",
      {.scope = Scope::cluster, .create_only = true}));
  kinds.push_back(grouped<authorization::v1::SelfSubjectRulesReview>(
      authorization, "SelfSubjectRulesReview", "selfsubjectrulesreviews", "selfsubjectrulesreview",
      {.scope = Scope::cluster, .create_only = true}));
  kinds.push_back(grouped<authorization::v1::SubjectAccessReview>(
      authorization, "SubjectAccessReview", "subjectaccessreviews", "subjectaccessreview",
      {.scope = Scope::cluster, .create_only = true}));
  kinds.push_back(grouped<apps::v1::ControllerRevision>("apps", "ControllerRevision", "controllerrevisions",
                                                        "controllerrevision"));
  kinds.push_back(grouped<apps::v1::Deployment>(
      "apps", "Deployment", "deployments", "deployment",
      {.short_names = {"deploy"}, .categories = {"all"}, .status = true, .scale = true, .generation = true}));
  kinds.push_back(grouped<apps::v1::ReplicaSet>(
      "apps", "ReplicaSet", "replicasets", "replicaset",
      {.short_names = {"rs"}, .categories = {"all"}, .status = true, .scale = true, .generation = true}));
  kinds.push_back(grouped<coordination::v1::Lease>("coordination.k8s.io", "Lease", "leases", "lease"));
  kinds.push_back(grouped<discovery::v1::EndpointSlice>("discovery.k8s.io", "EndpointSlice", "endpointslices",
                                                        "endpointslice", {.generation = true}));
  kinds.push_back(resource(kind<metrics::v1beta1::NodeMetrics>("metrics.k8s.io", "v1beta1", "NodeMetrics"),
                           "nodes", "", {.scope = Scope::cluster, .computed = true}));
  kinds.push_back(resource(kind<metrics::v1beta1::PodMetrics>("metrics.k8s.io", "v1beta1", "PodMetrics"),
                           "pods", "", {.computed = true}));
  constexpr std::string_view monitoring_group = "monitoring.coreos.com";
  kinds.push_back(grouped<monitoring::v1::PodMonitor>(
      monitoring_group, "PodMonitor", "podmonitors", "podmonitor",
      {.short_names = {"pmon"}, .categories = {"prometheus-operator"}, .generation = true}));
  kinds.push_back(grouped<monitoring::v1::Probe>(
      monitoring_group, "Probe", "probes", "probe",
      {.short_names = {"prb"}, .categories = {"prometheus-operator"}, .generation = true}));
  kinds.push_back(grouped<monitoring::v1::PrometheusRule>(
      monitoring_group, "PrometheusRule", "prometheusrules", "prometheusrule",
      {.short_names = {"promrule"}, .categories = {"prometheus-operator"}, .generation = true}));
  kinds.push_back(grouped<monitoring::v1::ServiceMonitor>(
      monitoring_group, "ServiceMonitor", "servicemonitors", "servicemonitor",
      {.short_names = {"smon"}, .categories = {"prometheus-operator"}, .generation = true}));
  kinds.push_back(grouped<scheduling::v1::PriorityClass>(
      "scheduling.k8s.io", "PriorityClass", "priorityclasses", "priorityclass",
      {.scope = Scope::cluster, .short_names = {"pc"}, .generation = true}));
}

}  // namespace aloft::model
