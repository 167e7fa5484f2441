// What each field of scheduling.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/scheduling.h"

DESCRIBE(core::v1::NodeSelectorRequirement, "",
    FIELD(key, 1, required),
    FIELD(operator_, 2, required, values("DoesNotExist|Exists|Gt|In|Lt|NotIn")),
    FIELD(values, 3, list_type("atomic")))

DESCRIBE_ATOMIC(core::v1::NodeSelectorTerm, "",
    FIELD(matchExpressions, 1, list_type("atomic")),
    FIELD(matchFields, 2, list_type("atomic")))

DESCRIBE_ATOMIC(core::v1::NodeSelector, "",
    FIELD(nodeSelectorTerms, 1, required, list_type("atomic")))

DESCRIBE(core::v1::PreferredSchedulingTerm, "",
    FIELD(weight, 1, required),
    FIELD(preference, 2, required))

DESCRIBE(core::v1::NodeAffinity, "",
    FIELD(requiredDuringSchedulingIgnoredDuringExecution, 1),
    FIELD(preferredDuringSchedulingIgnoredDuringExecution, 2, list_type("atomic")))

DESCRIBE(core::v1::PodAffinityTerm, "",
    FIELD(labelSelector, 1),
    FIELD(namespaces, 2, list_type("atomic")),
    FIELD(topologyKey, 3, required),
    FIELD(namespaceSelector, 4),
    FIELD(matchLabelKeys, 5, list_type("atomic")),
    FIELD(mismatchLabelKeys, 6, list_type("atomic")))

DESCRIBE(core::v1::WeightedPodAffinityTerm, "",
    FIELD(weight, 1, required),
    FIELD(podAffinityTerm, 2, required))

DESCRIBE(core::v1::PodAffinity, "",
    FIELD(requiredDuringSchedulingIgnoredDuringExecution, 1, list_type("atomic")),
    FIELD(preferredDuringSchedulingIgnoredDuringExecution, 2, list_type("atomic")))

DESCRIBE(core::v1::PodAntiAffinity, "",
    FIELD(requiredDuringSchedulingIgnoredDuringExecution, 1, list_type("atomic")),
    FIELD(preferredDuringSchedulingIgnoredDuringExecution, 2, list_type("atomic")))

DESCRIBE(core::v1::Affinity, "",
    FIELD(nodeAffinity, 1),
    FIELD(podAffinity, 2),
    FIELD(podAntiAffinity, 3))

DESCRIBE(core::v1::Taint, "",
    FIELD(key, 1, required),
    FIELD(value, 2),
    FIELD(effect, 3, required, values("NoExecute|NoSchedule|PreferNoSchedule")),
    FIELD(timeAdded, 4))

DESCRIBE(core::v1::Toleration, "",
    FIELD(key, 1),
    FIELD(operator_, 2, values("Equal|Exists")),
    FIELD(value, 3),
    FIELD(effect, 4, values("NoExecute|NoSchedule|PreferNoSchedule")),
    FIELD(tolerationSeconds, 5))

DESCRIBE(core::v1::TopologySpreadConstraint, "",
    FIELD(maxSkew, 1, required),
    FIELD(topologyKey, 2, required),
    FIELD(whenUnsatisfiable, 3, required, values("DoNotSchedule|ScheduleAnyway")),
    FIELD(labelSelector, 4),
    FIELD(minDomains, 5),
    FIELD(nodeAffinityPolicy, 6, values("Honor|Ignore")),
    FIELD(nodeTaintsPolicy, 7, values("Honor|Ignore")),
    FIELD(matchLabelKeys, 8, list_type("atomic")))
