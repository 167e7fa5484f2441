// The rules of the workload kinds that their tables cannot say; the list of kinds binds them to the kinds.
#pragma once

#include "model/field_errors.h"

namespace aloft::apps::v1 {

struct ControllerRevision;
struct Deployment;
struct ReplicaSet;

void set_defaults(Deployment& object);
void set_defaults(ReplicaSet& object);

void validate(const ControllerRevision& object, model::FieldErrors& errors);
void validate(const Deployment& object, model::FieldErrors& errors);
void validate(const ReplicaSet& object, model::FieldErrors& errors);

void validate_update(const ControllerRevision& object, const ControllerRevision& old,
                     model::FieldErrors& errors);
void validate_update(const Deployment& object, const Deployment& old, model::FieldErrors& errors);
void validate_update(const ReplicaSet& object, const ReplicaSet& old, model::FieldErrors& errors);

}  // namespace aloft::apps::v1
