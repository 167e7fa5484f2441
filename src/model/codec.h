// Structs to documents, JSON text and protobuf, and back, by their tables. One set of ordinary functions serves every
// type; the typed wrappers at the end are all that is instantiated.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/type_info.h"
#include "model/value.h"

namespace aloft::model {

// What a strict reader objects to, though decoding goes on: paths as in upstream's messages.
struct DecodeReport {
  std::vector<std::string> unknown_fields;  // "spec.containers[0].imagee"
};

// Error: bad_request naming path and type, as "spec.replicas: expected an integer, got a string".
Result<> decode_value(const TypeInfo& type, const Value& value, void* out, DecodeReport* report = nullptr);
Value encode_value(const TypeInfo& type, const void* object);
void append_json(std::string& out, const TypeInfo& type, const void* object);

enum class Presence { proto2_kubernetes, proto3 };
// Error: bad_request with the byte offset. Unknown field numbers are skipped; depth and lengths are bounded.
Result<> decode_protobuf(const TypeInfo& type, std::string_view bytes, void* out);
// Fields in the order of their numbers, map entries by key: the bytes Kubernetes writes.
void append_protobuf(std::string& out, const TypeInfo& type, const void* object, Presence presence);

// Fills every field that is absent (pointer) or zero (plain) and has a fallback, in all that is present.
void apply_fallbacks(const TypeInfo& type, void* object);

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
// Parses and decodes in one go.
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
