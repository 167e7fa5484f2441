// Strategic merge: maps merge by name and lists by the keys the schema gives, with directives inside the
// patch for what merging alone cannot say. The rules, down to the order of the results, are those of
// apimachinery's strategicpatch.
#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "model/json.h"
#include "model/patch.h"
#include "model/patch_text.h"

namespace aloft::model {
namespace {

constexpr std::string_view directive_name = "$patch";
constexpr std::string_view retain_keys_name = "$retainKeys";
constexpr std::string_view order_prefix = "$setElementOrder";
constexpr std::string_view delete_prefix = "$deleteFromPrimitiveList";

template <class... Args>
std::unexpected<Error> refuse(fmt::format_string<Args...> format, Args&&... args) {
  return fail(Code::internal, fmt::format(format, std::forward<Args>(args)...));
}

std::unexpected<Error> bad_order() {
  return fail(Code::bad_request, "invalid patch format of setElementOrder list");
}

// How a member of an object merges.
struct Rule {
  const Schema* schema = nullptr;  // of the member, of the elements when it is a list; null: not known
  bool merges_list = false;
  bool replaces_map = false;
  std::string_view merge_key;  // empty for lists of primitives
};

std::string_view short_name(const Schema& schema) {
  return std::string_view(schema.name).substr(schema.name.rfind('.') + 1);
}

Result<Rule> rule_of(const Schema* parent, std::string_view name) {
  Rule rule;
  if (parent == nullptr || parent->type == Schema::Type::any) return rule;
  if (parent->type == Schema::Type::map) {
    rule.schema = parent->element;
  } else if (const auto* property = parent->find(name)) {
    rule.schema = property->schema;
    rule.merges_list =
        property->patch_strategy.starts_with("merge") || property->patch_strategy.ends_with(",merge");
    rule.replaces_map = property->patch_strategy == "replace";
    rule.merge_key = property->patch_merge_key;
  } else if (!parent->preserve_unknown && !parent->properties.empty()) {
    return refuse("unable to find api field in struct {} for the json field \"{}\"", short_name(*parent),
                  name);
  }
  if (rule.schema != nullptr && rule.schema->type == Schema::Type::array) rule.schema = rule.schema->element;
  return rule;
}

// A text that two elements of a list share exactly when they are the same element: the merge key's value, or
// all of a primitive. The key must be there.
std::string identity(const Value& element, std::string_view merge_key) {
  if (merge_key.empty()) return to_json(element);
  const Value* key = element.at(merge_key);
  return key != nullptr ? to_json(*key) : std::string();
}

Result<std::string> required_identity(const Value& element, std::string_view merge_key) {
  if (!merge_key.empty()) {
    if (!element.is_object()) {
      return refuse("expected a map[string]interface {{}}, but received a {}", go_type(element));
    }
    if (element.at(merge_key) == nullptr) {
      return refuse("map: {} does not contain declared merge key: {}", go_text(element), merge_key);
    }
  }
  return identity(element, merge_key);
}

// First positions of the elements of a list.
using Positions = std::unordered_map<std::string, std::size_t>;

Result<Positions> positions_of(const Array& list, std::string_view merge_key) {
  Positions out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(key, required_identity(list[i], merge_key));
    out.try_emplace(std::move(key), i);
  }
  return out;
}

bool has_directive(const Value& value) { return value.at(directive_name) != nullptr; }

// Takes out of a patch value that becomes part of the document as it is: nulls, and whatever carries a
// directive. False when the value itself carries one and must not be kept.
bool strip_directives(Value& value) {
  if (auto* object = value.if_object()) {
    if (object->contains(directive_name)) return false;
    Object kept;
    for (auto& [name, member] : *object) {
      if (strip_directives(member)) kept.append(std::move(name), std::move(member));
    }
    *object = std::move(kept);
  } else if (auto* array = value.if_array()) {
    Array kept;
    for (auto& element : *array) {
      if (strip_directives(element)) kept.push_back(std::move(element));
    }
    *array = std::move(kept);
  }
  return true;
}

void discard_nulls(Value& value) {
  if (auto* object = value.if_object()) {
    Object kept;
    for (auto& [name, member] : *object) {
      if (member.is_null()) continue;
      discard_nulls(member);
      kept.append(std::move(name), std::move(member));
    }
    *object = std::move(kept);
  } else if (auto* array = value.if_array()) {
    for (auto& element : *array) discard_nulls(element);
  }
}

// All elements of the lists are of one kind; gives whether they are objects.
Result<bool> has_objects(const Array& a, const Array& b) {
  const Value* first = nullptr;
  for (const Array* list : {&a, &b}) {
    for (const auto& element : *list) {
      if (element.is_array()) return fail(Code::invalid, "lists of lists are not supported");
      if (first == nullptr) first = &element;
      if (go_type(*first) != go_type(element)) {
        return refuse("list element types are not identical: [{} {}]", go_text(Value(a)), go_text(Value(b)));
      }
    }
  }
  if (first == nullptr) return refuse("no elements in any of the given slices");
  return first->is_object();
}

// Elements with their place in an order, sorted by it. Marked deletions go last, as upstream leaves them.
Array sort_by(Array elements, const Positions& order, std::string_view merge_key) {
  struct Placed {
    bool deletion;
    std::size_t place;
    std::size_t index;
  };
  std::vector<Placed> placed;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto found = order.find(identity(elements[i], merge_key));
    placed.push_back({elements[i].text_at(directive_name) == "delete",
                      found != order.end() ? found->second : order.size(), i});
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.deletion, a.place, a.index) < std::tie(b.deletion, b.place, b.index);
  });
  Array out;
  for (const auto& item : placed) out.push_back(std::move(elements[item.index]));
  return out;
}

