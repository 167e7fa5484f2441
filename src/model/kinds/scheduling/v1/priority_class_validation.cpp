// Rules for priority classes: which values users may give, and that they never change.
#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/kinds/field_checks.h"
#include "model/kinds/scheduling/v1/priority_class.h"
#include "model/kinds/scheduling/v1/rules.h"

namespace aloft::scheduling::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::int32_t user_value_max = 1'000'000'000;
constexpr std::int32_t system_cluster_critical = 2'000'000'000;
constexpr std::int32_t system_node_critical = 2'000'001'000;

// What is wrong with a class that carries a name of the system; empty when it is one of the two known.
std::string system_class_fault(const PriorityClass& object) {
  const std::string& name = object.metadata.name;
  const std::int32_t value = name == "system-cluster-critical" ? system_cluster_critical
                             : name == "system-node-critical"  ? system_node_critical
                                                               : 0;
  if (value == 0) return fmt::format("{} is not a known system priority class", name);
  if (object.value != value) return fmt::format("value of {} PriorityClass must be {}", name, value);
  if (object.globalDefault) return fmt::format("globalDefault of {} PriorityClass must be false", name);
  return {};
}

}  // namespace

void validate(const PriorityClass& object, FieldErrors& errors) {
  const FieldPath metadata("metadata");
  if (object.metadata.name.starts_with("system-")) {
    const std::string fault = system_class_fault(object);
    if (!fault.empty()) {
      errors.forbidden(
          metadata.child("name"),
          "priority class names with 'system-' prefix are reserved for system use only. error: " + fault);
    }
  } else if (object.value > user_value_max) {
    errors.forbidden(FieldPath("value"), "maximum allowed value of a user defined priority is 1000000000");
  }
  if (object.preemptionPolicy) {
    model::expect_choice(errors, FieldPath("preemptionPolicy"), *object.preemptionPolicy,
                         {"PreemptLowerPriority", "Never"});
  }
}

void validate_update(const PriorityClass& object, const PriorityClass& old, FieldErrors& errors) {
  if (object.value != old.value) errors.forbidden(FieldPath("value"), "may not be changed in an update.");
  if (object.preemptionPolicy != old.preemptionPolicy) {
    errors.invalid(FieldPath("preemptionPolicy"),
                   object.preemptionPolicy ? go_quote(*object.preemptionPolicy) : "null",
                   model::immutable_field);
  }
}

}  // namespace aloft::scheduling::v1
