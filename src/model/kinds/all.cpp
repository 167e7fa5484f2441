// The list of kinds: names, scope, subresources and rules of each. A kind that is not listed here is not
// served.
#include "model/kinds/all.h"

#include "model/kinds/apidiscovery/v2/discovery.h"
#include "model/kinds/apps/v1/controller_revision.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/apps/v1/rules.h"
#include "model/kinds/authentication/v1/rules.h"
#include "model/kinds/authentication/v1/token_request.h"
#include "model/kinds/authentication/v1/token_review.h"
#include "model/kinds/authorization/v1/rules.h"
#include "model/kinds/authorization/v1/self_subject_rules_review.h"
#include "model/kinds/authorization/v1/subject_access_review.h"
#include "model/kinds/autoscaling/v1/rules.h"
#include "model/kinds/autoscaling/v1/scale.h"
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/coordination/v1/rules.h"
#include "model/kinds/core/v1/binding.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/core/v1/service_account.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "model/kinds/discovery/v1/rules.h"
#include "model/kinds/events/v1/event.h"
#include "model/kinds/events/v1/rules.h"
#include "model/kinds/meta/v1/api_resource.h"
#include "model/kinds/meta/v1/options.h"
#include "model/kinds/meta/v1/partial_object_metadata.h"
#include "model/kinds/meta/v1/status.h"
#include "model/kinds/meta/v1/table.h"
#include "model/kinds/policy/v1/eviction.h"
#include "model/kinds/scheduling/v1/priority_class.h"
#include "model/kinds/scheduling/v1/rules.h"

