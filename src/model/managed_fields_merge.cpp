// Documents under server-side apply, by the rules of structured-merge-diff.
#include "model/managed_fields_merge.h"

#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "model/managed_fields_shape.h"
#include "model/patch_text.h"

namespace aloft::model {
namespace {

// Collects what does not fit, with the path that leads there.
class Checker {
 public:
  void check(const Value& value, const Shape& shape) {
    if (is_open(shape) || value.is_null()) return;
    switch (shape.schema->type) {
      case Schema::Type::any:
        break;
      case Schema::Type::boolean:
        if (!value.is_bool()) complain("expected boolean, got &{{{}}}", go_text(value));
        break;
      case Schema::Type::integer:
      case Schema::Type::number:
        if (!value.is_number()) complain("expected numeric (int or float), got {}", go_type(value));
        break;
      case Schema::Type::string:
        check_string(value, shape);
        break;
      case Schema::Type::int_or_string:
        check_scalar(value);
        break;
      case Schema::Type::object:
      case Schema::Type::map:
        check_members(value, shape);
        break;
      case Schema::Type::array:
        check_list(value, shape);
        break;
    }
  }
  std::vector<std::string> take() { return std::move(complaints_); }

 private:
  template <class... Args>
  void complain(fmt::format_string<Args...> format, Args&&... args) {
    std::string text;
    for (const auto& step : path_) text += print_element(step);
    if (!text.empty()) text += ": ";
    complaints_.push_back(text + fmt::format(format, std::forward<Args>(args)...));
  }

  void check_scalar(const Value& value) {
    if (value.is_object() || value.is_array()) complain("expected any scalar, got &{{{}}}", go_text(value));
  }
  void check_string(const Value& value, const Shape& shape) {
    const auto& format = shape.schema->format;
    // Quantities, times and the like take any scalar; bytes are text.
    if (!format.empty() && format != "byte") return check_scalar(value);
    if (!value.is_string())
      complain("expected string, got &value.valueUnstructured{{Value:{}}}", go_text(value));
  }

  void check_members(const Value& value, const Shape& shape) {
    const Object* object = value.if_object();
    if (object == nullptr) return complain("expected map, got &{{{}}}", go_text(value));
    const bool closed = shape.schema->type == Schema::Type::object && !shape.schema->preserve_unknown &&
                        !shape.schema->properties.empty();
    for (const auto& [name, member] : *object) {
      const Shape inner = member_shape(shape, name);
      path_.push_back(field_element(name));
      if (closed && !inner.declared) {
        complain("field not declared in schema");
        path_.pop_back();
        return;
      }
      check(member, inner);
      path_.pop_back();
    }
  }

  void check_list(const Value& value, const Shape& shape) {
    const Array* array = value.if_array();
    if (array == nullptr) return complain("expected list, got &{{{}}}", go_text(value));
    const Shape inner = element_shape(shape);
    const bool named = form_of(shape, value) == Form::elements;
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < array->size(); ++i) {
      PathElement element = fmt::format("i:{}", i);
      if (named) {
        std::string why;
        auto found = list_element(shape, (*array)[i], &why);
        if (!found) return complain("element {}: {}", i, why);
        element = std::move(*found);
        if (!seen.insert(element).second) complain("duplicate entries for key {}", print_element(element));
      }
      path_.push_back(std::move(element));
      check((*array)[i], inner);
      path_.pop_back();
    }
  }

  std::vector<PathElement> path_;
  std::vector<std::string> complaints_;
};

Value merge(const Value& live, const Value& applied, const Shape& shape);

Value merge_members(const Object& live, const Object& applied, const Shape& shape) {
  Object out;
  out.reserve(live.size() + applied.size());
  for (const auto& [name, value] : live) {
    const Value* change = applied.find(name);
    out.append(name, change != nullptr ? merge(value, *change, member_shape(shape, name)) : value);
  }
  for (const auto& [name, value] : applied) {
    if (!live.contains(name)) out.append(name, value);
  }
  return out;
}

// A list and where its elements are. An element that cannot be named keeps a name that nothing else has.
struct Indexed {
  std::vector<PathElement> elements;
  std::unordered_map<std::string_view, const Value*> values;  // null where an element stands twice

  Indexed(const Array& list, const Shape& shape) {
    elements.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto element = list_element(shape, list[i]);
      elements.push_back(element ? std::move(*element) : fmt::format("i:{}", i));
      const auto [found, added] = values.emplace(elements.back(), &list[i]);
      if (!added) found->second = nullptr;
    }
  }
  bool contains(const PathElement& element) const { return values.contains(element); }
};

