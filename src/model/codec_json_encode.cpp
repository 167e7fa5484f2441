// Structs into JSON text and documents, by their tables, with the fields Go's encoding/json would write.
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/time.h"
#include "model/codec.h"
#include "model/codec_object.h"
#include "model/codec_writing.h"
#include "model/json.h"
#include "model/json_text.h"

namespace aloft::model {
namespace {

std::string_view bytes_of(const void* object) { return as_text(as<std::vector<std::byte>>(object)); }

void append_value(std::string& out, const TypeInfo& type, const void* object);

void append_time(std::string& out, const TypeInfo& type, const Timestamp& time) {
  if (!time.is_set()) {
    out += "null";
    return;
  }
  out += '"';
  type.kind == Kind::timestamp ? append_time_seconds(out, time) : append_time_micros(out, time);
  out += '"';
}

// Every written member with the separator in front of its name; `first` when none came before.
void append_members(std::string& out, const TypeInfo& type, const void* object, bool& first) {
  for (const auto& field : type.fields) {
    const void* member = static_cast<const char*>(object) + field.offset;
    const TypeInfo& member_type = field.type();
    if (field.inlined) {
      append_members(out, member_type, member, first);
      continue;
    }
    const Writing writing = writing_of(field, member_type, member);
    if (writing == Writing::leave_out) continue;
    out += first ? "\"" : ",\"";
    first = false;
    out.append(field.name).append("\":");
    if (writing == Writing::null) {
      out += "null";
    } else {
      append_value(out, member_type, member);
    }
  }
}

void append_list(std::string& out, const TypeInfo& type, const void* object) {
  const auto& ops = *static_cast<const ListOps*>(type.ops);
  const TypeInfo& element = type.element();
  const std::size_t size = ops.size(object);
  out += '[';
  for (std::size_t i = 0; i < size; ++i) {
    if (i != 0) out += ',';
    append_value(out, element, ops.at(object, i));
  }
  out += ']';
}

void append_map(std::string& out, const TypeInfo& type, const void* object) {
  struct Context {
    std::string& out;
    const TypeInfo& element;
    bool first = true;
  } context{out, type.element()};
  out += '{';
  static_cast<const MapOps*>(type.ops)->each(object, &context,
                                             [](void* c, std::string_view key, const void* value) {
                                               auto& [text, element, first] = *static_cast<Context*>(c);
                                               if (!first) text += ',';
                                               first = false;
                                               append_json_string(text, key);
                                               text += ':';
                                               append_value(text, element, value);
                                             });
  out += '}';
}

void append_value(std::string& out, const TypeInfo& type, const void* object) {
  switch (type.kind) {
    case Kind::boolean:
      out += as<bool>(object) ? "true" : "false";
      break;
    case Kind::int32:
      append_json_integer(out, as<std::int32_t>(object));
      break;
    case Kind::int64:
      append_json_integer(out, as<std::int64_t>(object));
      break;
    case Kind::uint32:
      append_json_unsigned(out, as<std::uint32_t>(object));
      break;
    case Kind::uint64:
      append_json_unsigned(out, as<std::uint64_t>(object));
      break;
    case Kind::float64:
      append_json_double(out, as<double>(object));
      break;
    case Kind::string:
      append_json_string(out, as<std::string>(object));
      break;
    case Kind::bytes:
      append_json_base64(out, bytes_of(object));
      break;
    case Kind::timestamp:
    case Kind::micro_timestamp:
      append_time(out, type, as<Timestamp>(object));
      break;
    case Kind::duration:
      append_json_string(out, format_duration(as<ApiDuration>(object).value));
      break;
    case Kind::quantity:
      append_json_string(out, as<Quantity>(object).to_string());
      break;
    case Kind::int_or_string: {
      const auto& either = as<IntOrString>(object);
      if (either.is_int())
        append_json_integer(out, either.as_int());
      else
        append_json_string(out, either.as_string());
      break;
    }
    case Kind::raw_json: {
      const std::string& text = as<RawJson>(object).text;
      append_raw_json(out, text.empty() ? "null" : std::string_view(text));
      break;
    }
    case Kind::object: {
      if (const TypeInfo* list = type_it_stands_for(type)) {
        append_list(out, *list, static_cast<const char*>(object) + type.fields[0].offset);
        break;
      }
      out += '{';
      bool first = true;
      append_members(out, type, object, first);
      out += '}';
      break;
    }
    case Kind::list:
      append_list(out, type, object);
      break;
    case Kind::map:
      append_map(out, type, object);
      break;
    case Kind::optional: {
      const void* held = static_cast<const OptionalOps*>(type.ops)->get(object);
      if (held == nullptr)
        out += "null";
      else
        append_value(out, type.element(), held);
      break;
    }
  }
}

void encode_members(Object& out, const TypeInfo& type, const void* object) {
  for (const auto& field : type.fields) {
    const void* member = static_cast<const char*>(object) + field.offset;
    const TypeInfo& member_type = field.type();
    if (field.inlined) {
      encode_members(out, member_type, member);
      continue;
    }
    const Writing writing = writing_of(field, member_type, member);
    if (writing == Writing::leave_out) continue;
    out.append(std::string(field.name),
               writing == Writing::null ? Value() : encode_value(member_type, member));
  }
}

Value encode_text(const TypeInfo& type, const void* object) {
  std::string text;
  append_value(text, type, object);
  // Text of ours or text that was checked when it came in.
  auto value = parse_json(text);
  ensure(value.has_value(), "carried JSON is well-formed");
  return std::move(*value);
}

}  // namespace

Writing writing_of(const FieldInfo& field, const TypeInfo& type, const void* member) {
  const auto when_empty = [&](bool empty, Writing instead) {
    return !empty ? Writing::value : field.required || field.always ? instead : Writing::leave_out;
  };
  switch (type.kind) {
    case Kind::boolean:
      return when_empty(!as<bool>(member), Writing::value);
    case Kind::int32:
    case Kind::uint32:
      return when_empty(as<std::uint32_t>(member) == 0, Writing::value);
    case Kind::int64:
    case Kind::uint64:
      return when_empty(as<std::uint64_t>(member) == 0, Writing::value);
    case Kind::float64:
      return when_empty(as<double>(member) == 0, Writing::value);
    case Kind::string:
      return when_empty(as<std::string>(member).empty(), Writing::value);
    case Kind::bytes:
      return when_empty(bytes_of(member).empty(), Writing::null);
    case Kind::list:
      return when_empty(static_cast<const ListOps*>(type.ops)->size(member) == 0, Writing::null);
    case Kind::map:
      return when_empty(static_cast<const MapOps*>(type.ops)->size(member) == 0, Writing::null);
    case Kind::optional:
      return when_empty(static_cast<const OptionalOps*>(type.ops)->get(member) == nullptr, Writing::null);
    default:
      return Writing::value;
  }
}

void append_json(std::string& out, const TypeInfo& type, const void* object) {
  append_value(out, type, object);
}

void append_json(std::string& out, std::string_view kind, std::string_view api_version, const TypeInfo& type,
                 const void* object) {
  out += "{\"kind\":";
  append_json_string(out, kind);
  out += ",\"apiVersion\":";
  append_json_string(out, api_version);
  bool first = false;
  append_members(out, type, object, first);
  out += '}';
}

Value encode_value(const TypeInfo& type, const void* object) {
  switch (type.kind) {
    case Kind::boolean:
      return as<bool>(object);
    case Kind::int32:
      return std::int64_t{as<std::int32_t>(object)};
    case Kind::int64:
      return as<std::int64_t>(object);
    case Kind::uint32:
      return std::int64_t{as<std::uint32_t>(object)};
    case Kind::float64:
      return as<double>(object);
    case Kind::string:
      return as<std::string>(object);
    case Kind::bytes:
      return base64_encode(bytes_of(object));
    case Kind::object: {
      if (const TypeInfo* list = type_it_stands_for(type)) {
        return encode_value(*list, static_cast<const char*>(object) + type.fields[0].offset);
      }
      Object members;
      members.reserve(type.fields.size() / 2);
      encode_members(members, type, object);
      return members;
    }
    case Kind::list: {
      const auto& ops = *static_cast<const ListOps*>(type.ops);
      Array elements;
      const std::size_t size = ops.size(object);
      elements.reserve(size);
      for (std::size_t i = 0; i < size; ++i)
        elements.push_back(encode_value(type.element(), ops.at(object, i)));
      return elements;
    }
    case Kind::map: {
      std::pair<Object, const TypeInfo*> context(Object(), &type.element());
      static_cast<const MapOps*>(type.ops)->each(
          object, &context, [](void* c, std::string_view key, const void* value) {
            auto& [members, element] = *static_cast<std::pair<Object, const TypeInfo*>*>(c);
            members.append(std::string(key), encode_value(*element, value));
          });
      return std::move(context.first);
    }
    case Kind::optional: {
      const void* held = static_cast<const OptionalOps*>(type.ops)->get(object);
      return held == nullptr ? Value() : encode_value(type.element(), held);
    }
    default:
      return encode_text(type, object);
  }
}

}  // namespace aloft::model
