// What the metadata of every object must look like, when it is new and when it changes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/field_errors.h"
#include "model/kind.h"
#include "model/kinds/meta/v1/object_meta.h"

namespace aloft::meta::v1 {

// What is wrong with the name of an object of that kind; `prefix` when a random suffix will follow
// (generateName).
enum class NameUse { whole, prefix };
std::vector<std::string> check_object_name(const model::KindInfo& kind, std::string_view name,
                                           NameUse use = NameUse::whole);

// Everything wrong with new metadata, at paths under metadata. The server's part (name generation, namespace
// of the request) comes before.
void validate_object_meta(const ObjectMeta& metadata, const model::KindInfo& kind,
                          model::FieldErrors& errors);

// What may not change, and what an update must carry; with the checks of labels, annotations, owners and
// finalizers.
void validate_object_meta_update(const ObjectMeta& metadata, const ObjectMeta& old,
                                 model::FieldErrors& errors);

// Keys, and 256 KiB for all of them together.
void validate_annotations(const std::map<std::string, std::string>& annotations, const model::FieldPath& path,
                          model::FieldErrors& errors);

}  // namespace aloft::meta::v1
