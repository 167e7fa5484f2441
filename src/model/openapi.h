// OpenAPI documents for what the API serves, made from schemas: v3 per group-version (kubectl's explain,
// apply, create) and v2 as JSON and as protobuf (older clients).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/kind.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::model {

// What paths a resource has; the API fills it from its routes.
struct OpenApiResource {
  GroupVersionKind gvk;
  std::string plural;
  bool namespaced = true;
  const Schema* schema = nullptr;
  std::vector<std::string> verbs;  // of discovery: create, get, list, ...
  struct Sub {
    std::string name;                // "status", "scale", "log"
    GroupVersionKind gvk;            // of its body
    const Schema* schema = nullptr;  // null: no object (log, exec)
    std::vector<std::string> verbs;
  };
  std::vector<Sub> subresources;
};

// The v3 document of one group-version, with the schemas its paths need (transitively) and x-kubernetes-*
// extensions. The PATCH operations list fieldManager, fieldValidation, force and dryRun parameters: kubectl
// looks for them.
Value make_openapi_v3(std::string_view group, std::string_view version,
                      const std::vector<OpenApiResource>& resources);
// The v2 document of everything.
Value make_openapi_v2(const std::vector<OpenApiResource>& resources);
// The v2 document as gnostic's openapi.v2 protobuf
// (application/com.github.proto-openapi.spec.v2@v1.0+protobuf).
std::string openapi_v2_to_protobuf(const Value& v2);

}  // namespace aloft::model
