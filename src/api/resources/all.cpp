// The rows without rules of their own, and the list of all.
#include "api/resources/all.h"

#include "api/resources/rules.h"
#include "api/tables/all.h"
#include "base/ensure.h"
#include "model/field_labels.h"
#include "model/kinds/all.h"
#include "model/kinds/apps/v1/controller_revision.h"
#include "model/kinds/authentication/v1/token_review.h"
#include "model/kinds/authorization/v1/self_subject_rules_review.h"
#include "model/kinds/authorization/v1/subject_access_review.h"
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/core/v1/binding.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/service_account.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "model/kinds/events/v1/event.h"
#include "model/kinds/events/v1/rules.h"

namespace aloft::api {
namespace {

const model::KindInfo& kind_of(const model::TypeInfo& type) {
  for (const model::KindInfo& kind : model::all_kinds()) {
    if (kind.type == &type) return kind;
  }
  ensure(false, "a resource is made of a listed kind");
  return model::all_kinds().front();
}

template <class T>
std::unique_ptr<Resource> plain(const ResourceServices& services) {
  return make_resource(model::type_info<T>(), services);
}

// A resource whose objects nobody stores: POST gives an answer.
template <class T>
std::unique_ptr<Resource> review(const ResourceServices& services) {
  auto resource = make_resource(model::type_info<T>(), services);
  resource->verbs = {"create"};
  return resource;
}

// Writers of leases and events often send what was there before; both are made by PUT where they are missing.
template <class T>
std::unique_ptr<Resource> made_by_put(const ResourceServices& services) {
  auto resource = plain<T>(services);
  resource->create_on_update = true;
  return resource;
}

std::unique_ptr<Resource> service_accounts(const ResourceServices& services) {
  auto resource = plain<core::v1::ServiceAccount>(services);
  resource->actions = {"token"};
  resource->returns_deleted_object = true;
  return resource;
}

// The newer form of events; the store keeps the older one, which most clients read.
std::unique_ptr<Resource> newer_events(const ResourceServices& services) {
  using Older = core::v1::Event;
  using Newer = events::v1::Event;
  auto resource = made_by_put<Newer>(services);
  resource->stored_form.kind = &kind_of(model::type_info<Older>());
  resource->stored_form.from_stored = [](const void* stored) -> std::shared_ptr<void> {
    return std::make_shared<Newer>(events::v1::from_core(*static_cast<const Older*>(stored)));
  };
  resource->stored_form.to_stored = [](const void* object) -> std::shared_ptr<void> {
    return std::make_shared<Older>(events::v1::to_core(*static_cast<const Newer*>(object)));
  };
  return resource;
}

std::unique_ptr<Resource> endpoint_slices(const ResourceServices& services) {
  auto resource = plain<discovery::v1::EndpointSlice>(services);
  resource->spec_equal = [](const void* a, const void* b) {
    const auto& x = *static_cast<const discovery::v1::EndpointSlice*>(a);
    const auto& y = *static_cast<const discovery::v1::EndpointSlice*>(b);
    return x.endpoints == y.endpoints && x.ports == y.ports && x.addressType == y.addressType;
  };
  return resource;
}

}  // namespace

std::unique_ptr<Resource> make_resource(const model::TypeInfo& type, const ResourceServices& services) {
  auto resource = std::make_unique<Resource>();
  resource->kind = &kind_of(type);
  resource->schema = &services.schemas.of(type);
  resource->verbs = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
  resource->table = table_of(*resource->kind);
  for (const std::string_view field :
       model::supported_fields(resource->kind->group, resource->kind->plural)) {
    resource->selectable_fields.push_back(field);
  }
  return resource;
}

std::vector<std::unique_ptr<Resource>> make_resources(const ResourceServices& with) {
  std::vector<std::unique_ptr<Resource>> all;
  all.push_back(review<core::v1::Binding>(with));
  all.push_back(plain<core::v1::ConfigMap>(with));
  all.push_back(plain<core::v1::Endpoints>(with));
  all.push_back(made_by_put<core::v1::Event>(with));
  all.push_back(namespaces(with));
  all.push_back(nodes(with));
  all.push_back(pods(with));
  all.push_back(secrets(with));
  all.push_back(service_accounts(with));
  all.push_back(services(with));
  all.push_back(plain<apps::v1::ControllerRevision>(with));
  all.push_back(deployments(with));
  all.push_back(replica_sets(with));
  all.push_back(newer_events(with));
  all.push_back(review<authentication::v1::SelfSubjectReview>(with));
  all.push_back(review<authentication::v1::TokenReview>(with));
  all.push_back(review<authorization::v1::LocalSubjectAccessReview>(with));
  all.push_back(review<authorization::v1::SelfSubjectAccessReview>(with));
  all.push_back(review<authorization::v1::SelfSubjectRulesReview>(with));
  all.push_back(review<authorization::v1::SubjectAccessReview>(with));
  all.push_back(made_by_put<coordination::v1::Lease>(with));
  all.push_back(endpoint_slices(with));
  all.push_back(node_metrics(with));
  all.push_back(pod_metrics(with));
  all.push_back(pod_monitors(with));
  all.push_back(probes(with));
  all.push_back(prometheus_rules(with));
  all.push_back(service_monitors(with));
  all.push_back(priority_classes(with));
  return all;
}

}  // namespace aloft::api
