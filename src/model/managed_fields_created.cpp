// The walk of a creation over a struct, so that no document has to be made of it; for every object the same
// text as the set that created_fields() finds in its document.
#include <algorithm>

#include "model/codec.h"
#include "model/codec_object.h"
#include "model/codec_writing.h"
#include "model/json.h"
#include "model/json_text.h"
#include "model/managed_fields.h"
#include "model/managed_fields_shape.h"
#include "model/managed_fields_walk.h"

namespace aloft::model {
namespace {

// A place in an object: the description of what stands there, and where. No object: null.
struct TypedObject {
  const TypeInfo* type = nullptr;
  const void* object = nullptr;
};

TypedObject at_optional(TypedObject place) {
  while (place.object != nullptr && place.type->kind == Kind::optional) {
    place.object = static_cast<const OptionalOps*>(place.type->ops)->get(place.object);
    place.type = &place.type->element();
  }
  return place;
}

bool is_zero_scalar(const TypedObject& place) {
  switch (place.type->kind) {
    case Kind::boolean:
      return !as<bool>(place.object);
    case Kind::int32:
    case Kind::uint32:
      return as<std::uint32_t>(place.object) == 0;
    case Kind::int64:
    case Kind::uint64:
      return as<std::uint64_t>(place.object) == 0;
    case Kind::float64:
      return as<double>(place.object) == 0;
    case Kind::string:
      return as<std::string>(place.object).empty();
    case Kind::bytes:
      return as<std::vector<std::byte>>(place.object).empty();
    case Kind::timestamp:
    case Kind::micro_timestamp:
      return !as<Timestamp>(place.object).is_set();
    case Kind::int_or_string: {
      const auto& either = as<IntOrString>(place.object);
      return either.is_int() ? either.as_int() == 0 : either.as_string().empty();
    }
    default:
      return false;  // quantities and durations are texts that are never empty
  }
}

bool has_inside(const Shape& shape, Schema::Type type) {
  return !is_open(shape) && shape.schema->type == type;
}

// Writes nodes: {"f:name":{},...}. A call of create() appends the node of its place when that is a field or
// has fields below, and leaves the text as it was when not.
class Creation {
 public:
  explicit Creation(std::string& out) : out_(out) {}

  void document(const TypedObject& root, const Schema& schema, const Exclusion& exclusion) {
    const Shape shape = shape_of(schema);
    bool first = true;
    out_ += '{';
    each_member(root, [&](const Member& member) {
      if (is_excluded(member.name, exclusion)) return;
      if (member.name == "metadata")
        return metadata(member, member_shape(shape, "metadata"), exclusion, first);
      add_member(member, shape, true, first);
    });
    out_ += '}';
  }

 private:
  struct Member {
    std::string_view name;
    TypedObject place;
  };
  struct Element {
    PathElement element;
    TypedObject place;
    bool is_single = true;
  };

  void metadata(const Member& member, const Shape& shape, const Exclusion& exclusion, bool& first) {
    const std::size_t begin = out_.size();
    open_field("metadata", first);
    out_ += '{';
    bool none = true;
    each_member(member.place, [&](const Member& field) {
      if (!is_excluded_metadata(field.name, exclusion)) add_member(field, shape, true, none);
    });
    out_ += '}';
    if (none) {
      out_.resize(begin);
    } else {
      first = false;
    }
  }

  void open(std::string_view element, bool first) {
    if (!first) out_ += ',';
    append_json_string(out_, element);
    out_ += ':';
  }

  void open_field(std::string_view name, bool first) {
    if (!first) out_ += ',';
    const std::size_t quote = out_.size();
    append_json_string(out_, name);
    out_.insert(quote + 1, "f:");
    out_ += ':';
  }

  void add_member(const Member& member, const Shape& parent, bool parent_was_empty, bool& first) {
    const std::size_t begin = out_.size();
    open_field(member.name, first);
    const Shape shape = member_shape(parent, member.name);
    if (create(member.place, shape, parent_was_empty && shape.always)) {
      first = false;
    } else {
      out_.resize(begin);
    }
  }

  // `was_empty`: the empty object had this place already, with its zero value.
  bool create(TypedObject place, const Shape& shape, bool was_empty) {
    place = at_optional(place);
    if (place.object == nullptr) return leaf(true, was_empty);
    if (place.type->kind == Kind::object) {
      if (const TypeInfo* list = type_it_stands_for(*place.type)) {
        place = {list, static_cast<const char*>(place.object) + place.type->fields[0].offset};
      }
    }
    switch (place.type->kind) {
      case Kind::raw_json:
        return document_below(place, shape, was_empty);
      case Kind::object:
      case Kind::map:
        return create_members(place, shape, was_empty);
      case Kind::list:
        return create_elements(place, shape, was_empty);
      default:
        return leaf(is_zero_scalar(place), was_empty);
    }
  }

  bool leaf(bool is_zero, bool was_empty) {
    if (was_empty && is_zero) return false;
    out_ += "{}";
    return true;
  }

  // What has no table is looked at as a document.
  bool document_below(const TypedObject& place, const Shape& shape, bool was_empty) {
    Object node;
    if (!created_below(encode_value(*place.type, place.object), shape, was_empty, node)) return false;
    out_ += to_json(Value(std::move(node)));
    return true;
  }

