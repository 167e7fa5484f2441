// Namespaces: removal turns them Terminating, and only the namespace controller's `finalize` lets them go.
#include "api/resources/all.h"
#include "api/resources/rules.h"
#include "model/kinds/core/v1/namespace.h"

namespace aloft::api {
namespace {

using core::v1::Namespace;

constexpr std::string_view protected_namespaces[] = {"default", "kube-system", "kube-public"};

void prepare_new_namespace(void* object) {
  Namespace& ns = *static_cast<Namespace*>(object);
  ns.status = {};
  ns.status.phase = "Active";
  if (std::ranges::find(ns.spec.finalizers, "kubernetes") == ns.spec.finalizers.end()) {
    ns.spec.finalizers.emplace_back("kubernetes");
  }
}

void prepare_namespace_update(void* next, const void* old) {
  Namespace& ns = *static_cast<Namespace*>(next);
  const Namespace& before = *static_cast<const Namespace*>(old);
  ns.spec.finalizers = before.spec.finalizers;
  ns.status = before.status;
}

// `finalize` sets spec.finalizers and nothing else.
void keep_all_but_finalizers(void* next, const void* old) {
  Namespace& ns = *static_cast<Namespace*>(next);
  auto finalizers = std::move(ns.spec.finalizers);
  const std::string revision = ns.metadata.resourceVersion;
  ns = *static_cast<const Namespace*>(old);
  ns.metadata.resourceVersion = revision;
  ns.spec.finalizers = std::move(finalizers);
}

Result<> refuse_protected(RuleContext&, const void* object) {
  const std::string& name = metadata_of(object).name;
  if (std::ranges::find(protected_namespaces, std::string_view(name)) != std::end(protected_namespaces)) {
    Error error(Code::forbidden,
                fmt::format("namespaces \"{}\" is forbidden: this namespace may not be deleted", name));
    error.about({"", "namespaces", name, ""});
    return fail(std::move(error));
  }
  return {};
}

}  // namespace

std::unique_ptr<Resource> namespaces(const ResourceServices& services) {
  auto resource = make_resource(model::type_info<Namespace>(), services);
  resource->verbs = {"create", "delete", "get", "list", "patch", "update", "watch"};
  resource->prepare_create = &prepare_new_namespace;
  resource->prepare_update = &prepare_namespace_update;
  resource->subresources.push_back(status_subresource<Namespace>());
  ObjectSubresource finalize;
  finalize.name = "finalize";
  finalize.patchable = false;
  finalize.keep_the_rest = &keep_all_but_finalizers;
  resource->subresources.push_back(std::move(finalize));
  resource->admit_delete = &refuse_protected;
  resource->may_vanish = [](const void* object) {
    return static_cast<const Namespace*>(object)->spec.finalizers.empty();
  };
  resource->removal_begins = [](void* object) {
    static_cast<Namespace*>(object)->status.phase = "Terminating";
  };
  return resource;
}

}  // namespace aloft::api
