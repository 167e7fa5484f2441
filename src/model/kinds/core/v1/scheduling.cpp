// What each field of scheduling.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/scheduling.h"

DESCRIBE(core::v1::NodeSelectorRequirement, "One condition on a label or a field of a node.",
         FIELD(key, 1, required, "The key of the label or the name of the field."),
         FIELD(operator_, 2, required, values("DoesNotExist|Exists|Gt|In|Lt|NotIn"),
               "How it is compared; Gt and Lt compare integers."),
         FIELD(values, 3, list_type("atomic"),
               "The values; none for Exists and DoesNotExist, exactly one for Gt and Lt."))

DESCRIBE_ATOMIC(core::v1::NodeSelectorTerm,
                "Conditions that must all hold; a term without any matches no node.",
                FIELD(matchExpressions, 1, list_type("atomic"), "Conditions on labels of the node."),
                FIELD(matchFields, 2, list_type("atomic"),
                      "Conditions on fields of the node; only metadata.name."))

DESCRIBE_ATOMIC(core::v1::NodeSelector, "Selects nodes; one of the terms must match.",
                FIELD(nodeSelectorTerms, 1, required, list_type("atomic"), "The alternatives."))

DESCRIBE(core::v1::PreferredSchedulingTerm, "Nodes that are preferred, and how much.",
         FIELD(weight, 1, required, "How much the preference counts, 1 to 100."),
         FIELD(preference, 2, required, "Which nodes are preferred."))

DESCRIBE(core::v1::NodeAffinity, "Which nodes a pod needs or likes.",
         FIELD(requiredDuringSchedulingIgnoredDuringExecution, 1,
               "Nodes the pod may be placed on; later changes of labels do not move it."),
         FIELD(preferredDuringSchedulingIgnoredDuringExecution, 2, list_type("atomic"),
               "Nodes the pod is rather placed on; the largest sum of weights wins."))

DESCRIBE(core::v1::PodAffinityTerm, "A set of pods, and how near or far from them means.",
         FIELD(labelSelector, 1, "Which pods; absent matches none."),
         FIELD(namespaces, 2, list_type("atomic"),
               "The namespaces of those pods; absent with an absent namespaceSelector means the own one."),
         FIELD(topologyKey, 3, required,
               "The label of nodes that makes them one place, such as kubernetes.io/hostname; required."),
         FIELD(namespaceSelector, 4, "Further namespaces, by their labels; an empty selector means all."),
         FIELD(matchLabelKeys, 5, list_type("atomic"),
               "Labels of the pod itself that those pods must share."),
         FIELD(mismatchLabelKeys, 6, list_type("atomic"),
               "Labels of the pod itself in which those pods must differ."))

DESCRIBE(core::v1::WeightedPodAffinityTerm, "A wish to be near or far from pods, and how much it counts.",
         FIELD(weight, 1, required, "How much the wish counts, 1 to 100."),
         FIELD(podAffinityTerm, 2, required, "Which pods and which places."))

DESCRIBE(core::v1::PodAffinity, "Pods to be near to.",
         FIELD(requiredDuringSchedulingIgnoredDuringExecution, 1, list_type("atomic"),
               "All of these must hold for a place to do."),
         FIELD(preferredDuringSchedulingIgnoredDuringExecution, 2, list_type("atomic"),
               "Places where these hold are preferred."))

DESCRIBE(core::v1::PodAntiAffinity, "Pods to be away from.",
         FIELD(requiredDuringSchedulingIgnoredDuringExecution, 1, list_type("atomic"),
               "None of these may hold for a place to do."),
         FIELD(preferredDuringSchedulingIgnoredDuringExecution, 2, list_type("atomic"),
               "Places where these hold are avoided."))

DESCRIBE(core::v1::Affinity, "Where a pod needs or likes to be.",
         FIELD(nodeAffinity, 1, "By properties of nodes."), FIELD(podAffinity, 2, "Near other pods."),
         FIELD(podAntiAffinity, 3, "Away from other pods."))

DESCRIBE(
    core::v1::Taint, "Keeps pods off a node unless they tolerate it.",
    FIELD(key, 1, required, "The key of the taint."), FIELD(value, 2, "The value of the taint."),
    FIELD(effect, 3, required, values("NoExecute|NoSchedule|PreferNoSchedule"),
          "NoSchedule keeps new pods off, PreferNoSchedule rather so, NoExecute also evicts running ones."),
    FIELD(timeAdded, 4, "When a NoExecute taint was added."))

DESCRIBE(core::v1::Toleration, "Lets a pod on nodes with matching taints.",
         FIELD(key, 1, "The key of the taint; empty with Exists matches all."),
         FIELD(operator_, 2, values("Equal|Exists"),
               "Exists, or Equal (default), which compares the value too."),
         FIELD(value, 3, "The value of the taint; must be empty with Exists."),
         FIELD(effect, 4, values("NoExecute|NoSchedule|PreferNoSchedule"),
               "The effect that is tolerated; empty for all."),
         FIELD(tolerationSeconds, 5, "For how many seconds a NoExecute taint is tolerated; absent for ever."))

DESCRIBE(
    core::v1::TopologySpreadConstraint, "Spreads pods over places.",
    FIELD(maxSkew, 1, required, "By how many pods places may differ; at least 1."),
    FIELD(topologyKey, 2, required, "The label of nodes that makes them one place."),
    FIELD(whenUnsatisfiable, 3, required, values("DoNotSchedule|ScheduleAnyway"),
          "DoNotSchedule holds the pod back, ScheduleAnyway only prefers."),
    FIELD(labelSelector, 4, "Which pods are counted."),
    FIELD(minDomains, 5, "Below this number of places an empty one is assumed; only with DoNotSchedule."),
    FIELD(nodeAffinityPolicy, 6, values("Honor|Ignore"),
          "Whether nodes outside the pod's node affinity count: Honor (default) leaves them out, Ignore "
          "counts them."),
    FIELD(nodeTaintsPolicy, 7, values("Honor|Ignore"),
          "Whether tainted nodes count: Ignore (default) counts them, Honor leaves out those not tolerated."),
    FIELD(matchLabelKeys, 8, list_type("atomic"), "Labels of the pod itself that counted pods must share."))
