// The kinds that only travel in bodies.
#include "model/kinds/apidiscovery/v2/discovery.h"
#include "model/kinds/authentication/v1/rules.h"
#include "model/kinds/authentication/v1/token_request.h"
#include "model/kinds/autoscaling/v1/rules.h"
#include "model/kinds/autoscaling/v1/scale.h"
#include "model/kinds/listing.h"
#include "model/kinds/meta/v1/api_resource.h"
#include "model/kinds/meta/v1/options.h"
#include "model/kinds/meta/v1/partial_object_metadata.h"
#include "model/kinds/meta/v1/status.h"
#include "model/kinds/meta/v1/table.h"
#include "model/kinds/policy/v1/eviction.h"

namespace aloft::model {

using namespace listing;

// Bodies of requests and answers that are no resources of their own.
void add_body_kinds(std::vector<KindInfo>& kinds) {
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

}  // namespace aloft::model
