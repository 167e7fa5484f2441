// Structs to documents, JSON text and protobuf, and back, by their tables. One set of ordinary functions
// serves every type; the typed wrappers at the end are all that is instantiated.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/type_info.h"
#include "model/value.h"

namespace aloft::model {

// What a strict reader objects to, though decoding goes on: paths as in upstream's messages. Bounded: a
// document can hold more mistakes than anybody reads.
struct DecodeReport {
  static constexpr std::size_t limit = 100;
  std::vector<std::string> unknown_fields;    // "spec.containers[0].imagee"
  std::vector<std::string> duplicate_fields;  // "data.a"; decode_json() only, a document has no duplicates
  // Both in the order of the text and in upstream's words: `unknown field "spec.foo"`, `duplicate field
  // "data.a"`.
  std::vector<std::string> findings;
};

// Error: bad_request in the words of Go's encoding/json, with the names of our structs for Go's:
//   json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32
// At the top, `kind` and `apiVersion` are known to every type: they belong to the envelope and are passed
// over unless the type describes them.
Result<> decode_value(const TypeInfo& type, const Value& value, void* out, DecodeReport* report = nullptr);
Value encode_value(const TypeInfo& type, const void* object);
void append_json(std::string& out, const TypeInfo& type, const void* object);
// With `kind` and `apiVersion` in front, which the structs of kinds do not hold.
void append_json(std::string& out, std::string_view kind, std::string_view api_version, const TypeInfo& type,
                 const void* object);

enum class Presence { proto2_kubernetes, proto3 };
// Error: bad_request with the byte offset. Unknown field numbers are skipped; depth and lengths are bounded.
Result<> decode_protobuf(const TypeInfo& type, std::string_view bytes, void* out);
// Fields in the order of their numbers, map entries by key: the bytes Kubernetes writes.
void append_protobuf(std::string& out, const TypeInfo& type, const void* object, Presence presence);

// The name of a type in upstream's messages: "int32", "string", "[]v1.Container", "map[string]string".
std::string go_type_name(const TypeInfo& type);

// Fills every field that is absent (pointer) or zero (plain) and has a fallback, in all that is present.
void apply_fallbacks(const TypeInfo& type, void* object);

// The list that a struct is in JSON, where its one member is an inlined list (ExtraValue); null for other
// types.
const TypeInfo* type_it_stands_for(const TypeInfo& type);

// True when the member is at its zero value (empty, absent, 0, false).
bool is_zero(const TypeInfo& type, const void* object);
bool equal(const TypeInfo& type, const void* a, const void* b);
// Makes `to` equal to `from`; both are structs of the type.
void copy(const TypeInfo& type, const void* from, void* to);

template <class T>
std::string to_json(const T& object) {
  std::string out;
  append_json(out, type_info<T>(), &object);
  return out;
}
template <class T>
Result<T> from_value(const Value& value, DecodeReport* report = nullptr) {
  T out{};
  TRY_DO(decode_value(type_info<T>(), value, &out, report));
  return out;
}
template <class T>
Value to_value(const T& object) {
  return encode_value(type_info<T>(), &object);
}
// Parses and decodes in one go, without a document in between. A mistake in the syntax goes before a wrong
// type.
Result<> decode_json(const TypeInfo& type, std::string_view text, void* out, DecodeReport* report = nullptr);
template <class T>
Result<T> from_json(std::string_view text) {
  T out{};
  TRY_DO(decode_json(type_info<T>(), text, &out));
  return out;
}
template <class T>
std::string to_protobuf(const T& object, Presence presence) {
  std::string out;
  append_protobuf(out, type_info<T>(), &object, presence);
  return out;
}
template <class T>
Result<T> from_protobuf(std::string_view bytes) {
  T out{};
  TRY_DO(decode_protobuf(type_info<T>(), bytes, &out));
  return out;
}

// The envelope of Kubernetes protobuf: "k8s\0" and runtime.Unknown.
struct ProtobufEnvelope {
  std::string api_version;
  std::string kind;
  std::string_view raw;  // into the bytes given
};
Result<ProtobufEnvelope> open_protobuf_envelope(std::string_view bytes);
std::string make_protobuf_envelope(std::string_view api_version, std::string_view kind, std::string_view raw);

}  // namespace aloft::model
