// Rules for leases.
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/coordination/v1/rules.h"
#include "model/kinds/field_checks.h"

namespace aloft::coordination::v1 {

using model::FieldErrors;
using model::FieldPath;

void validate(const Lease& lease, FieldErrors& errors) {
  const LeaseSpec& spec = lease.spec;
  const FieldPath path("spec");
  if (spec.leaseDurationSeconds && *spec.leaseDurationSeconds <= 0) {
    errors.invalid_int(path.child("leaseDurationSeconds"), *spec.leaseDurationSeconds,
                       "must be greater than 0");
  }
  if (spec.leaseTransitions)
    model::expect_not_negative(errors, path.child("leaseTransitions"), *spec.leaseTransitions);
  if (spec.strategy && !spec.strategy->empty()) {
    model::expect_qualified_name(errors, path.child("strategy"), *spec.strategy);
  }
  const bool has_strategy = spec.strategy && !spec.strategy->empty();
  if (spec.preferredHolder && !spec.preferredHolder->empty() && !has_strategy) {
    errors.forbidden(path.child("preferredHolder"), "may only be specified when `strategy` is defined");
  }
}

}  // namespace aloft::coordination::v1
