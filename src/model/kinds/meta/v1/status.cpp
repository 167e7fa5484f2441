// What each field of status.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/status.h"

DESCRIBE(meta::v1::StatusCause, "",
    FIELD(reason, 1),
    FIELD(message, 2),
    FIELD(field, 3))

DESCRIBE(meta::v1::StatusDetails, "",
    FIELD(name, 1),
    FIELD(group, 2),
    FIELD(kind, 3),
    FIELD(uid, 6),
    FIELD(causes, 4, list_type("atomic")),
    FIELD(retryAfterSeconds, 5))

DESCRIBE(meta::v1::Status, "",
    FIELD(metadata, 1, "The revision of the list and how to go on reading it."),
    FIELD(status, 2),
    FIELD(message, 3),
    FIELD(reason, 4),
    FIELD(details, 5, list_type("atomic")),
    FIELD(code, 6))
