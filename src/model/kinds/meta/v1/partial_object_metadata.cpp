// What each field of partial_object_metadata.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/partial_object_metadata.h"

DESCRIBE(meta::v1::PartialObjectMetadata, "Any object reduced to its metadata.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."))

DESCRIBE(meta::v1::PartialObjectMetadataList, "A list of objects reduced to their metadata.",
         FIELD(metadata, 1, "The revision of the list and how to go on reading it."),
         FIELD(items, 2, required, "The objects."))
