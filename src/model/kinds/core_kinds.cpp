// The kinds of the core group.
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
#include "model/kinds/listing.h"

namespace aloft::model {

using namespace listing;

void add_core_kinds(std::vector<KindInfo>& kinds) {
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

}  // namespace aloft::model
