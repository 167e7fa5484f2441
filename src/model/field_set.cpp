// Field sets: the order of path elements and the algebra on sorted trees.
#include "model/field_set.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "model/json.h"

namespace aloft::model {
namespace {

constexpr std::string_view self_mark = ".";
constexpr std::size_t field_set_depth_limit = 1000;

int sign(std::strong_ordering order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

int compare_text(std::string_view a, std::string_view b) { return sign(a.compare(b) <=> 0); }

// Fields stand before keys, keys before values, values before places.
int rank(std::string_view element) {
  switch (element.empty() ? '\0' : element[0]) {
    case 'f':
      return 0;
    case 'k':
      return 1;
    case 'v':
      return 2;
    default:
      return 3;
  }
}

int type_rank(const Value& value) {
  if (value.is_number()) return 0;
  if (value.is_string()) return 1;
  if (value.is_bool()) return 2;
  return value.is_null() ? 5 : value.is_array() ? 3 : 4;
}

int compare_values(const Value& a, const Value& b) {
  if (const int order = sign(type_rank(a) <=> type_rank(b)); order != 0) return order;
  if (a.is_int() && b.is_int()) return sign(a.as_int() <=> b.as_int());
  if (a.is_number()) {
    const double x = a.as_double();
    const double y = b.as_double();
    return x < y ? -1 : (x > y ? 1 : 0);
  }
  if (a.is_string()) return compare_text(a.as_string(), b.as_string());
  if (a.is_bool()) return sign(static_cast<int>(a.as_bool()) <=> static_cast<int>(b.as_bool()));
  return compare_text(to_json(a), to_json(b));
}

// Both are canonical, so members stand in order.
int compare_keys(const Object& a, const Object& b) {
  auto x = a.begin();
  auto y = b.begin();
  for (; x != a.end() && y != b.end(); ++x, ++y) {
    if (const int order = compare_text(x->first, y->first); order != 0) return order;
    if (const int order = compare_values(x->second, y->second); order != 0) return order;
  }
  return sign((x != a.end()) <=> (y != b.end()));
}

int compare_encoded(std::string_view a, std::string_view b) {
  const auto x = parse_json(a.substr(2));
  const auto y = parse_json(b.substr(2));
  if (!x || !y) return compare_text(a, b);
  if (x->is_object() && y->is_object()) return compare_keys(x->as_object(), y->as_object());
  return compare_values(*x, *y);
}

// True when nothing between quotes has an escape, nested or number form that would order otherwise than its
// bytes: two key texts that differ first inside a string.
bool differ_inside_string(std::string_view a, std::string_view b) {
  const std::size_t common =
      static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  std::size_t quotes = 0;
  for (std::size_t i = 0; i < common; ++i) {
    if (a[i] == '\\') return false;
    if (a[i] == '"') ++quotes;
  }
  return quotes % 2 == 1 && common < a.size() && common < b.size() && a[common] != '"' && b[common] != '"' &&
         a[common] != '\\' && b[common] != '\\';
}

std::int64_t place_of(std::string_view element) {
  std::int64_t place = 0;
  std::from_chars(element.data() + 2, element.data() + element.size(), place);
  return place;
}

// The canonical text of an element from outside; empty for a type we do not know.
Result<PathElement> read_element(std::string_view text) {
  const auto bad = [&] { return fail(Code::bad_request, fmt::format("\"{}\" is not a path element", text)); };
  if (text.size() < 2 || text[1] != ':') return bad();
  if (text[0] == 'f') return PathElement(text);
  if (text[0] == 'i') {
    std::int64_t place = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), place);
    if (error != std::errc() || end != text.data() + text.size()) return bad();
    return fmt::format("i:{}", place);
  }
  if (text[0] != 'k' && text[0] != 'v') return PathElement();
  const auto value = parse_json(text.substr(2));
  if (!value) return bad();
  if (text[0] == 'v') return value_element(*value);
  const Object* keys = value->if_object();
  if (keys == nullptr) return bad();
  std::vector<std::pair<std::string_view, const Value*>> pairs;
  for (const auto& [name, key] : *keys) pairs.emplace_back(name, &key);
  return key_element(std::move(pairs));
}

struct Node {
  bool member = false;
  Object children;
};

// Elements that come twice after canonicalisation are united.
void merge_duplicates(Object& node) {
  Object out;
  for (auto& [element, value] : node) {
    if (!out.empty() && (out.end() - 1)->first == element) {
      Value& last = (out.end() - 1)->second;
      Object both{{element, last}};
      const Object other{{element, value}};
      last = std::move(unite(FieldSet::from_tree(std::move(both)), FieldSet::from_tree(other))
                           .take_tree()
                           .begin()
                           ->second);
    } else {
      out.append(std::move(element), std::move(value));
    }
  }
  node = std::move(out);
}

Result<Node> read_node(const Value& value, std::size_t depth) {
  const Object* object = value.if_object();
  if (object == nullptr) return fail(Code::bad_request, "a field set is made of objects");
  if (depth > field_set_depth_limit) return fail(Code::bad_request, "a field set is nested too deep");
  Node out;
  for (const auto& [text, child] : *object) {
    if (text == self_mark) {
      out.member = true;
      continue;
    }
    TRY(element, read_element(text));
    if (element.empty()) continue;
    TRY(node, read_node(child, depth + 1));
    append_node(out.children, std::move(element), node.member, std::move(node.children));
  }
  out.member = out.member || out.children.empty();
  sort_elements(out.children);
  merge_duplicates(out.children);
  return out;
}

template <class OnlyA, class OnlyB, class Both>
void zip(const Object& a, const Object& b, OnlyA only_a, OnlyB only_b, Both both) {
  auto x = a.begin();
  auto y = b.begin();
  const auto skip_self = [](const Object& node, auto& at) {
    if (at != node.end() && at->first == self_mark) ++at;
  };
  skip_self(a, x);
  skip_self(b, y);
  while (x != a.end() || y != b.end()) {
    const int order = x == a.end() ? 1 : (y == b.end() ? -1 : compare_elements(x->first, y->first));
    if (order < 0) {
      only_a(*x++);
    } else if (order > 0) {
      only_b(*y++);
    } else {
      both(x->first, x->second, y->second);
      ++x;
      ++y;
    }
  }
}

const auto ignore = [](const Object::Member&) {};

Object unite_children(const Object& a, const Object& b) {
  Object out;
  const auto keep = [&](const Object::Member& member) { out.append(member.first, member.second); };
  zip(a, b, keep, keep, [&](const std::string& element, const Value& x, const Value& y) {
    append_node(out, element, is_member(x) || is_member(y), unite_children(x.as_object(), y.as_object()));
  });
  return out;
}

Object intersect_children(const Object& a, const Object& b) {
  Object out;
  zip(a, b, ignore, ignore, [&](const std::string& element, const Value& x, const Value& y) {
    append_node(out, element, is_member(x) && is_member(y), intersect_children(x.as_object(), y.as_object()));
  });
  return out;
}

Object subtract_children(const Object& a, const Object& b, bool whole_trees) {
  Object out;
  const auto keep = [&](const Object::Member& member) { out.append(member.first, member.second); };
  zip(a, b, keep, ignore, [&](const std::string& element, const Value& x, const Value& y) {
    if (whole_trees && is_member(y)) return;
    append_node(out, element, is_member(x) && !is_member(y),
                subtract_children(x.as_object(), y.as_object(), whole_trees));
  });
  return out;
}

void visit_paths(const Object& node, std::vector<std::string_view>& path,
                 const std::function<void(FieldSet::Path)>& visit) {
  for (const auto& [element, child] : node) {
    if (element == self_mark || !is_member(child)) continue;
    path.push_back(element);
    visit(path);
    path.pop_back();
  }
  for (const auto& [element, child] : node) {
    if (element == self_mark || child.as_object().empty()) continue;
    path.push_back(element);
    visit_paths(child.as_object(), path, visit);
    path.pop_back();
  }
}

}  // namespace

