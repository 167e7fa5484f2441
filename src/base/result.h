// Failure as a value. A function that can fail in normal work (input, absence, conflict, I/O) returns
// Result<T>; a broken invariant is ensure(), never an Error. The closed set of codes maps one to one to the
// reasons and HTTP codes of a Kubernetes Status, so an error keeps its meaning from the store to the user's
// terminal.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aloft {

// The order is not part of any interface; http_status() and reason() give the wire forms.
enum class Code {
  bad_request,             // 400 BadRequest
  unauthorized,            // 401 Unauthorized
  forbidden,               // 403 Forbidden
  not_found,               // 404 NotFound
  method_not_allowed,      // 405 MethodNotAllowed
  not_acceptable,          // 406 NotAcceptable
  already_exists,          // 409 AlreadyExists
  conflict,                // 409 Conflict
  gone,                    // 410 Gone
  expired,                 // 410 Expired
  too_large,               // 413 RequestEntityTooLarge
  unsupported_media_type,  // 415 UnsupportedMediaType
  invalid,                 // 422 Invalid
  too_many_requests,       // 429 TooManyRequests
  internal,                // 500 InternalError
  unavailable,             // 503 ServiceUnavailable
  timeout,                 // 504 Timeout
  cancelled,               // 499, never sent: the caller has gone
};

// The HTTP status that stands for a code.
int http_status(Code code);

// The `reason` of a Kubernetes Status for a code, such as "NotFound".
std::string_view reason(Code code);

// One cause inside a Status, for a single field of a document.
struct Cause {
  std::string reason;   // "FieldValueInvalid", "FieldValueRequired", ...
  std::string message;  // `Invalid value: -1: must be greater than or equal to 0`
  std::string field;    // `spec.replicas`; empty when the cause is not about a field
  bool operator==(const Cause&) const = default;
};

// Which object an error is about, as the details of a Status name it. Empty members are left out.
struct ErrorSubject {
  std::string group;
  std::string kind;  // a resource ("pods") for most errors, a kind ("Pod") for invalid ones
  std::string name;
  std::string uid;
  bool operator==(const ErrorSubject&) const = default;
};

// What went wrong, for a program (code, causes, subject) and for a person (message). A value.
class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::vector<Cause>& causes() const { return causes_; }
  // Seconds after which trying again may help; 0 when unknown.
  int retry_after_seconds() const { return retry_after_seconds_; }
  const ErrorSubject& subject() const { return subject_; }

  // Puts context in front, as "what: why". Each layer on the way out says what it was doing.
  Error& at(std::string_view what);
  Error& with_cause(Cause cause);
  Error& retry_after(int seconds);
  Error& about(ErrorSubject subject);

  // "[NotFound] pods "a" not found".
  std::string to_string() const;
  bool operator==(const Error&) const = default;

 private:
  Code code_;
  std::string message_;
  std::vector<Cause> causes_;
  int retry_after_seconds_ = 0;
  ErrorSubject subject_;
};

template <class T = void>
using Result = std::expected<T, Error>;

// Shorthand for the failing side of a Result.
inline std::unexpected<Error> fail(Code code, std::string message) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

// The error of a failed system call: "open /x: No such file or directory", with a fitting code.
Error system_error(std::string_view what, int errno_value);

}  // namespace aloft

// TRY(name, expression): binds the value of a Result to `name` or returns the error. TRY_CO does so in a
// coroutine; await first and hand the Result in (the house rule: bind first, await second).
#define ALOFT_TRY_JOIN_(a, b) a##b
#define ALOFT_TRY_NAME_(a, b) ALOFT_TRY_JOIN_(a, b)
#define ALOFT_TRY_(result, name, expression, leave)                              \
  auto result = (expression);                                                    \
  if (!result) leave std::unexpected<::aloft::Error>(std::move(result).error()); \
  auto name = std::move(*result)
#define TRY(name, expression) ALOFT_TRY_(ALOFT_TRY_NAME_(try_result_, __LINE__), name, expression, return)
#define TRY_CO(name, expression) \
  ALOFT_TRY_(ALOFT_TRY_NAME_(try_result_, __LINE__), name, expression, co_return)
// The same where there is no value to bind.
#define TRY_DO(expression)                                                  \
  do {                                                                      \
    if (auto try_done_ = (expression); !try_done_)                          \
      return std::unexpected<::aloft::Error>(std::move(try_done_).error()); \
  } while (false)
#define TRY_CO_DO(expression)                                                                \
  do {                                                                                       \
    auto try_done_ = (expression);                                                           \
    if (!try_done_) co_return std::unexpected<::aloft::Error>(std::move(try_done_).error()); \
  } while (false)
