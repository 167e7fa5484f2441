// What each field of service_account.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/service_account.h"

DESCRIBE(core::v1::ServiceAccount, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(secrets, 2, merge_key("name"), list_type("map", "name")),
    FIELD(imagePullSecrets, 3, list_type("atomic")),
    FIELD(automountServiceAccountToken, 4))
