// The text of objects: what the store keeps (without kind and apiVersion, so that lists are concatenations)
// and what a client sees of a single object (with them).
#pragma once

#include <string>
#include <string_view>

#include "model/kind.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/value.h"

namespace aloft::api {

struct StoredText {
  std::string text;
  std::size_t revision_at = 0;  // where the store inserts the revision
};
// Encodes a document (without kind and apiVersion) with an empty resourceVersion at its place in metadata.
StoredText text_with_revision_slot(model::Value& document);
// The same of a struct of the type, which has metadata; its resourceVersion is empty afterwards.
StoredText text_with_revision_slot(const model::TypeInfo& type, void* object);
std::string text_without_revision(model::Value& document);
std::string text_with_revision(model::Value& document, std::string_view revision);

// Copies metadata.managedFields of a document into a struct's metadata.
void take_managed_fields(const model::Value& document, meta::v1::ObjectMeta& metadata);

// `{"kind":"Pod","apiVersion":"v1",` in front of a stored object.
std::string with_kind(const model::KindInfo& kind, std::string_view stored);
void append_with_kind(std::string& out, const model::KindInfo& kind, std::string_view stored);

// Compact JSON on many lines with two spaces of indent, its members in the order they have.
std::string indented(std::string_view json);

}  // namespace aloft::api