  bool create_members(const TypedObject& place, const Shape& shape, bool was_empty) {
    const bool inside = !shape.atomic && (is_open(shape) || has_inside(shape, Schema::Type::object) ||
                                          has_inside(shape, Schema::Type::map));
    const std::size_t begin = out_.size();
    bool first = was_empty;
    bool empty = true;
    out_ += was_empty ? "{" : R"({".":{})";
    each_member(place, [&](const Member& member) {
      empty = false;
      if (inside) add_member(member, shape, was_empty, first);
    });
    if (empty || !inside) {
      out_.resize(begin);
      return leaf(empty, was_empty);
    }
    out_ += '}';
    if (!was_empty || !first) return true;
    out_.resize(begin);
    return false;
  }

  bool create_elements(const TypedObject& place, const Shape& shape, bool was_empty) {
    const auto& ops = *static_cast<const ListOps*>(place.type->ops);
    const std::size_t size = ops.size(place.object);
    const bool inside = !shape.atomic && has_inside(shape, Schema::Type::array) &&
                        shape.list_type != Schema::ListType::atomic;
    if (size == 0 || !inside) return leaf(size == 0, was_empty);
    const std::vector<Element> elements = elements_of(place, shape);
    if (elements.empty()) return leaf(true, was_empty);  // none has a name
    const Shape inner = element_shape(shape);
    bool first = was_empty;
    out_ += was_empty ? "{" : R"({".":{})";
    for (const Element& element : elements) {
      open(element.element, first);
      first = false;
      if (!element.is_single || !create(element.place, inner, false)) out_ += "{}";
    }
    out_ += '}';
    return true;
  }

  // In the order of a set; what stands twice once.
  static std::vector<Element> elements_of(const TypedObject& list, const Shape& shape) {
    const auto& ops = *static_cast<const ListOps*>(list.type->ops);
    std::vector<Element> out;
    for (std::size_t i = 0; i < ops.size(list.object); ++i) {
      const TypedObject place{&list.type->element(), ops.at(list.object, i)};
      if (auto element = list_element(shape, names_of(place, shape)))
        out.push_back({std::move(*element), place});
    }
    const auto before = [](const Element& a, const Element& b) {
      return compare_elements(a.element, b.element) < 0;
    };
    if (!std::ranges::is_sorted(out, before)) std::ranges::sort(out, before);
    std::size_t kept = 0;
    for (std::size_t i = 1; i < out.size(); ++i) {
      if (out[i].element == out[kept].element) {
        out[kept].is_single = false;
      } else if (++kept != i) {
        out[kept] = std::move(out[i]);
      }
    }
    if (!out.empty()) out.resize(kept + 1);
    return out;
  }

  // As much of an element's document as names it.
  static Value names_of(const TypedObject& element, const Shape& shape) {
    const TypedObject held = at_optional(element);
    if (held.object == nullptr) return {};
    const bool by_keys = shape.list_type == Schema::ListType::map && held.type->kind == Kind::object &&
                         type_it_stands_for(*held.type) == nullptr;
    if (!by_keys) return encode_value(*held.type, held.object);
    Object keys;
    add_keys(held, shape.list_keys, keys);
    return keys;
  }

  static void add_keys(const TypedObject& element, std::span<const std::string> wanted, Object& keys) {
    for (const FieldInfo& field : element.type->fields) {
      const TypedObject member{&field.type(), static_cast<const char*>(element.object) + field.offset};
      if (field.inlined) {
        add_keys(member, wanted, keys);
        continue;
      }
      if (std::ranges::find(wanted, field.name) == wanted.end()) continue;
      const Writing writing = writing_of(field, *member.type, member.object);
      if (writing == Writing::leave_out) continue;
      keys.append(std::string(field.name),
                  writing == Writing::null ? Value() : encode_value(*member.type, member.object));
    }
  }

  // Calls visit(member) for what is written of a struct or a map, in the order of names.
  template <class Visit>
  void each_member(const TypedObject& place, const Visit& visit) {
    const std::size_t begin = members_.size();
    if (place.type->kind == Kind::map) {
      std::pair<std::vector<Member>*, const TypeInfo*> context(&members_, &place.type->element());
      static_cast<const MapOps*>(place.type->ops)
          ->each(place.object, &context, [](void* c, std::string_view key, const void* value) {
            auto& [members, element] = *static_cast<decltype(context)*>(c);
            members->push_back({key, {element, value}});
          });
    } else {
      collect(place);
    }
    const auto first = members_.begin() + static_cast<std::ptrdiff_t>(begin);
    std::sort(first, members_.end(), [](const Member& a, const Member& b) { return a.name < b.name; });
    const std::size_t end = members_.size();
    for (std::size_t i = begin; i < end; ++i) {
      const Member member = members_[i];  // the list moves while the member is walked
      visit(member);
    }
    members_.resize(begin);
  }

  void collect(const TypedObject& place) {
    for (const FieldInfo& field : place.type->fields) {
      const TypedObject member{&field.type(), static_cast<const char*>(place.object) + field.offset};
      if (field.inlined) {
        collect(member);
        continue;
      }
      const Writing writing = writing_of(field, *member.type, member.object);
      if (writing == Writing::leave_out) continue;
      members_.push_back({field.name, writing == Writing::null ? TypedObject{member.type, nullptr} : member});
    }
  }

  std::string& out_;
  std::vector<Member> members_;  // a stack
};

}  // namespace

std::string created_fields_text(const TypeInfo& type, const void* object, const Schema& schema,
                                const Writer& writer) {
  std::string out;
  out.reserve(1024);
  Creation(out).document({&type, object}, schema, exclusion_of(writer));
  return out == "{}" ? std::string() : out;
}

}  // namespace aloft::model