PathElement field_element(std::string_view name) {
  PathElement out;
  out.reserve(name.size() + 2);
  return out.append("f:").append(name);
}

PathElement value_element(const Value& value) {
  PathElement out = "v:";
  append_json(out, value);
  return out;
}

PathElement key_element(std::vector<std::pair<std::string_view, const Value*>> keys) {
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  PathElement out = "k:{";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, keys[i].first);
    out += ':';
    append_json(out, *keys[i].second);
  }
  return out += '}';
}

int compare_elements(std::string_view a, std::string_view b) {
  const int kind = rank(a);
  if (const int order = sign(kind <=> rank(b)); order != 0) return order;
  if (kind == 0) return compare_text(a, b);
  if (a == b) return 0;
  if (kind == 3) return sign(place_of(a) <=> place_of(b));
  return differ_inside_string(a, b) ? compare_text(a, b) : compare_encoded(a, b);
}

std::string print_element(std::string_view element) {
  if (element.starts_with("f:")) return fmt::format(".{}", element.substr(2));
  if (element.starts_with("v:")) return fmt::format("[={}]", element.substr(2));
  if (!element.starts_with("k:"))
    return fmt::format("[{}]", element.substr(std::min<std::size_t>(2, element.size())));
  const auto keys = parse_json(element.substr(2));
  std::string out = "[";
  if (keys && keys->is_object()) {
    for (const auto& [name, value] : keys->as_object()) {
      if (out.size() > 1) out += ',';
      out += name;
      out += '=';
      append_json(out, value);
    }
  }
  return out + "]";
}

