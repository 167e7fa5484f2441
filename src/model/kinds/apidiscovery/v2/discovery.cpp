// What each field of discovery.h means, and how it is written, merged and defaulted.
#include "model/kinds/apidiscovery/v2/discovery.h"

DESCRIBE(apidiscovery::v2::APISubresourceDiscovery, "A subresource, such as status or scale.",
         FIELD(subresource, 1, required, "The name after the slash."),
         FIELD(responseKind, 2, "The kind of the answer."),
         FIELD(acceptedTypes, 3, "The kinds that may be sent."),
         FIELD(verbs, 4, required, "What can be done with it."))

DESCRIBE(apidiscovery::v2::APIResourceDiscovery, "A resource and its subresources.",
         FIELD(resource, 1, required, "The plural name in the path."),
         FIELD(responseKind, 2, "The kind of the objects."),
         FIELD(scope, 3, required, "Namespaced or Cluster."),
         FIELD(singularResource, 4, required, "The singular name, for command lines."),
         FIELD(verbs, 5, required, "What can be done with it."),
         FIELD(shortNames, 6, "Shorter names for command lines."),
         FIELD(categories, 7, "The groups of resources it belongs to, such as all."),
         FIELD(subresources, 8, "The subresources."))

DESCRIBE(apidiscovery::v2::APIVersionDiscovery, "A version of a group and its resources.",
         FIELD(version, 1, required, "The version."), FIELD(resources, 2, "The resources."),
         FIELD(freshness, 3, "Current, or Stale when the list could not be renewed."))

DESCRIBE(apidiscovery::v2::APIGroupDiscovery, "A group with all its versions; its name is metadata.name.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(versions, 2, "The versions, the preferred one first."))

DESCRIBE(apidiscovery::v2::APIGroupDiscoveryList, "All groups, versions and resources.",
         FIELD(metadata, 1, "The revision of the list and how to go on reading it."),
         FIELD(items, 2, required, "The groups."))
