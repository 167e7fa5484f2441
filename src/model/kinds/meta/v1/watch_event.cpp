// What each field of watch_event.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/watch_event.h"

DESCRIBE(meta::v1::WatchEvent, "One change in a watch stream.",
         FIELD(type, 1, required, "ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."),
         FIELD(object, 2, required,
               "The object after the change, before it when deleted, or a Status for ERROR."))
