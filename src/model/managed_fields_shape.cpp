// Reading the ownership rules out of a schema.
#include "model/managed_fields_shape.h"

#include <fmt/format.h>

namespace aloft::model {
namespace {

const Value* default_of(const Shape& list, const std::string& key) {
  static const Value empty_text("");
  static const Value zero(0);
  const Schema* element = list.schema != nullptr ? list.schema->element : nullptr;
  const Schema::Property* property =
      element != nullptr && element->type == Schema::Type::object ? element->find(key) : nullptr;
  if (property == nullptr) return nullptr;
  if (property->fallback) return &*property->fallback;
  if (!property->required && !property->always) return nullptr;
  switch (property->schema != nullptr ? property->schema->type : Schema::Type::any) {
    case Schema::Type::string:
      return &empty_text;
    case Schema::Type::integer:
    case Schema::Type::number:
    case Schema::Type::int_or_string:
      return &zero;
    default:
      return nullptr;
  }
}

std::optional<PathElement> unnamed(std::string* why, std::string_view text) {
  if (why != nullptr) *why = text;
  return std::nullopt;
}

std::optional<PathElement> set_element(const Value& element, std::string* why) {
  if (element.is_object())
    return unnamed(why, "associative list without keys has an element that's a map type");
  if (element.is_array()) return unnamed(why, "not supported: associative list with lists as elements");
  if (element.is_null())
    return unnamed(why, "associative list without keys has an element that's an explicit null");
  return value_element(element);
}

}  // namespace

Shape shape_of(const Schema& schema) {
  return {&schema, schema.list_type, schema.list_keys, schema.atomic, false, false};
}

Shape member_shape(const Shape& parent, std::string_view name) {
  if (is_open(parent)) return {};
  if (parent.schema->type == Schema::Type::map) {
    return parent.schema->element != nullptr ? shape_of(*parent.schema->element) : Shape();
  }
  const Schema::Property* property =
      parent.schema->type == Schema::Type::object ? parent.schema->find(name) : nullptr;
  if (property == nullptr) return {};
  Shape shape = property->schema != nullptr ? shape_of(*property->schema) : Shape();
  if (property->list_type) {
    shape.list_type = *property->list_type;
    shape.list_keys = property->list_keys;
  }
  if (property->atomic_map) shape.atomic = *property->atomic_map;
  shape.declared = true;
  shape.always = property->always || property->required;
  return shape;
}

Shape element_shape(const Shape& list) {
  return !is_open(list) && list.schema->element != nullptr ? shape_of(*list.schema->element) : Shape();
}

bool is_open(const Shape& shape) {
  return shape.schema == nullptr || shape.schema->type == Schema::Type::any;
}

Form form_of(const Shape& shape, const Value& value) {
  if (shape.atomic) return Form::leaf;
  if (value.is_object()) {
    const bool has_members = is_open(shape) || shape.schema->type == Schema::Type::object ||
                             shape.schema->type == Schema::Type::map;
    return has_members ? Form::members : Form::leaf;
  }
  if (value.is_array() && !is_open(shape) && shape.schema->type == Schema::Type::array &&
      shape.list_type != Schema::ListType::atomic) {
    return Form::elements;
  }
  return Form::leaf;
}

bool is_nothing(const Value& value) {
  if (const auto* object = value.if_object()) return object->empty();
  if (const auto* array = value.if_array()) return array->empty();
  return value.is_null();
}

std::optional<PathElement> list_element(const Shape& list, const Value& element, std::string* why) {
  if (list.list_type == Schema::ListType::set) return set_element(element, why);
  if (element.is_null()) return unnamed(why, "associative list with keys may not have a null element");
  if (!element.is_object()) return unnamed(why, "associative list with keys may not have non-map elements");
  const Object& members = element.as_object();
  std::vector<std::pair<std::string_view, const Value*>> keys;
  for (const auto& key : list.list_keys) {
    const Value* value = members.find(key);
    if (value == nullptr) value = default_of(list, key);
    if (value == nullptr) {
      return unnamed(
          why,
          fmt::format("associative list with keys has an element that omits key field \"{}\" (and doesn't "
                      "have default value)",
                      key));
    }
    keys.emplace_back(key, value);
  }
  return key_element(std::move(keys));
}

}  // namespace aloft::model
