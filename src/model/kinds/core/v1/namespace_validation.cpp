// Rules for namespaces: finalizers, and the phase that a deletion brings.
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/field_checks.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

void validate(const Namespace& object, FieldErrors& errors) {
  const FieldPath spec("spec");
  const FieldPath path = spec.child("finalizers");
  for (const auto& finalizer : object.spec.finalizers) {
    model::expect_qualified_name(errors, path, finalizer);
    const bool standard =
        finalizer == "kubernetes" || finalizer == "orphan" || finalizer == "foregroundDeletion";
    if (!standard && finalizer.find('/') == std::string::npos) {
      errors.invalid_string(path, finalizer,
                            "name is neither a standard finalizer name nor is it fully qualified");
    }
  }
}

void validate_update(const Namespace& object, const Namespace& old, FieldErrors& errors) {
  if (object.status == old.status) return;
  const FieldPath status("status");
  const bool deleting = object.metadata.deletionTimestamp.has_value();
  if (!deleting && object.status.phase != "Active") {
    errors.invalid_string(status.child("Phase"), object.status.phase,
                          "may only be 'Active' if `deletionTimestamp` is empty");
  }
  if (deleting && object.status.phase != "Terminating") {
    errors.invalid_string(status.child("Phase"), object.status.phase,
                          "may only be 'Terminating' if `deletionTimestamp` is not empty");
  }
}

}  // namespace aloft::core::v1
