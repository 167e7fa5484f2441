// The three walks, by the leaf rules of structured-merge-diff.
#include "model/managed_fields_walk.h"

#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "model/managed_fields_shape.h"

namespace aloft::model {
namespace {

constexpr std::array<std::string_view, 9> identity_fields{"name",       "namespace",     "creationTimestamp",
                                                          "selfLink",   "uid",           "clusterName",
                                                          "generation", "managedFields", "resourceVersion"};

bool is_zero(const Value& value) {
  if (const auto* flag = value.if_bool()) return !*flag;
  if (const auto* text = value.if_string()) return text->empty();
  if (value.is_number()) return value.as_double() == 0;
  return is_nothing(value);
}

// The elements of a list under their path elements; those that cannot be named are left out, and what stands
// twice is told apart, for it is owned as one.
class Elements {
 public:
  struct Item {
    PathElement element;
    const Value* value = nullptr;
    std::vector<const Value*> more;  // others with the same element

    bool is_single() const { return more.empty(); }
  };
  std::vector<Item> items;  // in the order of a set

  Elements(const Shape& list, const Value& value) {
    const Array* array = value.if_array();
    if (array == nullptr) return;
    items.reserve(array->size());
    for (const auto& child : *array) {
      if (auto element = list_element(list, child)) items.push_back({std::move(*element), &child, {}});
    }
    const auto before = [](const Item& a, const Item& b) {
      const int order = compare_elements(a.element, b.element);
      return order != 0 ? order < 0 : std::less<>()(a.value, b.value);
    };
    if (!std::is_sorted(items.begin(), items.end(), before)) std::sort(items.begin(), items.end(), before);
    join_equal();
  }

  const Item* find(std::string_view element) const {
    const auto found = std::lower_bound(
        items.begin(), items.end(), element,
        [](const Item& item, std::string_view wanted) { return compare_elements(item.element, wanted) < 0; });
    return found != items.end() && found->element == element ? &*found : nullptr;
  }

 private:
  void join_equal() {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < items.size(); ++i) {
      if (items[i].element == items[kept].element) {
        items[kept].more.push_back(items[i].value);
      } else if (++kept != i) {
        items[kept] = std::move(items[i]);
      }
    }
    if (!items.empty()) items.resize(kept + 1);
  }
};

// Calls visit(name, value, shape) for the members of an object in the order of their names, which is that of
// a set.
template <class Visit>
void each_member(const Object& object, const Shape& shape, Visit visit) {
  constexpr std::size_t many = 64;
  std::array<const Object::Member*, many> few;
  std::vector<const Object::Member*> all(object.size() > many ? object.size() : 0);
  const auto order = all.empty() ? std::span(few).first(object.size()) : std::span(all);
  std::size_t at = 0;
  for (const auto& member : object) order[at++] = &member;
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->first < b->first; });
  for (const auto* member : order) visit(member->first, member->second, member_shape(shape, member->first));
}

bool is_empty_member(const Value& value) {
  const Object* object = value.if_object();
  return value.is_null() || (object != nullptr && object->empty());
}

// Fills `node` with what is claimed below; true when the value itself is a field.
bool claim(const Value& value, const Shape& shape, Object& node) {
  switch (form_of(shape, value)) {
    case Form::leaf:
      return true;
    case Form::members:
      each_member(
          value.as_object(), shape, [&](const std::string& name, const Value& child, const Shape& inner) {
            Object below;
            const bool member = claim(child, inner, below) || !inner.declared || is_empty_member(child);
            append_node(node, field_element(name), member, std::move(below));
          });
      break;
    case Form::elements: {
      Elements elements(shape, value);
      for (auto& item : elements.items) {
        Object below;
        if (item.is_single()) claim(*item.value, element_shape(shape), below);
        append_node(node, std::move(item.element), true, std::move(below));
      }
      break;
    }
  }
  return false;
}

}  // namespace

Exclusion exclusion_of(const Writer& writer) {
  if (!writer.status_is_separate) return {};
  return {.reset_field = writer.subresource == "status" ? "spec" : "status"};
}

bool is_excluded(std::string_view name, const Exclusion& exclusion) {
  return name == exclusion.reset_field ||
         (!exclusion.keeps_identity && (name == "apiVersion" || name == "kind"));
}

bool is_excluded_metadata(std::string_view name, const Exclusion& exclusion) {
  return !exclusion.keeps_identity &&
         std::find(identity_fields.begin(), identity_fields.end(), name) != identity_fields.end();
}

