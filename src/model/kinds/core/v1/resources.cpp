// What each field of resources.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/resources.h"

DESCRIBE(core::v1::ResourceClaim, "A claim of the pod that a container uses.",
         FIELD(name, 1, required, "The name of an entry in spec.resourceClaims of the pod."),
         FIELD(request, 2, "The one request of the claim that is used; empty for all."))

DESCRIBE(core::v1::ResourceRequirements, "How much of each resource is needed and how much may be used.",
         FIELD(limits, 1, "The most that may be used, by resource."),
         FIELD(requests, 2, "What is kept free for it on the node, by resource; default is the limit."),
         FIELD(claims, 3, list_type("map", "name"), "The claims of the pod that are used."))

DESCRIBE(core::v1::VolumeResourceRequirements, "How much storage is needed.",
         FIELD(limits, 1, "The most storage that may be given."),
         FIELD(requests, 2, "The least storage that is needed."))
