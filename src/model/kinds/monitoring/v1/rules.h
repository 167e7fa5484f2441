// The rules of this group's kinds that their tables cannot say; the list of kinds binds them to the kinds.
#pragma once

#include "model/field_errors.h"

namespace aloft::monitoring::v1 {

struct PodMonitor;
struct Probe;
struct PrometheusRule;
struct ServiceMonitor;

void validate(const PodMonitor& object, model::FieldErrors& errors);
void validate(const Probe& object, model::FieldErrors& errors);
void validate(const PrometheusRule& object, model::FieldErrors& errors);
void validate(const ServiceMonitor& object, model::FieldErrors& errors);

}  // namespace aloft::monitoring::v1
