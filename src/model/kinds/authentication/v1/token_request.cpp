// What each field of token_request.h means, and how it is written, merged and defaulted.
#include "model/kinds/authentication/v1/token_request.h"

DESCRIBE(authentication::v1::BoundObjectReference, "",
    FIELD(kind, 1),
    FIELD(apiVersion, 2),
    FIELD(name, 3),
    FIELD(uid, 4))

DESCRIBE(authentication::v1::TokenRequestSpec, "",
    FIELD(audiences, 1, required, list_type("atomic")),
    FIELD(expirationSeconds, 4, always, fallback("3600")),
    FIELD(boundObjectRef, 3, always))

DESCRIBE(authentication::v1::TokenRequestStatus, "",
    FIELD(token, 1, required),
    FIELD(expirationTimestamp, 2, required))

DESCRIBE(authentication::v1::TokenRequest, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2, required),
    FIELD(status, 3))
