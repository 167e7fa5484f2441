// What each field of options.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/options.h"

DESCRIBE(meta::v1::Preconditions, "What must be true of the stored object for a deletion to go ahead.",
         FIELD(uid, 1, "The uid the object must have."),
         FIELD(resourceVersion, 2, "The revision the object must have."))

DESCRIBE(
    meta::v1::DeleteOptions, "How an object is to be deleted.",
    FIELD(gracePeriodSeconds, 1,
          "Seconds the object has to end in order; 0 means at once; absent means the default of its kind."),
    FIELD(preconditions, 2, "What must be true of the object; otherwise the answer is 409 Conflict."),
    FIELD(orphanDependents, 3, deprecated, "The older form of propagationPolicy: true is Orphan."),
    FIELD(propagationPolicy, 4, "What becomes of dependents: Orphan, Background or Foreground."),
    FIELD(dryRun, 5, list_type("atomic"), "All runs every check but stores nothing."),
    FIELD(ignoreStoreReadErrorWithClusterBreakingPotential, 6,
          "Deletes even an object that can no longer be read from the store."))

DESCRIBE(meta::v1::CreateOptions, "How an object is to be created.",
         FIELD(dryRun, 1, "All runs every check but stores nothing."),
         FIELD(fieldManager, 3,
               "The name under which the fields are owned; at most 128 printable characters."),
         FIELD(fieldValidation, 4,
               "What unknown and repeated fields lead to: Ignore, Warn (default) or Strict."))

DESCRIBE(meta::v1::UpdateOptions, "How an object is to be replaced.",
         FIELD(dryRun, 1, "All runs every check but stores nothing."),
         FIELD(fieldManager, 2,
               "The name under which the fields are owned; at most 128 printable characters."),
         FIELD(fieldValidation, 3,
               "What unknown and repeated fields lead to: Ignore, Warn (default) or Strict."))

DESCRIBE(meta::v1::PatchOptions, "How an object is to be patched.",
         FIELD(dryRun, 1, "All runs every check but stores nothing."),
         FIELD(force, 2, "Takes fields over from other managers; for apply patches only."),
         FIELD(fieldManager, 3, "The name under which the fields are owned; required for apply patches."),
         FIELD(fieldValidation, 4,
               "What unknown and repeated fields lead to: Ignore, Warn (default) or Strict."))

DESCRIBE(meta::v1::GetOptions, "How an object is to be read.",
         FIELD(resourceVersion, 1, "The oldest revision that will do; 0 for any, empty for the newest."))

DESCRIBE(meta::v1::ListOptions, "What to list or to watch, and from which revision.",
         FIELD(labelSelector, 1, "Only objects whose labels match."),
         FIELD(fieldSelector, 2, "Only objects whose fields match."),
         FIELD(watch, 3, "True to receive changes as a stream."),
         FIELD(allowWatchBookmarks, 9,
               "True when the stream may carry BOOKMARK events with the revision reached."),
         FIELD(resourceVersion, 4, "The revision to list at or to watch from."),
         FIELD(resourceVersionMatch, 10, "How resourceVersion is meant in a list: Exact or NotOlderThan."),
         FIELD(timeoutSeconds, 5, "Seconds after which the call or the stream ends."),
         FIELD(limit, 7, "The most items in one answer; the rest follows with continue."),
         FIELD(continue_, 8, "The token of the previous page."),
         FIELD(sendInitialEvents, 11,
               "True when a watch begins with the present objects and then a bookmark."))

DESCRIBE(meta::v1::TableOptions, "How objects are shown as a table.",
         FIELD(includeObject, 1, "What comes with each row: None, Metadata (default) or Object."))