bool created_below(const Value& value, const Shape& shape, bool was_empty, Object& node) {
  const Form form = form_of(shape, value);
  if (form == Form::leaf) return !(was_empty && is_zero(value));
  if (is_nothing(value)) return !was_empty;
  const std::size_t size = form == Form::members ? value.as_object().size() : value.as_array().size();
  node.reserve(size + 1);
  if (!was_empty) node.append(".", Object());
  if (form == Form::members) {
    each_member(value.as_object(), shape,
                [&](const std::string& name, const Value& child, const Shape& inner) {
                  Object below;
                  if (created_below(child, inner, was_empty && inner.always, below))
                    node.append(field_element(name), std::move(below));
                });
  } else {
    Elements elements(shape, value);
    const Shape inner = element_shape(shape);
    for (auto& item : elements.items) {
      Object below;
      if (item.is_single()) created_below(*item.value, inner, false, below);
      node.append(std::move(item.element), std::move(below));
    }
    if (!was_empty && node.size() == 1) node = Object();  // no element has a name
  }
  return !was_empty || !node.empty();
}

namespace {

// What a value adds or takes away below its place.
Object fields_below(const Value& value, const Shape& shape) {
  Object node;
  created_below(value, shape, false, node);
  node.erase(".");
  return node;
}

// What changed below a place, by kind of change, and at the place itself.
struct Difference {
  Object removed;
  Object modified;
  Object added;
  bool is_removed = false;
  bool is_modified = false;
  bool is_added = false;

  void add_child(const PathElement& element, Difference child) {
    append_node(removed, element, child.is_removed, std::move(child.removed));
    append_node(modified, element, child.is_modified, std::move(child.modified));
    append_node(added, element, child.is_added, std::move(child.added));
  }
  bool empty() const {
    return !is_removed && !is_modified && !is_added && removed.empty() && modified.empty() && added.empty();
  }
  void sort() {
    sort_elements(removed);
    sort_elements(modified);
    sort_elements(added);
  }
};

Difference removed_whole(const Value& value, const Shape& shape) {
  Difference out;
  out.removed = fields_below(value, shape);
  out.is_removed = true;
  return out;
}

Difference added_whole(const Value& value, const Shape& shape) {
  Difference out;
  out.added = fields_below(value, shape);
  out.is_added = true;
  return out;
}

Difference compare(const Value& before, const Value& after, const Shape& shape);

// The member with the name that stands at the same place as in the other version, as it mostly does.
const Value* find_near(const Object& object, std::size_t place, const std::string& name) {
  if (place < object.size() && (object.begin() + static_cast<std::ptrdiff_t>(place))->first == name) {
    return &(object.begin() + static_cast<std::ptrdiff_t>(place))->second;
  }
  return object.find(name);
}

template <class Skip>
void compare_members(const Object& before, const Object& after, const Shape& shape, Skip skip,
                     Difference& out) {
  std::size_t place = 0;
  for (const auto& [name, value] : after) {
    const Value* old = find_near(before, place++, name);
    if (skip(name)) continue;
    const Shape inner = member_shape(shape, name);
    Difference child = old == nullptr ? added_whole(value, inner) : compare(*old, value, inner);
    if (!child.empty()) out.add_child(field_element(name), std::move(child));
  }
  place = 0;
  for (const auto& [name, value] : before) {
    if (find_near(after, place++, name) != nullptr || skip(name)) continue;
    out.add_child(field_element(name), removed_whole(value, member_shape(shape, name)));
  }
  out.sort();
}

Difference compare_element(const Elements::Item* before, const Elements::Item* after, const Shape& shape) {
  const bool was_single = before != nullptr && before->is_single();
  const bool is_single = after != nullptr && after->is_single();
  if (was_single && is_single) return compare(*before->value, *after->value, shape);
  if (before == nullptr && is_single) return added_whole(*after->value, shape);
  if (was_single && after == nullptr) return removed_whole(*before->value, shape);
  Difference out;
  if (before != nullptr && after != nullptr && !was_single && !is_single) {
    out.is_modified = !(*before->value == *after->value) ||
                      !std::equal(before->more.begin(), before->more.end(), after->more.begin(),
                                  after->more.end(), [](const Value* a, const Value* b) { return *a == *b; });
    return out;
  }
  // Duplicates come or go: they are one field, and the single element is another.
  if (before != nullptr && !was_single) {
    if (is_single) out = added_whole(*after->value, shape);
    out.is_removed = true;
    return out;
  }
  if (was_single) out = removed_whole(*before->value, shape);
  out.is_added = true;
  return out;
}

Difference compare_lists(const Value& before, const Value& after, const Shape& shape) {
  Difference out;
  if (before == after) return out;
  const Elements old(shape, before);
  const Elements now(shape, after);
  const Shape inner = element_shape(shape);
  for (const auto& item : now.items) {
    out.add_child(item.element, compare_element(old.find(item.element), &item, inner));
  }
  for (const auto& item : old.items) {
    if (now.find(item.element) == nullptr) {
      out.add_child(item.element, compare_element(&item, nullptr, inner));
    }
  }
  out.sort();
  return out;
}

Difference compare(const Value& before, const Value& after, const Shape& shape) {
  Difference out;
  const Form old_form = form_of(shape, before);
  const Form new_form = form_of(shape, after);
  if (old_form == Form::members && new_form == Form::members && !(is_nothing(before) && is_nothing(after))) {
    compare_members(
        before.as_object(), after.as_object(), shape, [](const std::string&) { return false; }, out);
    return out;
  }
  if (old_form == Form::elements && new_form == Form::elements) return compare_lists(before, after, shape);
  // Null beside something with an inside: the inside comes or goes, the place itself stays.
  if (before.is_null() && new_form != Form::leaf && !is_nothing(after)) {
    out = added_whole(after, shape);
    out.is_added = false;
    return out;
  }
  if (after.is_null() && old_form != Form::leaf && !is_nothing(before)) {
    out = removed_whole(before, shape);
    out.is_removed = false;
    return out;
  }
  if (old_form != new_form) {
    out.removed = fields_below(before, shape);
    out.added = fields_below(after, shape);
    out.is_modified = true;
    return out;
  }
  out.is_modified = !(before == after);
  return out;
}

const Object& members_of(const Value& value) {
  static const Object none;
  const Object* object = value.if_object();
  return object != nullptr ? *object : none;
}

// Walks a whole document but for what is excluded: walk(value, shape, node) gives whether the value itself is
// a field.
template <class WalkMember>
FieldSet walk_document(const Value& document, const Schema& schema, const Exclusion& exclusion,
                       WalkMember walk) {
  Object tree;
  const Shape root = shape_of(schema);
  const auto visit = [&](Object& parent, const std::string& name, const Value& value, const Shape& shape) {
    Object below;
    const bool member = walk(value, shape, below);
    append_node(parent, field_element(name), member, std::move(below));
  };
  each_member(members_of(document), root,
              [&](const std::string& name, const Value& value, const Shape& shape) {
                if (is_excluded(name, exclusion)) return;
                if (name != "metadata") return visit(tree, name, value, shape);
                Object below;
                each_member(members_of(value), shape,
                            [&](const std::string& field, const Value& child, const Shape& inner) {
                              if (!is_excluded_metadata(field, exclusion)) visit(below, field, child, inner);
                            });
                append_node(tree, field_element(name), false, std::move(below));
              });
  return FieldSet::from_tree(std::move(tree));
}

}  // namespace

