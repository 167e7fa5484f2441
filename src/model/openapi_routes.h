// The operations of a resource in a form that both versions of OpenAPI are written from. For this module's
// sources only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/openapi.h"

namespace aloft::model {

struct OpenApiParameter {
  std::string_view name;
  std::string_view type;  // "string", "integer", "boolean"
  std::string description;
  bool in_path = false;
};

struct OpenApiOperation {
  enum class Body { none, object, patch, delete_options };
  enum class Answer { object, list, status, text, stream };
  std::string method;  // "get"
  std::string id;      // "listCoreV1NamespacedPod"
  std::string description;
  std::string action;  // x-kubernetes-action: "list"
  GroupVersionKind gvk;
  std::vector<OpenApiParameter> parameters;
  Body body = Body::none;
  Answer answer = Answer::object;
  std::string schema;                   // name of the object's schema
  std::vector<std::string_view> codes;  // of success
};

struct OpenApiPath {
  std::string path;
  std::vector<OpenApiParameter> parameters;
  std::vector<OpenApiOperation> operations;
};

// Every path of a resource, in order.
std::vector<OpenApiPath> openapi_paths(const OpenApiResource& resource);
// The paths of many, sorted, with those of the lists of resources at each group-version.
std::vector<OpenApiPath> openapi_paths(const std::vector<OpenApiResource>& resources);
std::string openapi_tag(const GroupVersionKind& gvk);  // "core_v1"
std::string openapi_component(const GroupVersionKind& gvk,
                              const Schema& schema);  // the schema's name, or one made of the gvk

// The phrase that stands for a success code.
std::string_view openapi_code_phrase(std::string_view code);

}  // namespace aloft::model
