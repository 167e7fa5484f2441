// What each field of watch_event.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/watch_event.h"

DESCRIBE(meta::v1::WatchEvent, "",
    FIELD(type, 1, required),
    FIELD(object, 2, required))