// Both orders are kept where they agree; where they do not, the configuration's wins, and what only the live
// object has stays behind its live predecessor.
Value merge_lists(const Array& live, const Array& applied, const Shape& shape) {
  const Indexed left(live, shape);
  const Indexed right(applied, shape);
  const Shape inner = element_shape(shape);
  std::vector<const PathElement*> shared;
  for (const auto& element : right.elements) {
    if (left.contains(element)) shared.push_back(&element);
  }
  std::size_t next_shared = 0;
  std::unordered_set<std::string_view> merged;
  Array out;
  const auto take_applied = [&](std::size_t at) {
    const PathElement& element = right.elements[at];
    merged.insert(element);
    const auto found = left.values.find(element);
    const bool single = found != left.values.end() && found->second != nullptr;
    out.push_back(single ? merge(*found->second, applied[at], inner) : applied[at]);
  };
  for (std::size_t l = 0, r = 0; l < live.size() || r < applied.size();) {
    if (l < live.size() && r < applied.size()) {
      if (left.elements[l] == right.elements[r]) {
        take_applied(r);
        ++l;
        ++r;
        ++next_shared;
        continue;
      }
      if (right.contains(left.elements[l]) && next_shared < shared.size() &&
          *shared[next_shared] != left.elements[l]) {
        ++l;
        continue;
      }
    }
    if (l < live.size()) {
      if (!right.contains(left.elements[l])) {
        out.push_back(live[l++]);
        continue;
      }
      if (merged.contains(left.elements[l])) ++l;
    }
    if (r < applied.size()) {
      take_applied(r);
      if (next_shared < shared.size() && *shared[next_shared] == right.elements[r]) ++next_shared;
      ++r;
    }
  }
  return out;
}

Value merge(const Value& live, const Value& applied, const Shape& shape) {
  const Form live_form = form_of(shape, live);
  // Null over something with an inside takes nothing away.
  if (applied.is_null() && live_form != Form::leaf && !is_nothing(live)) return live;
  if (is_nothing(live) || live_form != form_of(shape, applied)) return applied;
  if (live_form == Form::members) return merge_members(live.as_object(), applied.as_object(), shape);
  if (live_form == Form::elements) return merge_lists(live.as_array(), applied.as_array(), shape);
  return applied;
}

// Nullopt when nothing is left.
std::optional<Value> remove(const Value& value, const Object& fields, const Shape& shape) {
  const Form form = form_of(shape, value);
  if (form == Form::leaf) return value.is_array() || value.is_object() ? std::nullopt : std::optional(value);
  if (form == Form::elements) {
    Array kept;
    for (const auto& child : value.as_array()) {
      const auto element = list_element(shape, child);
      const Value* node = element ? fields.find(*element) : nullptr;
      if (node == nullptr) {
        kept.push_back(child);
      } else if (!is_member(*node)) {
        auto rest = remove(child, node->as_object(), element_shape(shape));
        kept.push_back(rest ? std::move(*rest) : Value());
      }
    }
    return kept.empty() ? std::nullopt : std::optional<Value>(std::move(kept));
  }
  Object kept;
  for (const auto& [name, child] : value.as_object()) {
    const Value* node = fields.find(field_element(name));
    if (node == nullptr) {
      kept.append(name, child);
    } else if (!is_member(*node)) {
      if (auto rest = remove(child, node->as_object(), member_shape(shape, name)))
        kept.append(name, std::move(*rest));
    }
  }
  return kept.empty() ? std::nullopt : std::optional<Value>(std::move(kept));
}

Object add_named_parents(const Object& node, const Shape& shape) {
  Object out;
  for (const auto& [element, child] : node) {
    if (element == ".") continue;
    const bool is_field = element.starts_with("f:");
    const Shape inner =
        is_field ? member_shape(shape, std::string_view(element).substr(2)) : element_shape(shape);
    append_node(out, element, is_member(child) || inner.declared,
                add_named_parents(child.as_object(), inner));
  }
  return out;
}

}  // namespace

std::vector<std::string> check_configuration(const Value& configuration, const Schema& schema) {
  Checker checker;
  checker.check(configuration, shape_of(schema));
  return checker.take();
}

Value merge_configuration(const Value& live, const Value& configuration, const Schema& schema) {
  return merge(live, configuration, shape_of(schema));
}

Value remove_fields(const Value& document, const FieldSet& fields, const Schema& schema) {
  return remove(document, fields.tree(), shape_of(schema)).value_or(Value(Object()));
}

FieldSet with_named_parents(const FieldSet& fields, const Schema& schema) {
  return FieldSet::from_tree(add_named_parents(fields.tree(), shape_of(schema)));
}

}  // namespace aloft::model
