// What each field of api_resource.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/api_resource.h"

DESCRIBE(meta::v1::GroupVersionForDiscovery, "",
    FIELD(groupVersion, 1, required),
    FIELD(version, 2, required))

DESCRIBE(meta::v1::ServerAddressByClientCIDR, "",
    FIELD(clientCIDR, 1, required),
    FIELD(serverAddress, 2, required))

DESCRIBE(meta::v1::APIGroup, "",
    FIELD(name, 1, required),
    FIELD(versions, 2, required, list_type("atomic")),
    FIELD(preferredVersion, 3),
    FIELD(serverAddressByClientCIDRs, 4, list_type("atomic")))

DESCRIBE(meta::v1::APIGroupList, "",
    FIELD(groups, 1, required, list_type("atomic")))

DESCRIBE(meta::v1::Verbs, "",
    FIELD(items, 1, inlined))

DESCRIBE(meta::v1::APIResource, "",
    FIELD(name, 1, required),
    FIELD(singularName, 6, required),
    FIELD(namespaced, 2, required),
    FIELD(group, 8),
    FIELD(version, 9),
    FIELD(kind, 3, required),
    FIELD(verbs, 4, required),
    FIELD(shortNames, 5, list_type("atomic")),
    FIELD(categories, 7, list_type("atomic")),
    FIELD(storageVersionHash, 10))

DESCRIBE(meta::v1::APIResourceList, "",
    FIELD(groupVersion, 1, required),
    FIELD(resources, 2, required, list_type("atomic")))

DESCRIBE(meta::v1::APIVersions, "",
    FIELD(versions, 1, required, list_type("atomic")),
    FIELD(serverAddressByClientCIDRs, 2, required, list_type("atomic")))

DESCRIBE(meta::v1::RootPaths, "",
    FIELD(paths, 1, required))
