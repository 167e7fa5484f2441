// The rules of events.k8s.io/v1 Events, stricter than those of the core form, and the way between the two
// forms: the stored object is the core one.
#pragma once

#include "model/field_errors.h"

namespace aloft::core::v1 {
struct Event;
}

namespace aloft::events::v1 {

struct Event;

Event from_core(const core::v1::Event& event);
core::v1::Event to_core(const Event& event);

void validate(const Event& event, model::FieldErrors& errors);
void validate_create(const Event& event, model::FieldErrors& errors);
void validate_update(const Event& event, const Event& old, model::FieldErrors& errors);

}  // namespace aloft::events::v1
