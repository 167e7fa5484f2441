// What each field of discovery.h means, and how it is written, merged and defaulted.
#include "model/kinds/apidiscovery/v2/discovery.h"

DESCRIBE(apidiscovery::v2::APISubresourceDiscovery, "",
    FIELD(subresource, 1, required),
    FIELD(responseKind, 2),
    FIELD(acceptedTypes, 3),
    FIELD(verbs, 4, required))

DESCRIBE(apidiscovery::v2::APIResourceDiscovery, "",
    FIELD(resource, 1, required),
    FIELD(responseKind, 2),
    FIELD(scope, 3, required),
    FIELD(singularResource, 4, required),
    FIELD(verbs, 5, required),
    FIELD(shortNames, 6),
    FIELD(categories, 7),
    FIELD(subresources, 8))

DESCRIBE(apidiscovery::v2::APIVersionDiscovery, "",
    FIELD(version, 1, required),
    FIELD(resources, 2),
    FIELD(freshness, 3))

DESCRIBE(apidiscovery::v2::APIGroupDiscovery, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(versions, 2))

DESCRIBE(apidiscovery::v2::APIGroupDiscoveryList, "",
    FIELD(metadata, 1, "The revision of the list and how to go on reading it."),
    FIELD(items, 2, required))
