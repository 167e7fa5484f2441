// Errors as clients see them: the v1 Status object, and the phrases that upstream's clients recognise.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/field_errors.h"

namespace aloft::api {

// Compact JSON of a Status with status "Failure".
std::string status_json(const Error& error);
// A Status with status "Success" about an object that is gone; uid may be empty.
std::string success_json(const ErrorSubject& subject);
// HTTP code of the Status; differs from http_status(code) for plain internal errors.
int status_code(const Error& error);

// `pods "x" not found`; a resource of a group is written deployments.apps.
Error not_found(std::string_view group, std::string_view resource, std::string_view name);
Error already_exists(std::string_view group, std::string_view resource, std::string_view name);
// `Operation cannot be fulfilled on pods "x": why`.
Error conflict(std::string_view group, std::string_view resource, std::string_view name,
               std::string_view why);
Error modified_meanwhile(std::string_view group, std::string_view resource, std::string_view name);
Error forbidden(std::string_view group, std::string_view resource, std::string_view name,
                std::string_view why);
// `Pod "x" is invalid: ...` with one cause per field.
Error invalid_object(std::string_view group, std::string_view kind, std::string_view name,
                     const model::FieldErrors& errors);
Error no_such_resource();
Error method_not_allowed();
// A Status without reason, as upstream gives for plain errors (500).
Error plain_error(std::string message);

}  // namespace aloft::api
