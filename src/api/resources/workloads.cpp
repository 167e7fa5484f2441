// Deployments and ReplicaSets, and the scale that they share.
#include "api/resources/all.h"
#include "api/resources/rules.h"
#include "model/kinds/all.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/meta/v1/selector.h"

namespace aloft::api {
namespace {

using autoscaling::v1::Scale;

// The number of replicas as an object of its own, with the selector as text for autoscalers.
template <class T>
ObjectSubresource scale_subresource(const ResourceServices& services) {
  ObjectSubresource sub;
  sub.name = "scale";
  sub.kind = model::find_kind("autoscaling", "v1", "Scale");
  sub.schema = &services.schemas.of(model::type_info<Scale>());
  sub.view = [](const void* object) {
    const T& workload = *static_cast<const T*>(object);
    auto scale = std::make_shared<Scale>();
    scale->metadata.name = workload.metadata.name;
    scale->metadata.namespace_ = workload.metadata.namespace_;
    scale->metadata.uid = workload.metadata.uid;
    scale->metadata.resourceVersion = workload.metadata.resourceVersion;
    scale->metadata.creationTimestamp = workload.metadata.creationTimestamp;
    scale->spec.replicas = workload.spec.replicas.value_or(1);
    scale->status.replicas = workload.status.replicas;
    if (workload.spec.selector) scale->status.selector = meta::v1::to_selector_text(*workload.spec.selector);
    return std::static_pointer_cast<void>(scale);
  };
  sub.write = [](void* object, const void* body) -> Result<> {
    const Scale& scale = *static_cast<const Scale*>(body);
    if (scale.spec.replicas < 0) {
      model::FieldErrors errors;
      errors.invalid_int(model::FieldPath("spec").child("replicas"), scale.spec.replicas,
                         "must be greater than or equal to 0");
      Error error(Code::invalid, fmt::format("Scale.autoscaling \"{}\" is invalid: {}", scale.metadata.name,
                                             errors.to_string()));
      error.about({"autoscaling", "Scale", scale.metadata.name, ""});
      for (const Cause& cause : errors.causes()) error.with_cause(cause);
      return fail(std::move(error));
    }
    static_cast<T*>(object)->spec.replicas = scale.spec.replicas;
    return {};
  };
  return sub;
}

template <class T>
std::unique_ptr<Resource> workload(const ResourceServices& services) {
  auto resource = make_resource(model::type_info<T>(), services);
  use_spec_and_status<T>(*resource);
  resource->subresources.push_back(scale_subresource<T>(services));
  return resource;
}

}  // namespace

std::unique_ptr<Resource> deployments(const ResourceServices& services) {
  return workload<apps::v1::Deployment>(services);
}
std::unique_ptr<Resource> replica_sets(const ResourceServices& services) {
  return workload<apps::v1::ReplicaSet>(services);
}

}  // namespace aloft::api
