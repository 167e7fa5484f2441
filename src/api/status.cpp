// The Status object of an error, and the phrases of common errors.
#include "api/status.h"

#include "model/json.h"
#include "model/value.h"

namespace aloft::api {
namespace {

std::string qualified(std::string_view group, std::string_view resource) {
  return group.empty() ? std::string(resource) : fmt::format("{}.{}", resource, group);
}

ErrorSubject subject(std::string_view group, std::string_view kind, std::string_view name) {
  return {std::string(group), std::string(kind), std::string(name), {}};
}

model::Object subject_object(const ErrorSubject& about) {
  model::Object details;
  if (!about.name.empty()) details.append("name", about.name);
  if (!about.group.empty()) details.append("group", about.group);
  if (!about.kind.empty()) details.append("kind", about.kind);
  if (!about.uid.empty()) details.append("uid", about.uid);
  return details;
}

// Upstream leaves `details` out where an error has nothing to say about an object.
bool has_details(const Error& error) {
  switch (error.code()) {
    case Code::bad_request:
    case Code::unsupported_media_type:
    case Code::expired:
    case Code::gone:
    case Code::unauthorized:
      return false;
    case Code::internal:
      return !error.causes().empty();
    default:
      return true;
  }
}

}  // namespace

int status_code(const Error& error) { return http_status(error.code()); }

std::string status_json(const Error& error) {
  model::Object status{
      {"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", model::Object{}}, {"status", "Failure"}};
  status.append("message", error.message());
  const bool plain = error.code() == Code::internal && error.causes().empty();
  if (!plain) status.append("reason", reason(error.code()));
  const bool about_something =
      error.subject() != ErrorSubject{} || !error.causes().empty() || error.retry_after_seconds() > 0;
  if (about_something || has_details(error)) {
    model::Object details = subject_object(error.subject());
    if (!error.causes().empty()) {
      model::Array causes;
      for (const Cause& cause : error.causes()) {
        model::Object one;
        if (!cause.reason.empty()) one.append("reason", cause.reason);
        if (!cause.message.empty()) one.append("message", cause.message);
        if (!cause.field.empty()) one.append("field", cause.field);
        causes.emplace_back(std::move(one));
      }
      details.append("causes", std::move(causes));
    }
    if (error.retry_after_seconds() > 0) details.append("retryAfterSeconds", error.retry_after_seconds());
    status.append("details", std::move(details));
  }
  status.append("code", status_code(error));
  return model::to_json(model::Value(std::move(status)));
}

std::string success_json(const ErrorSubject& about) {
  model::Object status{
      {"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", model::Object{}}, {"status", "Success"}};
  status.append("details", subject_object(about));
  return model::to_json(model::Value(std::move(status)));
}

Error not_found(std::string_view group, std::string_view resource, std::string_view name) {
  Error error(Code::not_found, fmt::format("{} \"{}\" not found", qualified(group, resource), name));
  error.about(subject(group, resource, name));
  return error;
}

Error already_exists(std::string_view group, std::string_view resource, std::string_view name) {
  Error error(Code::already_exists,
              fmt::format("{} \"{}\" already exists", qualified(group, resource), name));
  error.about(subject(group, resource, name));
  return error;
}

Error conflict(std::string_view group, std::string_view resource, std::string_view name,
               std::string_view why) {
  Error error(Code::conflict, fmt::format("Operation cannot be fulfilled on {} \"{}\": {}",
                                          qualified(group, resource), name, why));
  error.about(subject(group, resource, name));
  return error;
}

Error modified_meanwhile(std::string_view group, std::string_view resource, std::string_view name) {
  return conflict(
      group, resource, name,
      "the object has been modified; please apply your changes to the latest version and try again");
}

Error forbidden(std::string_view group, std::string_view resource, std::string_view name,
                std::string_view why) {
  std::string message =
      name.empty() ? fmt::format("{} is forbidden: {}", qualified(group, resource), why)
                   : fmt::format("{} \"{}\" is forbidden: {}", qualified(group, resource), name, why);
  Error error(Code::forbidden, std::move(message));
  error.about(subject(group, resource, name));
  return error;
}

Error invalid_object(std::string_view group, std::string_view kind, std::string_view name,
                     const model::FieldErrors& errors) {
  Error error(Code::invalid,
              fmt::format("{} \"{}\" is invalid: {}", qualified(group, kind), name, errors.to_string()));
  error.about(subject(group, kind, name));
  for (const Cause& cause : errors.causes()) error.with_cause(cause);
  return error;
}

Error no_such_resource() { return {Code::not_found, "the server could not find the requested resource"}; }

Error method_not_allowed() {
  return {Code::method_not_allowed, "the server does not allow this method on the requested resource"};
}

Error plain_error(std::string message) { return {Code::internal, std::move(message)}; }

}  // namespace aloft::api
