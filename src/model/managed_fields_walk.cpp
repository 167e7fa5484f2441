// The three walks, by the leaf rules of structured-merge-diff.
#include "model/managed_fields_walk.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "model/managed_fields_shape.h"

namespace aloft::model {
namespace {

constexpr std::array<std::string_view, 9> identity_fields{"name",       "namespace",     "creationTimestamp",
                                                          "selfLink",   "uid",           "clusterName",
                                                          "generation", "managedFields", "resourceVersion"};

bool is_excluded(std::string_view name, const Exclusion& exclusion) {
  return name == exclusion.reset_field ||
         (!exclusion.keeps_identity && (name == "apiVersion" || name == "kind"));
}

bool is_excluded_metadata(std::string_view name, const Exclusion& exclusion) {
  return !exclusion.keeps_identity &&
         std::find(identity_fields.begin(), identity_fields.end(), name) != identity_fields.end();
}

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
    std::vector<const Value*> values;
  };
  std::vector<Item> items;

  Elements(const Shape& list, const Value& value) {
    const Array* array = value.if_array();
    if (array == nullptr) return;
    items.reserve(array->size());  // the index has views into the items
    indexed_ = array->size() > few;
    for (const auto& child : *array) {
      auto element = list_element(list, child);
      if (!element) continue;
      if (const Item* found = find_item(*element)) {
        const_cast<Item*>(found)->values.push_back(&child);
        continue;
      }
      items.push_back({std::move(*element), {&child}});
      if (indexed_) index_.emplace(items.back().element, items.size() - 1);
    }
  }
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;

  const std::vector<const Value*>* find(std::string_view element) const {
    const Item* found = find_item(element);
    return found != nullptr ? &found->values : nullptr;
  }

 private:
  static constexpr std::size_t few = 16;

  const Item* find_item(std::string_view element) const {
    if (indexed_) {
      const auto found = index_.find(element);
      return found == index_.end() ? nullptr : &items[found->second];
    }
    const auto found =
        std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.element == element; });
    return found == items.end() ? nullptr : &*found;
  }

  bool indexed_ = false;
  std::unordered_map<std::string_view, std::size_t> index_;
};

// Calls visit(member, shape) for the members a walk is about: at the root of an object, and in its metadata.
template <class Visit>
void each_member(const Object& object, const Shape& shape, Visit visit) {
  for (const auto& member : object) visit(member.first, member.second, member_shape(shape, member.first));
}

bool is_empty_member(const Value& value) {
  const Object* object = value.if_object();
  return value.is_null() || (object != nullptr && object->empty());
}

// Fills `children` with what is claimed below; true when the value itself is a field.
bool claim(const Value& value, const Shape& shape, Object& children) {
  switch (form_of(shape, value)) {
    case Form::leaf:
      return true;
    case Form::members:
      each_member(
          value.as_object(), shape, [&](const std::string& name, const Value& child, const Shape& inner) {
            Object below;
            const bool member = claim(child, inner, below) || !inner.declared || is_empty_member(child);
            append_node(children, field_element(name), member, std::move(below));
          });
      break;
    case Form::elements:
      for (auto& item : Elements(shape, value).items) {
        Object below;
        if (item.values.size() == 1) claim(*item.values.front(), element_shape(shape), below);
        append_node(children, std::move(item.element), true, std::move(below));
      }
      break;
  }
  sort_elements(children);
  return false;
}

// As claim(), of a new value; `was_empty` says that the empty object had this place already, with its zero
// value.
bool create(const Value& value, const Shape& shape, bool was_empty, Object& children) {
  switch (form_of(shape, value)) {
    case Form::leaf:
      return !(was_empty && is_zero(value));
    case Form::members:
      children.reserve(value.as_object().size() + 1);
      each_member(value.as_object(), shape,
                  [&](const std::string& name, const Value& child, const Shape& inner) {
                    Object below;
                    const bool member = create(child, inner, was_empty && inner.always, below);
                    append_node(children, field_element(name), member, std::move(below));
                  });
      break;
    case Form::elements:
      for (auto& item : Elements(shape, value).items) {
        Object below;
        if (item.values.size() == 1) create(*item.values.front(), element_shape(shape), false, below);
        append_node(children, std::move(item.element), true, std::move(below));
      }
      break;
  }
  sort_elements(children);
  return !was_empty;
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
  create(value, shape, false, out.removed);
  out.is_removed = true;
  return out;
}

Difference added_whole(const Value& value, const Shape& shape) {
  Difference out;
  create(value, shape, false, out.added);
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

Difference compare_element(const std::vector<const Value*>* before, const std::vector<const Value*>* after,
                           const Shape& shape) {
  const std::size_t old_count = before != nullptr ? before->size() : 0;
  const std::size_t new_count = after != nullptr ? after->size() : 0;
  if (old_count == 1 && new_count == 1) return compare(*before->front(), *after->front(), shape);
  if (old_count == 0 && new_count == 1) return added_whole(*after->front(), shape);
  if (old_count == 1 && new_count == 0) return removed_whole(*before->front(), shape);
  Difference out;
  if (old_count > 1 && new_count > 1) {
    out.is_modified = !std::equal(before->begin(), before->end(), after->begin(), after->end(),
                                  [](const Value* a, const Value* b) { return *a == *b; });
    return out;
  }
  // Duplicates come or go: they are one field, and the single element is another.
  if (old_count > 1) {
    if (new_count == 1) out = added_whole(*after->front(), shape);
    out.is_removed = true;
    return out;
  }
  if (old_count == 1) out = removed_whole(*before->front(), shape);
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
    out.add_child(item.element, compare_element(old.find(item.element), &item.values, inner));
  }
  for (const auto& item : old.items) {
    if (now.find(item.element) == nullptr)
      out.add_child(item.element, compare_element(&item.values, nullptr, inner));
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
    create(before, shape, false, out.removed);
    create(after, shape, false, out.added);
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

// Walks a whole document with `walk` but for what is excluded.
template <class WalkMember>
FieldSet walk_document(const Value& document, const Schema& schema, const Exclusion& exclusion,
                       WalkMember walk) {
  Object tree;
  const Shape root = shape_of(schema);
  each_member(members_of(document), root,
              [&](const std::string& name, const Value& value, const Shape& shape) {
                if (is_excluded(name, exclusion)) return;
                Object below;
                if (name != "metadata") {
                  const bool member = walk(value, shape, below);
                  append_node(tree, field_element(name), member, std::move(below));
                  return;
                }
                each_member(members_of(value), shape,
                            [&](const std::string& field, const Value& child, const Shape& inner) {
                              if (is_excluded_metadata(field, exclusion)) return;
                              Object further;
                              const bool member = walk(child, inner, further);
                              append_node(below, field_element(field), member, std::move(further));
                            });
                sort_elements(below);
                append_node(tree, field_element(name), false, std::move(below));
              });
  sort_elements(tree);
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
                         return create(value, shape, shape.always, below);
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
