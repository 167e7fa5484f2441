// What each field of status.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/status.h"

DESCRIBE(meta::v1::StatusCause, "One reason for a failure, often about a single field.",
         FIELD(reason, 1, "A word for programs, such as FieldValueInvalid."),
         FIELD(message, 2, "A sentence for people."),
         FIELD(field, 3, "The path of the field at fault, such as spec.containers[0].name."))

DESCRIBE(meta::v1::StatusDetails, "What a Status is about.",
         FIELD(name, 1, "The name of the object concerned."),
         FIELD(group, 2, "The API group of the object concerned."),
         FIELD(kind, 3, "The kind or the resource name of the object concerned."),
         FIELD(uid, 6, "The uid of the object concerned."),
         FIELD(causes, 4, list_type("atomic"), "Everything that was wrong, one entry each."),
         FIELD(retryAfterSeconds, 5,
               "After how many seconds it is worth trying again; 0 when that is unknown."))

DESCRIBE(meta::v1::Status, "The answer to a call that gives no object.",
         FIELD(metadata, 1, "The revision of the list and how to go on reading it."),
         FIELD(status, 2, "Success or Failure."),
         FIELD(message, 3, "A sentence for people about what happened."),
         FIELD(reason, 4, "A word for programs about why it failed, such as NotFound."),
         FIELD(details, 5, list_type("atomic"), "More about the object concerned and the causes."),
         FIELD(code, 6, "The HTTP status code of the answer."))
