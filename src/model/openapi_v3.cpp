// The OpenAPI 3.0 document of a group and version.
#include "model/openapi.h"
#include "model/openapi_routes.h"
#include "model/openapi_schemas.h"

namespace aloft::model {
namespace {

constexpr auto openapi_version = OpenApiVersion::v3;

Object openapi_parameter(const OpenApiParameter& from) {
  Object out{{"description", from.description}, {"in", from.in_path ? "path" : "query"}, {"name", from.name}};
  if (from.in_path) out.append("required", true);
  out.append("schema", Object{{"type", from.type}, {"uniqueItems", true}});
  return out;
}

Array parameters(const std::vector<OpenApiParameter>& from) {
  Array out;
  for (const auto& one : from) out.push_back(openapi_parameter(one));
  return out;
}

Object content(std::initializer_list<std::string_view> media_types, const Value& schema) {
  Object out;
  for (const std::string_view type : media_types) out.append(std::string(type), Object{{"schema", schema}});
  return out;
}

Object openapi_answer(const OpenApiOperation& operation) {
  using Answer = OpenApiOperation::Answer;
  const Value text = Object{{"type", "string"}};
  switch (operation.answer) {
    case Answer::stream:
      return content({"*/*"}, text);
    case Answer::text:
      return content(
          {"application/json", "application/vnd.kubernetes.protobuf", "application/yaml", "text/plain"},
          text);
    case Answer::list:
      return content(
          {"application/json", "application/json;stream=watch", "application/vnd.kubernetes.protobuf",
           "application/vnd.kubernetes.protobuf;stream=watch", "application/yaml"},
          openapi_reference(openapi_version, operation.schema + "List"));
    case Answer::status:
    case Answer::object:
      break;
  }
  const std::string name =
      operation.answer == Answer::status ? SchemaSet::openapi_name("meta::v1::Status") : operation.schema;
  return content({"application/json", "application/vnd.kubernetes.protobuf", "application/yaml"},
                 openapi_reference(openapi_version, name));
}

void add_request_body(const OpenApiOperation& operation, Object& out) {
  using Body = OpenApiOperation::Body;
  const auto named = [](std::string_view name) {
    return openapi_reference(openapi_version, SchemaSet::openapi_name(name));
  };
  switch (operation.body) {
    case Body::none:
      return;
    case Body::delete_options:
      out.append("requestBody", Object{{"content", content({"*/*"}, named("meta::v1::DeleteOptions"))}});
      return;
    case Body::patch:
      out.append("requestBody",
                 Object{{"content",
                         content({"application/apply-patch+yaml", "application/json-patch+json",
                                  "application/merge-patch+json", "application/strategic-merge-patch+json"},
                                 named("meta::v1::Patch"))},
                        {"required", true}});
      return;
    case Body::object:
      out.append("requestBody",
                 Object{{"content", content({"*/*"}, openapi_reference(openapi_version, operation.schema))},
                        {"required", true}});
      return;
  }
}

Object openapi_operation(const OpenApiOperation& operation) {
  Object out{{"description", operation.description}, {"operationId", operation.id}};
  if (!operation.parameters.empty()) out.append("parameters", parameters(operation.parameters));
  add_request_body(operation, out);
  Object responses;
  for (const std::string_view code : operation.codes) {
    responses.append(std::string(code), Object{{"content", openapi_answer(operation)},
                                               {"description", openapi_code_phrase(code)}});
  }
  responses.append("401", Object{{"description", openapi_code_phrase("401")}});
  out.append("responses", std::move(responses));
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

Value make_openapi_v3(std::string_view group, std::string_view api_version,
                      const std::vector<OpenApiResource>& resources) {
  std::vector<OpenApiResource> of_version;
  for (const auto& resource : resources) {
    if (resource.gvk.group == group && resource.gvk.version == api_version) of_version.push_back(resource);
  }
  Object paths;
  for (const auto& path : openapi_paths(of_version)) {
    Object item;
    for (const auto& operation : path.operations) item.append(operation.method, openapi_operation(operation));
    if (!path.parameters.empty()) item.append("parameters", parameters(path.parameters));
    paths.append(path.path, std::move(item));
  }
  Object security{{"BearerToken", Object{{"description", "A bearer token."},
                                         {"in", "header"},
                                         {"name", "authorization"},
                                         {"type", "apiKey"}}}};
  return Object{{"components", Object{{"schemas", openapi_components(openapi_version, of_version)},
                                      {"securitySchemes", std::move(security)}}},
                {"info", Object{{"title", "Aloft"}, {"version", "unversioned"}}},
                {"openapi", "3.0.0"},
                {"paths", std::move(paths)}};
}

}  // namespace aloft::model
