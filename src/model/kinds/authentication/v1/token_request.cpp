// What each field of token_request.h means, and how it is written, merged and defaulted.
#include "model/kinds/authentication/v1/token_request.h"

DESCRIBE(authentication::v1::BoundObjectReference, "The object a token is bound to; the token ends with it.",
         FIELD(kind, 1, "The kind: Pod, Node or Secret."), FIELD(apiVersion, 2, "The version of its API."),
         FIELD(name, 3, "Its name."), FIELD(uid, 4, "Its uid."))

DESCRIBE(authentication::v1::TokenRequestSpec, "The token that is wanted.",
         FIELD(audiences, 1, required, list_type("atomic"),
               "For whom the token is meant; those must find themselves in it. Empty is the API server."),
         FIELD(expirationSeconds, 4, always, fallback("3600"),
               "Seconds until it expires, at least 600; the server may give another time; default 3600."),
         FIELD(boundObjectRef, 3, always, "The object whose end also ends the token."))

DESCRIBE(authentication::v1::TokenRequestStatus, "The token given.",
         FIELD(token, 1, required, "The bearer token."),
         FIELD(expirationTimestamp, 2, required, "When it expires."))

DESCRIBE(authentication::v1::TokenRequest, "Asks for a token of a service account.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "What is wanted."), FIELD(status, 3, "What was given."))
