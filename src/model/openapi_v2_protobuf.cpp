// The v2 document in the protobuf messages of openapi.v2 (gnostic), which older clients ask for. Extensions
// travel as YAML text inside.
#include "model/openapi.h"
#include "model/protobuf_wire.h"
#include "model/yaml.h"

namespace aloft::model {
namespace {

class DocumentWriter {
 public:
  std::string write(const Value& document) {
    text(1, document.at("swagger"));
    if (const Value* info = document.at("info")) {
      const LengthPrefix message(out_, 2);
      text(1, info->at("title"));
      text(2, info->at("version"));
    }
    if (const Value* paths = document.at("paths")) {
      const LengthPrefix message(out_, 8);
      for (const auto& [name, item] : paths->as_object()) {
        const LengthPrefix named(out_, 2);
        append_bytes(out_, 1, name);
        path_item(2, item);
      }
    }
    if (const Value* definitions = document.at("definitions")) {
      const LengthPrefix message(out_, 9);
      named_schemas(1, *definitions);
    }
    if (const Value* security = document.at("security")) {
      for (const Value& requirement : security->as_array()) security_requirement(requirement);
    }
    if (const Value* definitions = document.at("securityDefinitions")) security_definitions(*definitions);
    return std::move(out_);
  }

 private:
  void text(std::uint32_t number, const Value* value) {
    if (value == nullptr) return;
    if (const std::string* string = value->if_string(); string != nullptr && !string->empty())
      append_bytes(out_, number, *string);
  }
  void texts(std::uint32_t number, const Value* values) {
    if (values == nullptr) return;
    for (const Value& value : values->as_array()) append_bytes(out_, number, value.as_string());
  }
  void flag(std::uint32_t number, const Value* value) {
    if (value == nullptr || !value->is_bool() || !value->as_bool()) return;
    append_tag(out_, number, WireType::varint);
    append_varint(out_, 1);
  }
  // Members whose names begin with x-, each a NamedAny.
  void extensions(std::uint32_t number, const Value& of) {
    for (const auto& [name, value] : of.as_object()) {
      if (!name.starts_with("x-")) continue;
      const LengthPrefix named(out_, number);
      append_bytes(out_, 1, name);
      const LengthPrefix any(out_, 2);
      append_bytes(out_, 2, to_yaml(value));
    }
  }

  void path_item(std::uint32_t number, const Value& item) {
    static constexpr std::pair<std::string_view, std::uint32_t> methods[] = {
        {"get", 2}, {"put", 3}, {"post", 4}, {"delete", 5}, {"options", 6}, {"head", 7}, {"patch", 8}};
    const LengthPrefix message(out_, number);
    for (const auto& [method, at] : methods) {
      if (const Value* found = item.at(method)) operation(at, *found);
    }
    parameters(9, item.at("parameters"));
  }

  void operation(std::uint32_t number, const Value& from) {
    const LengthPrefix message(out_, number);
    texts(1, from.at("tags"));
    text(3, from.at("description"));
    text(5, from.at("operationId"));
    texts(6, from.at("produces"));
    texts(7, from.at("consumes"));
    parameters(8, from.at("parameters"));
    if (const Value* responses = from.at("responses")) {
      const LengthPrefix all(out_, 9);
      for (const auto& [code, response] : responses->as_object()) {
        const LengthPrefix named(out_, 1);
        append_bytes(out_, 1, code);
        const LengthPrefix value(out_, 2);
        const LengthPrefix one(out_, 1);
        text(1, response.at("description"));
        if (const Value* body = response.at("schema")) {
          const LengthPrefix item(out_, 2);
          schema(1, *body);
        }
      }
    }
    texts(10, from.at("schemes"));
    extensions(13, from);
  }

  void parameters(std::uint32_t number, const Value* list) {
    if (list == nullptr) return;
    for (const Value& from : list->as_array()) {
      const LengthPrefix item(out_, number);
      const LengthPrefix message(out_, 1);
      const std::string_view in = from.text_at("in");
      if (in == "body")
        body_parameter(from);
      else
        plain_parameter(from, in == "path");
    }
  }

  void body_parameter(const Value& from) {
    const LengthPrefix body(out_, 1);
    text(1, from.at("description"));
    text(2, from.at("name"));
    text(3, from.at("in"));
    flag(4, from.at("required"));
    if (const Value* of = from.at("schema")) schema(5, *of);
  }

  // A query parameter has one member more than one of the path, and numbers that differ behind it.
  void plain_parameter(const Value& from, bool in_path) {
    const LengthPrefix one(out_, 2);
    const LengthPrefix message(out_, in_path ? 4 : 3);
    flag(1, from.at("required"));
    text(2, from.at("in"));
    text(3, from.at("description"));
    text(4, from.at("name"));
    text(in_path ? 5 : 6, from.at("type"));
    flag(in_path ? 19 : 20, from.at("uniqueItems"));
  }

  void named_schemas(std::uint32_t number, const Value& schemas) {
    for (const auto& [name, of] : schemas.as_object()) {
      const LengthPrefix named(out_, number);
      append_bytes(out_, 1, name);
      schema(2, of);
    }
  }

  void schema(std::uint32_t number, const Value& from) {
    const LengthPrefix message(out_, number);
    text(1, from.at("$ref"));
    text(2, from.at("format"));
    text(4, from.at("description"));
    texts(19, from.at("required"));
    if (const Value* values = from.at("additionalProperties")) {
      const LengthPrefix item(out_, 21);
      schema(1, *values);
    }
    if (const Value* type = from.at("type")) {
      const LengthPrefix item(out_, 22);
      text(1, type);
    }
    if (const Value* items = from.at("items")) {
      const LengthPrefix item(out_, 23);
      schema(1, *items);
    }
    if (const Value* properties = from.at("properties")) {
      const LengthPrefix item(out_, 25);
      named_schemas(1, *properties);
    }
    extensions(31, from);
  }

  void security_requirement(const Value& requirement) {
    const LengthPrefix message(out_, 12);
    for (const auto& [name, scopes] : requirement.as_object()) {
      const LengthPrefix named(out_, 1);
      append_bytes(out_, 1, name);
      const LengthPrefix array(out_, 2);
      texts(1, &scopes);
    }
  }

  void security_definitions(const Value& definitions) {
    const LengthPrefix message(out_, 13);
    for (const auto& [name, definition] : definitions.as_object()) {
      const LengthPrefix named(out_, 1);
      append_bytes(out_, 1, name);
      const LengthPrefix item(out_, 2);
      const LengthPrefix api_key(out_, 2);
      text(1, definition.at("type"));
      text(2, definition.at("name"));
      text(3, definition.at("in"));
      text(4, definition.at("description"));
    }
  }

  std::string out_;
};

}  // namespace

std::string openapi_v2_to_protobuf(const Value& v2) { return DocumentWriter().write(v2); }

}  // namespace aloft::model
