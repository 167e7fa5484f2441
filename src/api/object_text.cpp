// Where the revision stands in the text of an object, and the kind in front of it.
#include "api/object_text.h"

#include "api/resource.h"
#include "api/text_query.h"
#include "base/ensure.h"
#include "model/codec.h"
#include "model/json.h"

namespace aloft::api {
namespace {

// Members of metadata that stand in front of resourceVersion, as the tables order them.
constexpr std::string_view before_revision[] = {"name", "generateName", "namespace", "selfLink", "uid"};

// Puts the member at its place, so that the text is the same whether or not the document carried one.
void place_revision(model::Value& document, std::string_view revision) {
  model::Value* metadata = document.at("metadata");
  ensure(metadata != nullptr && metadata->is_object(), "every object has metadata");
  model::Object ordered;
  model::Object& members = metadata->as_object();
  ordered.reserve(members.size() + 1);
  members.erase("resourceVersion");
  bool placed = false;
  for (auto& [key, value] : members) {
    const bool in_front =
        std::ranges::find(before_revision, std::string_view(key)) != std::end(before_revision);
    if (!in_front && !placed) {
      ordered.append("resourceVersion", revision);
      placed = true;
    }
    ordered.append(std::move(key), std::move(value));
  }
  if (!placed) ordered.append("resourceVersion", revision);
  members = std::move(ordered);
}

}  // namespace

StoredText text_with_revision_slot(model::Value& document) {
  place_revision(document, "");
  StoredText stored;
  stored.text = model::to_json(document);
  stored.revision_at = find_revision_slot(stored.text);
  ensure(stored.revision_at != std::string::npos, "an encoded object has a place for its revision");
  return stored;
}

StoredText text_with_revision_slot(const model::TypeInfo& type, void* object) {
  std::string& revision = metadata_of(object).resourceVersion;
  // An empty one would be left out; one digit holds the place.
  revision = "0";
  StoredText stored;
  model::append_json(stored.text, type, object);
  revision.clear();
  stored.revision_at = find_revision_slot(stored.text);
  ensure(stored.revision_at != std::string::npos, "an encoded object has a place for its revision");
  stored.text.erase(stored.revision_at, 1);
  return stored;
}

std::string text_without_revision(model::Value& document) {
  document.at("metadata")->as_object().erase("resourceVersion");
  return model::to_json(document);
}

std::string text_with_revision(model::Value& document, std::string_view revision) {
  place_revision(document, revision);
  return model::to_json(document);
}

void take_managed_fields(const model::Value& document, meta::v1::ObjectMeta& metadata) {
  metadata.managedFields.clear();
  const model::Value* fields = document.at("metadata", "managedFields");
  if (fields == nullptr || fields->is_null()) return;
  const auto done = model::decode_value(model::type_info<std::vector<meta::v1::ManagedFieldsEntry>>(),
                                        *fields, &metadata.managedFields);
  ensure(done.has_value(), "managed fields that we made decode");
}

void append_with_kind(std::string& out, const model::KindInfo& kind, std::string_view stored) {
  out.append("{\"kind\":\"").append(kind.kind).append("\",\"apiVersion\":\"");
  if (!kind.group.empty()) out.append(kind.group).append("/");
  out.append(kind.version).append("\"");
  if (stored.size() > 2) out.append(",");
  out.append(stored.substr(1));
}

std::string indented(std::string_view json) {
  std::string out;
  out.reserve(json.size() * 3 / 2);
  std::size_t depth = 0;
  bool quoted = false;
  const auto new_line = [&] { out.append("\n").append(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      quoted = c != '"';
      continue;
    }
    const bool closes = c == '}' || c == ']';
    const bool after_opening = !out.empty() && (out.back() == '{' || out.back() == '[');
    if (closes && depth > 0) --depth;
    if (closes ? !after_opening : after_opening) new_line();
    out += c;
    if (c == '{' || c == '[') ++depth;
    if (c == ',') new_line();
    if (c == ':') out += ' ';
    quoted = c == '"';
  }
  return out;
}

std::string with_kind(const model::KindInfo& kind, std::string_view stored) {
  std::string out;
  out.reserve(stored.size() + 64);
  append_with_kind(out, kind, stored);
  return out;
}

}  // namespace aloft::api
