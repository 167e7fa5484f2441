// What each field of options.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/options.h"

DESCRIBE(meta::v1::Preconditions, "",
    FIELD(uid, 1),
    FIELD(resourceVersion, 2))

DESCRIBE(meta::v1::DeleteOptions, "",
    FIELD(gracePeriodSeconds, 1),
    FIELD(preconditions, 2),
    FIELD(orphanDependents, 3),
    FIELD(propagationPolicy, 4),
    FIELD(dryRun, 5, list_type("atomic")),
    FIELD(ignoreStoreReadErrorWithClusterBreakingPotential, 6))

DESCRIBE(meta::v1::CreateOptions, "",
    FIELD(dryRun, 1),
    FIELD(fieldManager, 3),
    FIELD(fieldValidation, 4))

DESCRIBE(meta::v1::UpdateOptions, "",
    FIELD(dryRun, 1),
    FIELD(fieldManager, 2),
    FIELD(fieldValidation, 3))

DESCRIBE(meta::v1::PatchOptions, "",
    FIELD(dryRun, 1),
    FIELD(force, 2),
    FIELD(fieldManager, 3),
    FIELD(fieldValidation, 4))

DESCRIBE(meta::v1::GetOptions, "",
    FIELD(resourceVersion, 1))

DESCRIBE(meta::v1::ListOptions, "",
    FIELD(labelSelector, 1),
    FIELD(fieldSelector, 2),
    FIELD(watch, 3),
    FIELD(allowWatchBookmarks, 9),
    FIELD(resourceVersion, 4),
    FIELD(resourceVersionMatch, 10),
    FIELD(timeoutSeconds, 5),
    FIELD(limit, 7),
    FIELD(continue_, 8),
    FIELD(sendInitialEvents, 11))

DESCRIBE(meta::v1::TableOptions, "",
    FIELD(includeObject, 1))
