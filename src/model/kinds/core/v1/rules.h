// The rules of the core kinds that their tables cannot say: defaults that depend on other fields, what is
// wrong with an object, and what may not change. Metadata is validated by the caller. the list of kinds binds
// these overloads to the kinds.
#pragma once

#include "model/field_errors.h"

namespace aloft::core::v1 {

struct Binding;
struct ConfigMap;
struct Endpoints;
struct Event;
struct Namespace;
struct Node;
struct Pod;
struct Secret;
struct Service;

void set_defaults(Namespace& object);
void set_defaults(Node& object);
void set_defaults(Pod& object);
void set_defaults(Secret& object);
void set_defaults(Service& object);

void validate(const Binding& object, model::FieldErrors& errors);
void validate(const ConfigMap& object, model::FieldErrors& errors);
void validate(const Endpoints& object, model::FieldErrors& errors);
void validate(const Event& object, model::FieldErrors& errors);
void validate(const Namespace& object, model::FieldErrors& errors);
void validate(const Node& object, model::FieldErrors& errors);
void validate(const Pod& object, model::FieldErrors& errors);
void validate(const Secret& object, model::FieldErrors& errors);
void validate(const Service& object, model::FieldErrors& errors);

void validate_create(const Pod& object, model::FieldErrors& errors);

void validate_update(const ConfigMap& object, const ConfigMap& old, model::FieldErrors& errors);
void validate_update(const Namespace& object, const Namespace& old, model::FieldErrors& errors);
void validate_update(const Node& object, const Node& old, model::FieldErrors& errors);
// Spec and status alike: what only a subresource may change (ephemeralContainers, nodeName, status) is for
// the caller to put back for the main resource.
void validate_update(const Pod& object, const Pod& old, model::FieldErrors& errors);
void validate_update(const Secret& object, const Secret& old, model::FieldErrors& errors);
void validate_update(const Service& object, const Service& old, model::FieldErrors& errors);

// Makes clusterIP and clusterIPs agree for clients that know only one of them; `old` is null for a new
// service. Comes before addresses are given out and before validation.
void normalize_cluster_ips(Service& service, const Service* old);

}  // namespace aloft::core::v1
