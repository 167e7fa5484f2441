// What each field of secret.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/secret.h"

DESCRIBE(core::v1::Secret, "Sensitive settings; at most 1 MiB.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(immutable, 5, "True when the data can never change again."),
         FIELD(data, 2, "The values by key, in base64."),
         FIELD(stringData, 4, "Values as plain text, merged into data when written and never shown."),
         FIELD(type, 3, fallback(R"("Opaque")"),
               "What the Secret is for; some types require certain keys; default Opaque."))
