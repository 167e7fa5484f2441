// The way between the form that is stored and the form that is shown.
#include "api/stored_form.h"

#include "base/ensure.h"
#include "model/codec.h"

namespace aloft::api {

SharedBytes shown_form(const Resource& resource, SharedBytes stored) {
  const StoredForm& form = resource.stored_form;
  if (form.kind == nullptr) return stored;
  const auto object = form.kind->make();
  const auto decoded = model::decode_json(*form.kind->type, stored.view(), object.get());
  ensure(decoded.has_value(), "a stored object decodes as the kind that stored it");
  const auto own = form.from_stored(object.get());
  model::Value document = model::encode_value(*resource.kind->type, own.get());
  return SharedBytes(text_with_revision(document, metadata_of(own.get()).resourceVersion));
}

model::Value document_to_store(const Resource& resource, const void* object) {
  const StoredForm& form = resource.stored_form;
  if (form.kind == nullptr) return model::encode_value(*resource.kind->type, object);
  const auto other = form.to_stored(object);
  return model::encode_value(*form.kind->type, other.get());
}

StoredText text_to_store(const Resource& resource, void* object) {
  const StoredForm& form = resource.stored_form;
  if (form.kind == nullptr) return text_with_revision_slot(*resource.kind->type, object);
  const auto other = form.to_stored(object);
  return text_with_revision_slot(*form.kind->type, other.get());
}

}  // namespace aloft::api
