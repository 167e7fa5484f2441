// What each field of service_account.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/service_account.h"

DESCRIBE(core::v1::ServiceAccount, "The identity that processes in pods use at the API.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(secrets, 2, merge_key("name"), list_type("map", "name"),
               "Secrets that pods of this account may use."),
         FIELD(imagePullSecrets, 3, list_type("atomic"),
               "Secrets with the credentials for images of its pods."),
         FIELD(automountServiceAccountToken, 4,
               "False keeps the token out of its pods, unless the pod says otherwise."))
