// Sets of fields of a document, as server-side apply keeps them for each manager, in the form in which they
// travel (FieldsV1 of metadata.managedFields):
// {"f:spec":{"f:replicas":{},"f:template":{".":{},"f:spec":{}}}}.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace aloft::model {

// One step of a path, in its canonical text:
//   f:NAME       a member of an object or a map
//   k:{...}      the element of a list with these keys, as JSON with sorted names
//   v:VALUE      the element of a set, as JSON
//   i:N          an element of a list by its place
using PathElement = std::string;

PathElement field_element(std::string_view name);
PathElement value_element(const Value& value);
// The keys in any order; a value may be any scalar.
PathElement key_element(std::vector<std::pair<std::string_view, const Value*>> keys);
// The order of elements in a set: fields by name, then keys, values and places by what they are (80 before
// 443).
int compare_elements(std::string_view a, std::string_view b);
// For people: .spec, [name="c1",protocol="TCP"], [="a"], [0].
std::string print_element(std::string_view element);

// A set of paths, kept as the tree it is encoded as: an object per node whose members are the next elements
// in order. A node is in the set itself when its object is empty or begins with the member ".". A value.
class FieldSet {
 public:
  using Path = std::span<const std::string_view>;

  FieldSet() = default;
  // A tree that keeps the invariants already: sorted, canonical, nothing without a member below it.
  static FieldSet from_tree(Object tree);
  // Reads FieldsV1 from outside. Elements of unknown types are left out, as upstream does. Error:
  // bad_request.
  static Result<FieldSet> parse(const Value& fields);

  bool empty() const { return tree_.empty(); }
  bool contains(Path path) const;
  void insert(Path path);
  const Object& tree() const { return tree_; }
  Object take_tree() && { return std::move(tree_); }
  // Visits every path in the set, those of a node before those below it. The span is only good during the
  // call.
  void each(const std::function<void(Path)>& visit) const;
  // ".spec.containers[name="c"].image" for every path.
  std::vector<std::string> to_strings() const;
  bool operator==(const FieldSet& other) const = default;

 private:
  Object tree_;
};

std::string print_path(FieldSet::Path path);

// In a or b; in both; in a but not in b.
FieldSet unite(const FieldSet& a, const FieldSet& b);
FieldSet intersect(const FieldSet& a, const FieldSet& b);
FieldSet subtract(const FieldSet& a, const FieldSet& b);
// Takes from a what is in b and everything below it.
FieldSet subtract_trees(const FieldSet& a, const FieldSet& b);

// The tree itself, for code that walks documents and sets together.
bool is_member(const Value& node);
// The node below with that element; null when there is none.
const Object* descend(const Object& node, std::string_view element);
// Sorts the elements of a node that was filled in any order; they must differ.
void sort_elements(Object& node);
// Adds what stands under the element: a member, a tree below, or both; nothing when it is neither. A tree
// that begins with "." says itself that the node is a member.
void append_node(Object& parent, PathElement element, bool member, Object children);

}  // namespace aloft::model
