// What each field of list_meta.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/list_meta.h"

DESCRIBE(meta::v1::ListMeta, "What every list carries.", FIELD(selfLink, 1, deprecated, "No longer filled."),
         FIELD(resourceVersion, 2, "The revision that the list shows; a watch can go on from there."),
         FIELD(continue_, 3, "A token with which to ask for the rest of the list; empty on the last page."),
         FIELD(remainingItemCount, 4, "How many items follow after this page, when the server knows."))