// The final order of a merged list: what the patch names keeps the patch's order, what only the server has
// keeps the server's, and where both are known to the server an earlier one stays in front.
Result<Array> put_in_order(Array merged, const Positions& in_patch, const Positions& on_server,
                           std::string_view merge_key) {
  Array named;
  Array others;
  for (auto& element : merged) {
    TRY(key, required_identity(element, merge_key));
    (in_patch.contains(key) ? named : others).push_back(std::move(element));
  }
  named = sort_by(std::move(named), in_patch, merge_key);
  others = sort_by(std::move(others), on_server, merge_key);
  Array out;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < others.size() && j < named.size()) {
    const auto left = on_server.find(identity(others[i], merge_key));
    const auto right = on_server.find(identity(named[j], merge_key));
    const bool known = left != on_server.end() && right != on_server.end();
    if (known && left->second < right->second) {
      out.push_back(std::move(others[i++]));
    } else {
      out.push_back(std::move(named[j++]));
    }
  }
  for (; i < others.size(); ++i) out.push_back(std::move(others[i]));
  for (; j < named.size(); ++j) out.push_back(std::move(named[j]));
  return out;
}

Result<> merge_object(Object& original, Object patch, const Schema* schema);

// Carries out the directives among the elements of a patch list and leaves the others. True when the list is
// to be replaced by them.
Result<bool> apply_element_directives(Array& original, Array& patch, std::string_view merge_key) {
  bool replace = false;
  Array plain;
  std::unordered_set<std::string> deleted;
  for (auto& element : patch) {
    const Value* directive = element.at(directive_name);
    if (directive == nullptr) {
      plain.push_back(std::move(element));
      continue;
    }
    const std::string_view text = element.text_at(directive_name);
    if (text == "delete") {
      TRY(key, required_identity(element, merge_key));
      deleted.insert(std::move(key));
    } else if (text == "replace") {
      replace = true;
    } else if (text == "merge") {
      return refuse("merging lists cannot yet be specified in the patch");
    } else {
      return refuse("unknown patch type: {} in map: {}", go_text(*directive), go_text(element));
    }
  }
  patch = std::move(plain);
  std::erase_if(original, [&](const Value& element) {
    return element.at(merge_key) != nullptr && deleted.contains(identity(element, merge_key));
  });
  return replace;
}

