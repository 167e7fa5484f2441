// What each field of list_meta.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/list_meta.h"

DESCRIBE(meta::v1::ListMeta, "",
    FIELD(selfLink, 1),
    FIELD(resourceVersion, 2),
    FIELD(continue_, 3),
    FIELD(remainingItemCount, 4))