std::string print_path(FieldSet::Path path) {
  std::string out;
  for (const auto element : path) out += print_element(element);
  return out;
}

bool is_member(const Value& node) {
  const Object* object = node.if_object();
  return object != nullptr && (object->empty() || object->begin()->first == self_mark);
}

const Object* descend(const Object& node, std::string_view element) {
  const Value* found = node.find(element);
  return found != nullptr ? found->if_object() : nullptr;
}

void sort_elements(Object& node) {
  const auto before = [](const Object::Member& a, const Object::Member& b) {
    if (a.first == self_mark || b.first == self_mark) return a.first == self_mark && b.first != self_mark;
    return compare_elements(a.first, b.first) < 0;
  };
  if (!std::is_sorted(node.begin(), node.end(), before)) std::sort(node.begin(), node.end(), before);
}

void append_node(Object& parent, PathElement element, bool member, Object children) {
  if (!member && children.empty()) return;
  if (!member || children.empty() || children.begin()->first == self_mark) {
    parent.append(std::move(element), std::move(children));
    return;
  }
  Object node;
  node.reserve(children.size() + 1);
  node.append(std::string(self_mark), Object());
  for (auto& [name, child] : children) node.append(std::move(name), std::move(child));
  parent.append(std::move(element), std::move(node));
}

FieldSet FieldSet::from_tree(Object tree) {
  FieldSet out;
  out.tree_ = std::move(tree);
  return out;
}

Result<FieldSet> FieldSet::parse(const Value& fields) {
  TRY(root, read_node(fields, 0));
  return from_tree(std::move(root.children));
}

bool FieldSet::contains(Path path) const {
  const Object* node = &tree_;
  const Value* found = nullptr;
  for (const auto element : path) {
    found = node != nullptr ? node->find(element) : nullptr;
    node = found != nullptr ? found->if_object() : nullptr;
  }
  return found != nullptr && is_member(*found);
}

void FieldSet::insert(Path path) {
  if (path.empty()) return;
  Object tree;
  for (std::size_t i = path.size(); i-- > 0;) {
    Object parent;
    append_node(parent, PathElement(path[i]), i + 1 == path.size(), std::move(tree));
    tree = std::move(parent);
  }
  *this = unite(*this, from_tree(std::move(tree)));
}

void FieldSet::each(const std::function<void(Path)>& visit) const {
  std::vector<std::string_view> path;
  visit_paths(tree_, path, visit);
}

std::vector<std::string> FieldSet::to_strings() const {
  std::vector<std::string> out;
  each([&](Path path) { out.push_back(print_path(path)); });
  return out;
}

FieldSet unite(const FieldSet& a, const FieldSet& b) {
  return FieldSet::from_tree(unite_children(a.tree(), b.tree()));
}

FieldSet intersect(const FieldSet& a, const FieldSet& b) {
  return FieldSet::from_tree(intersect_children(a.tree(), b.tree()));
}

FieldSet subtract(const FieldSet& a, const FieldSet& b) {
  return FieldSet::from_tree(subtract_children(a.tree(), b.tree(), false));
}

FieldSet subtract_trees(const FieldSet& a, const FieldSet& b) {
  return FieldSet::from_tree(subtract_children(a.tree(), b.tree(), true));
}

}  // namespace aloft::model