Result<Array> merge_objects(Array original, Array patch, const Rule& rule) {
  if (rule.merge_key.empty()) {
    return refuse("cannot merge lists without merge key for {}",
                  rule.schema != nullptr && rule.schema->type == Schema::Type::object ? "struct" : "map");
  }
  TRY(replace, apply_element_directives(original, patch, rule.merge_key));
  if (replace) {
    TRY(places, positions_of(patch, rule.merge_key));
    return put_in_order(std::move(patch), {}, places, rule.merge_key);
  }
  TRY(on_server, positions_of(original, rule.merge_key));
  TRY(in_patch, positions_of(patch, rule.merge_key));
  Positions places = on_server;
  for (auto& element : patch) {
    const auto [place, added] = places.try_emplace(identity(element, rule.merge_key), original.size());
    if (added) {
      original.push_back(std::move(element));
    } else {
      TRY_DO(merge_object(original[place->second].as_object(), std::move(element.as_object()), rule.schema));
    }
  }
  return put_in_order(std::move(original), in_patch, on_server, rule.merge_key);
}

Result<Array> merge_primitives(const Array& original, const Array& patch, bool deletes) {
  std::unordered_set<std::string> seen;
  Array merged;
  if (deletes) {
    for (const auto& element : patch) seen.insert(to_json(element));
    for (const auto& element : original) {
      if (!seen.contains(to_json(element))) merged.push_back(element);
    }
    return merged;
  }
  for (const Array* list : {&original, &patch}) {
    for (const auto& element : *list) {
      if (seen.insert(to_json(element)).second) merged.push_back(element);
    }
  }
  TRY(in_patch, positions_of(patch, {}));
  TRY(on_server, positions_of(original, {}));
  return put_in_order(std::move(merged), in_patch, on_server, {});
}

Result<Array> merge_list(Array original, Array patch, const Rule& rule, bool deletes) {
  if (!rule.merges_list && !deletes) return patch;
  if (original.empty() && patch.empty()) return original;
  TRY(objects, has_objects(original, patch));
  if (objects) return merge_objects(std::move(original), std::move(patch), rule);
  return merge_primitives(original, patch, deletes);
}

// $retainKeys: names every member that may stay.
Result<> apply_retain_keys(Object& original, Object& patch) {
  const auto bad = [] { return fail(Code::bad_request, "invalid patch format of retainKeys"); };
  const Value* found = patch.find(retain_keys_name);
  if (found == nullptr) return {};
  const Array* listed = found->if_array();
  if (listed == nullptr) return bad();
  std::unordered_set<std::string> keys;
  for (const auto& key : *listed) {
    if (const auto* text = key.if_string()) keys.insert(*text);
  }
  patch.erase(retain_keys_name);
  for (const auto& [name, change] : patch) {
    if (change.is_null() || name.starts_with(delete_prefix) || name.starts_with(order_prefix)) continue;
    if (!keys.contains(name)) return bad();
  }
  Object kept;
  for (auto& [name, member] : original) {
    if (keys.contains(name)) kept.append(name, std::move(member));
  }
  original = std::move(kept);
  return {};
}

// The elements of the patch stand in $setElementOrder too, in the same order.
Result<> check_order(const Array& patch, const Array& order, std::string_view merge_key) {
  if (order.empty() || patch.empty()) return {};
  std::size_t at = 0;
  for (const auto& element : patch) {
    if (!merge_key.empty() && !element.is_object()) {
      return refuse("expected a map[string]interface {{}}, but received a {}", go_type(element));
    }
    if (has_directive(element)) continue;
    TRY(key, required_identity(element, merge_key));
    for (; at < order.size(); ++at) {
      TRY(other, required_identity(order[at], merge_key));
      if (key == other) break;
    }
    if (at == order.size()) {
      return refuse("The order in patch list:\n{}\n doesn't match {} list:\n{}\n", go_text(Value(patch)),
                    order_prefix, go_text(Value(order)));
    }
    ++at;
  }
  return {};
}

// Takes a list out of an object; nullopt when there is none.
Result<std::optional<Array>> take_list(Object& object, std::string_view name) {
  Value* found = object.find(name);
  if (found == nullptr) return std::nullopt;
  if (Array* list = found->if_array()) return std::move(*list);
  return refuse("expected a []interface {{}}, but received a {}", go_type(*found));
}

