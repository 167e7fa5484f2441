// The wire forms of error codes and the translation of errno.
#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace aloft {
namespace {

struct Meaning {
  Code code;
  int status;
  std::string_view reason;
};

constexpr Meaning meanings[] = {
    {Code::bad_request, 400, "BadRequest"},
    {Code::unauthorized, 401, "Unauthorized"},
    {Code::forbidden, 403, "Forbidden"},
    {Code::not_found, 404, "NotFound"},
    {Code::method_not_allowed, 405, "MethodNotAllowed"},
    {Code::not_acceptable, 406, "NotAcceptable"},
    {Code::already_exists, 409, "AlreadyExists"},
    {Code::conflict, 409, "Conflict"},
    {Code::gone, 410, "Gone"},
    {Code::expired, 410, "Expired"},
    {Code::too_large, 413, "RequestEntityTooLarge"},
    {Code::unsupported_media_type, 415, "UnsupportedMediaType"},
    {Code::invalid, 422, "Invalid"},
    {Code::too_many_requests, 429, "TooManyRequests"},
    {Code::internal, 500, "InternalError"},
    {Code::unavailable, 503, "ServiceUnavailable"},
    {Code::timeout, 504, "Timeout"},
    {Code::cancelled, 499, "Cancelled"},
};

const Meaning& meaning(Code code) { return meanings[static_cast<std::size_t>(code)]; }

}  // namespace

int http_status(Code code) { return meaning(code).status; }

std::string_view reason(Code code) { return meaning(code).reason; }

Error& Error::at(std::string_view what) {
  message_ = fmt::format("{}: {}", what, message_);
  return *this;
}

Error& Error::with_cause(Cause cause) {
  causes_.push_back(std::move(cause));
  return *this;
}

Error& Error::retry_after(int seconds) {
  retry_after_seconds_ = seconds;
  return *this;
}

Error& Error::about(ErrorSubject subject) {
  subject_ = std::move(subject);
  return *this;
}

std::string Error::to_string() const { return fmt::format("[{}] {}", reason(code_), message_); }

Error system_error(std::string_view what, int errno_value) {
  Code code = Code::internal;
  if (errno_value == ENOENT || errno_value == ENOTDIR) code = Code::not_found;
  if (errno_value == EACCES || errno_value == EPERM) code = Code::forbidden;
  if (errno_value == EEXIST) code = Code::already_exists;
  if (errno_value == ETIMEDOUT) code = Code::timeout;
  if (errno_value == ECONNREFUSED || errno_value == ECONNRESET || errno_value == EPIPE)
    code = Code::unavailable;
  return {code, fmt::format("{}: {}", what, std::strerror(errno_value))};
}

}  // namespace aloft
