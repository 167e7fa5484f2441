// Nodes: agents and administrators write them; the status is the agent's.
#include "api/resources/all.h"
#include "api/resources/rules.h"
#include "model/kinds/core/v1/node.h"

namespace aloft::api {
namespace {

using core::v1::Node;

// An agent brings its labels and taints with its status, so only the spec is kept.
void keep_spec(void* next, const void* old) {
  copy_member(static_cast<const Node*>(old)->spec, static_cast<Node*>(next)->spec);
}

}  // namespace

std::unique_ptr<Resource> nodes(const ResourceServices& services) {
  auto resource = make_resource(model::type_info<Node>(), services);
  // An agent registers its node whole, status included.
  resource->prepare_update = &keep_status<Node>;
  resource->actions = {"proxy"};
  ObjectSubresource status;
  status.name = "status";
  status.keep_the_rest = &keep_spec;
  resource->subresources.push_back(std::move(status));
  return resource;
}

}  // namespace aloft::api
