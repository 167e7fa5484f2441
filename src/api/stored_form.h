// Kinds that show objects which another kind stores: the same event is core/v1 and events.k8s.io/v1. The
// store keeps one form; reads and writes of the other pass through here. Costs nothing for all other kinds.
#pragma once

#include "api/object_text.h"
#include "api/resource.h"
#include "base/bytes.h"
#include "model/value.h"

namespace aloft::api {

// A stored text in the resource's own form.
SharedBytes shown_form(const Resource& resource, SharedBytes stored);
// The document to store of an object of the resource's kind.
model::Value document_to_store(const Resource& resource, const void* object);
// Its text, without the document. The object's resourceVersion is empty afterwards.
StoredText text_to_store(const Resource& resource, void* object);

}  // namespace aloft::api
