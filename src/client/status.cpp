// Codes come from the Status's reason where we know it, from its code or the HTTP status otherwise.
#include "client/status.h"

#include "model/codec.h"
#include "model/kinds/meta/v1/status.h"

namespace aloft::client {
namespace {

constexpr Code codes[] = {
    Code::bad_request,
    Code::unauthorized,
    Code::forbidden,
    Code::not_found,
    Code::method_not_allowed,
    Code::not_acceptable,
    Code::already_exists,
    Code::conflict,
    Code::gone,
    Code::expired,
    Code::too_large,
    Code::unsupported_media_type,
    Code::invalid,
    Code::too_many_requests,
    Code::internal,
    Code::unavailable,
    Code::timeout,
};

Code code_of(std::string_view reason_text, int status) {
  for (const Code code : codes) {
    if (reason(code) == reason_text) return code;
  }
  if (status == 409) return Code::conflict;
  if (status == 410) return Code::expired;
  for (const Code code : codes) {
    if (http_status(code) == status) return code;
  }
  return status >= 500 ? Code::unavailable : Code::bad_request;
}

// Enough of a body that is no Status to see what answered.
constexpr std::size_t excerpt_bytes = 200;

}  // namespace

Error error_of_status(int http_status, std::string_view body) {
  const auto status = model::from_json<meta::v1::Status>(body);
  if (!status || (status->message.empty() && status->reason.empty())) {
    return {code_of("", http_status),
            fmt::format("the server answered {}: {}", http_status, body.substr(0, excerpt_bytes))};
  }
  Error error(code_of(status->reason, status->code != 0 ? status->code : http_status), status->message);
  if (status->details) {
    const meta::v1::StatusDetails& details = *status->details;
    for (const auto& cause : details.causes) {
      Cause told;
      told.reason = cause.reason;
      told.message = cause.message;
      told.field = cause.field;
      error.with_cause(std::move(told));
    }
    ErrorSubject subject;
    subject.group = details.group;
    subject.kind = details.kind;
    subject.name = details.name;
    subject.uid = details.uid;
    error.about(std::move(subject));
    if (details.retryAfterSeconds != 0) error.retry_after(details.retryAfterSeconds);
  }
  return error;
}

bool is_namespace_ending(const Error& error) {
  return std::ranges::any_of(error.causes(),
                             [](const Cause& cause) { return cause.reason == "NamespaceTerminating"; });
}

}  // namespace aloft::client
