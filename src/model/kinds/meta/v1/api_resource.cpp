// What each field of api_resource.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/api_resource.h"

DESCRIBE(meta::v1::GroupVersionForDiscovery, "A version of a group.",
         FIELD(groupVersion, 1, required, "The group and version, such as apps/v1."),
         FIELD(version, 2, required, "The version alone."))

DESCRIBE(meta::v1::ServerAddressByClientCIDR, "The address of the server for clients of a network.",
         FIELD(clientCIDR, 1, required, "The network of the clients in CIDR form."),
         FIELD(serverAddress, 2, required, "The address that these clients should use, host or host:port."))

DESCRIBE(meta::v1::APIGroup, "An API group and its versions.",
         FIELD(name, 1, required, "The name of the group."),
         FIELD(versions, 2, required, list_type("atomic"), "The versions served."),
         FIELD(preferredVersion, 3, "The version that clients should use when they have no wish."),
         FIELD(serverAddressByClientCIDRs, 4, list_type("atomic"),
               "Which address clients of which network should use."))

DESCRIBE(meta::v1::APIGroupList, "The API groups that are served.",
         FIELD(groups, 1, required, list_type("atomic"), "The groups."))

DESCRIBE(meta::v1::Verbs, "What can be done with a resource.", FIELD(items, 1, inlined))

DESCRIBE(meta::v1::APIResource, "A resource of a group version.",
         FIELD(name, 1, required, "The plural name in the path; with a slash for a subresource."),
         FIELD(singularName, 6, required, "The singular name, for command lines."),
         FIELD(namespaced, 2, required, "True when objects live in namespaces."),
         FIELD(group, 8, "The group of the kind when it differs from that of the list."),
         FIELD(version, 9, "The version of the kind when it differs from that of the list."),
         FIELD(kind, 3, required, "The kind of the objects."),
         FIELD(verbs, 4, required,
               "What can be done: get, list, watch, create, update, patch, delete, deletecollection."),
         FIELD(shortNames, 5, list_type("atomic"), "Shorter names for command lines."),
         FIELD(categories, 7, list_type("atomic"), "The groups of resources it belongs to, such as all."),
         FIELD(storageVersionHash, 10, "A hash of the version in which objects are stored."))

DESCRIBE(meta::v1::APIResourceList, "The resources of a group version.",
         FIELD(groupVersion, 1, required, "The group and version."),
         FIELD(resources, 2, required, list_type("atomic"), "The resources and subresources."))

DESCRIBE(meta::v1::APIVersions, "The versions of the core group.",
         FIELD(versions, 1, required, list_type("atomic"), "The versions served."),
         FIELD(serverAddressByClientCIDRs, 2, required, list_type("atomic"),
               "Which address clients of which network should use."))

DESCRIBE(meta::v1::RootPaths, "The paths at the root of the server.", FIELD(paths, 1, required, "The paths."))
