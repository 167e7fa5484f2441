// Rules for requests of tokens: how long a token may live.
#include "model/kinds/authentication/v1/rules.h"
#include "model/kinds/authentication/v1/token_request.h"
#include "model/kinds/field_checks.h"

namespace aloft::authentication::v1 {

void validate(const TokenRequest& request, model::FieldErrors& errors) {
  constexpr std::int64_t most = std::int64_t{1} << 32;
  const model::FieldPath spec("spec");
  const std::int64_t seconds = request.spec.expirationSeconds.value_or(0);
  if (seconds < 600) {
    errors.invalid_int(spec.child("expirationSeconds"), seconds,
                       "may not specify a duration less than 10 minutes");
  }
  if (seconds > most) {
    errors.invalid_int(spec.child("expirationSeconds"), seconds,
                       "may not specify a duration larger than 2^32 seconds");
  }
}

}  // namespace aloft::authentication::v1