FieldSet claimed_fields(const Value& document, const Schema& schema, const Exclusion& exclusion) {
  return walk_document(document, schema, exclusion,
                       [](const Value& value, const Shape& shape, Object& below) {
                         return claim(value, shape, below) || !shape.declared || is_empty_member(value);
                       });
}

FieldSet created_fields(const Value& document, const Schema& schema, const Exclusion& exclusion) {
  return walk_document(document, schema, exclusion,
                       [](const Value& value, const Shape& shape, Object& below) {
                         // A tree says itself whether it is a field.
                         return created_below(value, shape, shape.always, below) && below.empty();
                       });
}

Comparison compare_fields(const Value& before, const Value& after, const Schema& schema,
                          const Exclusion& exclusion) {
  const Shape root = shape_of(schema);
  Difference out;
  compare_members(
      members_of(before), members_of(after), root,
      [&](const std::string& name) { return is_excluded(name, exclusion) || name == "metadata"; }, out);
  static const Value nothing;
  const Value* old = before.at("metadata");
  const Value* now = after.at("metadata");
  Difference metadata;
  compare_members(
      members_of(old != nullptr ? *old : nothing), members_of(now != nullptr ? *now : nothing),
      member_shape(root, "metadata"),
      [&](const std::string& name) { return is_excluded_metadata(name, exclusion); }, metadata);
  out.add_child(field_element("metadata"), std::move(metadata));
  out.sort();
  return {FieldSet::from_tree(std::move(out.removed)), FieldSet::from_tree(std::move(out.modified)),
          FieldSet::from_tree(std::move(out.added))};
}

}  // namespace aloft::model