// One $setElementOrder/NAME: merges the list it names and puts the result in order.
Result<> apply_order(Object& original, Object& patch, const std::string& directive, const Value& wanted,
                     const Schema* schema) {
  const Array* order = wanted.if_array();
  if (order == nullptr) return refuse("expected a []interface {{}}, but received a {}", go_type(wanted));
  const std::size_t slash = directive.find('/');
  if (slash != order_prefix.size()) return bad_order();
  const std::string name = directive.substr(slash + 1);
  TRY(before, take_list(original, name));
  TRY(changes, take_list(patch, name));
  TRY(rule, rule_of(schema, name));
  const Array none;
  const Array& server = before ? *before : none;
  const Array& listed = changes ? *changes : none;
  TRY_DO(check_order(listed, *order, rule.merge_key));
  if (!before && !changes) return {};
  patch.erase(name);
  TRY_DO(has_objects(server, listed));
  TRY(in_order, positions_of(*order, rule.merge_key));
  TRY(on_server, positions_of(server, rule.merge_key));
  Array merged;
  if (!before) {
    Value added(std::move(*changes));
    strip_directives(added);
    merged = std::move(added.as_array());
  } else if (changes) {
    TRY(both, merge_list(std::move(*before), std::move(*changes), rule, false));
    merged = std::move(both);
  } else {
    merged = std::move(*before);
  }
  TRY(result, put_in_order(std::move(merged), in_order, on_server, rule.merge_key));
  original.set(name, std::move(result));
  return {};
}

Result<> apply_orders(Object& original, Object& patch, const Schema* schema) {
  std::vector<Object::Member> directives;
  for (const auto& member : patch) {
    if (member.first.starts_with(order_prefix)) directives.push_back(member);
  }
  for (const auto& [directive, wanted] : directives) {
    patch.erase(directive);
    TRY_DO(apply_order(original, patch, directive, wanted, schema));
  }
  return {};
}

// One member of the patch that is no directive for the whole object.
Result<> merge_member(Object& original, const std::string& patch_name, Value change, const Schema* schema) {
  std::string name = patch_name;
  const bool deletes = name.starts_with(delete_prefix);
  if (deletes) {
    if (name.find('/') != delete_prefix.size()) {
      return fail(Code::bad_request, "invalid patch format of primitive list");
    }
    name.erase(0, delete_prefix.size() + 1);
  }
  if (change.is_null()) {
    original.erase(name);
    return {};
  }
  Value* current = original.find(name);
  const bool both_objects = current != nullptr && current->is_object() && change.is_object();
  const bool both_lists = current != nullptr && current->is_array() && change.is_array();
  if (!both_objects && !both_lists) {
    if (deletes) return {};
    discard_nulls(change);
    if (strip_directives(change)) {
      original.set(name, std::move(change));
    } else {
      original.erase(name);
    }
    return {};
  }
  TRY(rule, rule_of(schema, name));
  if (both_lists) {
    TRY(merged, merge_list(std::move(current->as_array()), std::move(change.as_array()), rule, deletes));
    *current = std::move(merged);
    return {};
  }
  if (!rule.replaces_map)
    return merge_object(current->as_object(), std::move(change.as_object()), rule.schema);
  *current = std::move(change);
  return {};
}

Result<> merge_object(Object& original, Object patch, const Schema* schema) {
  if (const Value* directive = patch.find(directive_name)) {
    const std::string* text = directive->if_string();
    if (text != nullptr && *text == "replace") {
      patch.erase(directive_name);
      original = std::move(patch);
      return {};
    }
    if (text != nullptr && *text == "delete") {
      original = Object();
      return {};
    }
    return refuse("unknown patch type: {} in map: {}", go_text(*directive), go_text(Value(patch)));
  }
  TRY_DO(apply_retain_keys(original, patch));
  TRY_DO(apply_orders(original, patch, schema));
  for (auto& [name, change] : patch) TRY_DO(merge_member(original, name, std::move(change), schema));
  return {};
}

}  // namespace

Result<Value> apply_strategic_merge_patch(Value target, const Value& patch, const Schema& schema) {
  const Object* changes = patch.if_object();
  if (changes == nullptr) {
    return fail(Code::bad_request,
                fmt::format("json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                            go_json_type(patch)));
  }
  if (!target.is_object()) target = Object();
  TRY_DO(merge_object(target.as_object(), *changes, &schema));
  return target;
}

}  // namespace aloft::model
