// The OpenAPI 2.0 document ("swagger") of everything.
#include "model/openapi.h"
#include "model/openapi_routes.h"
#include "model/openapi_schemas.h"

namespace aloft::model {
namespace {

constexpr auto swagger_version = OpenApiVersion::v2;

Object swagger_parameter(const OpenApiParameter& from) {
  Object out{{"description", from.description}, {"in", from.in_path ? "path" : "query"}, {"name", from.name}};
  if (from.in_path) out.append("required", true);
  out.append("type", from.type);
  out.append("uniqueItems", true);
  return out;
}

Array strings(std::initializer_list<const char*> texts) { return Array(texts.begin(), texts.end()); }

void add_swagger_body(const OpenApiOperation& operation, Array& parameters) {
  using Body = OpenApiOperation::Body;
  if (operation.body == Body::none) return;
  std::string name = operation.schema;
  if (operation.body == Body::patch) name = SchemaSet::openapi_name("meta::v1::Patch");
  if (operation.body == Body::delete_options) name = SchemaSet::openapi_name("meta::v1::DeleteOptions");
  Object body{{"in", "body"}, {"name", "body"}};
  if (operation.body != Body::delete_options) body.append("required", true);
  body.append("schema", openapi_reference(swagger_version, name));
  parameters.push_back(std::move(body));
}

Value swagger_answer(const OpenApiOperation& operation) {
  using Answer = OpenApiOperation::Answer;
  switch (operation.answer) {
    case Answer::stream:
    case Answer::text:
      return Object{{"type", "string"}};
    case Answer::list:
      return openapi_reference(swagger_version, operation.schema + "List");
    case Answer::status:
      return openapi_reference(swagger_version, SchemaSet::openapi_name("meta::v1::Status"));
    case Answer::object:
      break;
  }
  return openapi_reference(swagger_version, operation.schema);
}

Array produced(const OpenApiOperation& operation) {
  using Answer = OpenApiOperation::Answer;
  switch (operation.answer) {
    case Answer::stream:
      return strings({"*/*"});
    case Answer::text:
      return strings(
          {"text/plain", "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"});
    case Answer::list:
      return strings({"application/json", "application/yaml", "application/vnd.kubernetes.protobuf",
                      "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"});
    default:
      return strings({"application/json", "application/yaml", "application/vnd.kubernetes.protobuf"});
  }
}

Object swagger_operation(const OpenApiOperation& operation) {
  Object out;
  out.append("consumes",
             operation.body == OpenApiOperation::Body::patch
                 ? strings({"application/json-patch+json", "application/merge-patch+json",
                            "application/strategic-merge-patch+json", "application/apply-patch+yaml"})
                 : strings({"*/*"}));
  out.append("description", operation.description);
  out.append("operationId", operation.id);
  Array parameters;
  add_swagger_body(operation, parameters);
  for (const auto& one : operation.parameters) parameters.push_back(swagger_parameter(one));
  if (!parameters.empty()) out.append("parameters", std::move(parameters));
  out.append("produces", produced(operation));
  Object responses;
  for (const std::string_view code : operation.codes) {
    responses.append(std::string(code), Object{{"description", openapi_code_phrase(code)},
                                               {"schema", swagger_answer(operation)}});
  }
  responses.append("401", Object{{"description", openapi_code_phrase("401")}});
  out.append("responses", std::move(responses));
  out.append("schemes", Array{"https"});
  out.append("tags", Array{openapi_tag(operation.gvk)});
  if (!operation.action.empty()) {
    out.append("x-kubernetes-action", operation.action);
    out.append("x-kubernetes-group-version-kind", Object{{"group", operation.gvk.group},
                                                         {"kind", operation.gvk.kind},
                                                         {"version", operation.gvk.version}});
  }
  return out;
}

}  // namespace

Value make_openapi_v2(const std::vector<OpenApiResource>& resources) {
  Object paths;
  for (const auto& path : openapi_paths(resources)) {
    Object item;
    for (const auto& operation : path.operations) item.append(operation.method, swagger_operation(operation));
    Array parameters;
    for (const auto& one : path.parameters) parameters.push_back(swagger_parameter(one));
    if (!parameters.empty()) item.append("parameters", std::move(parameters));
    paths.append(path.path, std::move(item));
  }
  Object security{{"BearerToken", Object{{"description", "A bearer token."},
                                         {"in", "header"},
                                         {"name", "authorization"},
                                         {"type", "apiKey"}}}};
  return Object{{"swagger", "2.0"},
                {"info", Object{{"title", "Aloft"}, {"version", "unversioned"}}},
                {"paths", std::move(paths)},
                {"definitions", openapi_components(swagger_version, resources)},
                {"securityDefinitions", std::move(security)},
                {"security", Array{Object{{"BearerToken", Array()}}}}};
}

}  // namespace aloft::model