namespace aloft::model {
namespace {

// The rules of a kind are overloads beside its struct; a kind has those that are declared.
template <class T>
KindRules rules_of() {
  KindRules rules;
  if constexpr (requires(T& object) { set_defaults(object); }) {
    rules.set_defaults = [](void* object) { set_defaults(*static_cast<T*>(object)); };
  }
  if constexpr (requires(const T& object, FieldErrors& errors) { validate(object, errors); }) {
    rules.validate = [](const void* object, FieldErrors& errors) {
      validate(*static_cast<const T*>(object), errors);
    };
  }
  if constexpr (requires(const T& object, FieldErrors& errors) { validate_create(object, errors); }) {
    rules.validate_create = [](const void* object, FieldErrors& errors) {
      validate_create(*static_cast<const T*>(object), errors);
    };
  }
  if constexpr (requires(const T& object, FieldErrors& errors) { validate_update(object, object, errors); }) {
    rules.validate_update = [](const void* object, const void* old, FieldErrors& errors) {
      validate_update(*static_cast<const T*>(object), *static_cast<const T*>(old), errors);
    };
  }
  return rules;
}

template <class T>
KindInfo kind(std::string_view group, std::string_view version, std::string_view name) {
  KindInfo info;
  info.group = group;
  info.version = version;
  info.kind = name;
  info.namespaced = false;
  info.type = &type_info<T>();
  info.make = &make_struct<T>;
  info.rules = rules_of<T>();
  return info;
}

enum class Scope { cluster, namespaced };

struct Traits {
  Scope scope = Scope::namespaced;
  std::vector<std::string_view> short_names = {};
  std::vector<std::string_view> categories = {};
  bool status = false;
  bool scale = false;
  bool create_only = false;
  bool generation = false;
  std::string_view stored_in = {};
};

KindInfo resource(KindInfo info, std::string_view plural, std::string_view singular, Traits traits) {
  info.plural = plural;
  info.singular = singular;
  info.namespaced = traits.scope == Scope::namespaced;
  info.short_names = std::move(traits.short_names);
  info.categories = std::move(traits.categories);
  info.has_status = traits.status;
  info.has_scale = traits.scale;
  info.create_only = traits.create_only;
  info.has_generation = traits.generation;
  info.stored_in = traits.stored_in;
  return info;
}

template <class T>
KindInfo core(std::string_view name, std::string_view plural, std::string_view singular, Traits traits = {}) {
  return resource(kind<T>("", "v1", name), plural, singular, std::move(traits));
}
template <class T>
KindInfo grouped(std::string_view group, std::string_view name, std::string_view plural,
                 std::string_view singular, Traits traits = {}) {
  return resource(kind<T>(group, "v1", name), plural, singular, std::move(traits));
}

void add_core(std::vector<KindInfo>& kinds) {
  namespace v1 = core::v1;
  kinds.push_back(core<v1::Binding>("Binding", "bindings", "binding", {.create_only = true}));
  kinds.push_back(core<v1::ConfigMap>("ConfigMap", "configmaps", "configmap", {.short_names = {"cm"}}));
  kinds.push_back(core<v1::Endpoints>("Endpoints", "endpoints", "endpoints", {.short_names = {"ep"}}));
  kinds.push_back(core<v1::Event>("Event", "events", "event", {.short_names = {"ev"}}));
  kinds.push_back(core<v1::Namespace>("Namespace", "namespaces", "namespace",
                                      {.scope = Scope::cluster, .short_names = {"ns"}, .status = true}));
  kinds.push_back(core<v1::Node>("Node", "nodes", "node",
                                 {.scope = Scope::cluster, .short_names = {"no"}, .status = true}));
  kinds.push_back(
      core<v1::Pod>("Pod", "pods", "pod", {.short_names = {"po"}, .categories = {"all"}, .status = true}));
  kinds.push_back(core<v1::Secret>("Secret", "secrets", "secret"));
  kinds.push_back(core<v1::ServiceAccount>("ServiceAccount", "serviceaccounts", "serviceaccount",
                                           {.short_names = {"sa"}}));
  kinds.push_back(core<v1::Service>("Service", "services", "service",
                                    {.short_names = {"svc"}, .categories = {"all"}, .status = true}));
}

void add_groups(std::vector<KindInfo>& kinds) {
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
  kinds.push_back(grouped<scheduling::v1::PriorityClass>(
      "scheduling.k8s.io", "PriorityClass", "priorityclasses", "priorityclass",
      {.scope = Scope::cluster, .short_names = {"pc"}, .generation = true}));
}

// Bodies of requests and answers that are no resources of their own.
void add_bodies(std::vector<KindInfo>& kinds) {
  kinds.push_back(kind<authentication::v1::TokenRequest>("authentication.k8s.io", "v1", "TokenRequest"));
  kinds.push_back(kind<autoscaling::v1::Scale>("autoscaling", "v1", "Scale"));
  kinds.push_back(kind<policy::v1::Eviction>("policy", "v1", "Eviction"));
  for (KindInfo& subresource : kinds) {
    if (subresource.plural.empty()) subresource.namespaced = true;
  }
  kinds.push_back(kind<meta::v1::Status>("", "v1", "Status"));
  kinds.push_back(kind<meta::v1::DeleteOptions>("", "v1", "DeleteOptions"));
  kinds.push_back(kind<meta::v1::APIVersions>("", "v1", "APIVersions"));
  kinds.push_back(kind<meta::v1::APIGroup>("", "v1", "APIGroup"));
  kinds.push_back(kind<meta::v1::APIGroupList>("", "v1", "APIGroupList"));
  kinds.push_back(kind<meta::v1::APIResourceList>("", "v1", "APIResourceList"));
  kinds.push_back(kind<meta::v1::DeleteOptions>("meta.k8s.io", "v1", "DeleteOptions"));
  kinds.push_back(kind<meta::v1::CreateOptions>("meta.k8s.io", "v1", "CreateOptions"));
  kinds.push_back(kind<meta::v1::UpdateOptions>("meta.k8s.io", "v1", "UpdateOptions"));
  kinds.push_back(kind<meta::v1::PatchOptions>("meta.k8s.io", "v1", "PatchOptions"));
  kinds.push_back(kind<meta::v1::GetOptions>("meta.k8s.io", "v1", "GetOptions"));
  kinds.push_back(kind<meta::v1::ListOptions>("meta.k8s.io", "v1", "ListOptions"));
  kinds.push_back(kind<meta::v1::Table>("meta.k8s.io", "v1", "Table"));
  kinds.push_back(kind<meta::v1::PartialObjectMetadata>("meta.k8s.io", "v1", "PartialObjectMetadata"));
  kinds.push_back(
      kind<meta::v1::PartialObjectMetadataList>("meta.k8s.io", "v1", "PartialObjectMetadataList"));
  kinds.push_back(
      kind<apidiscovery::v2::APIGroupDiscoveryList>("apidiscovery.k8s.io", "v2", "APIGroupDiscoveryList"));
}

}  // namespace

std::span<const KindInfo> all_kinds() {
  static const std::vector<KindInfo> kinds = [] {
    std::vector<KindInfo> list;
    add_core(list);
    add_groups(list);
    add_bodies(list);
    return list;
  }();
  return kinds;
}

const KindInfo* find_kind(std::string_view group, std::string_view version, std::string_view kind) {
  for (const KindInfo& info : all_kinds()) {
    if (info.kind == kind && info.group == group && info.version == version) return &info;
  }
  return nullptr;
}

}  // namespace aloft::model
