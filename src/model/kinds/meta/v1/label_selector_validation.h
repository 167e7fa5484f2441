// What labels and label selectors of objects must look like.
#pragma once

#include <map>
#include <string>

#include "model/field_errors.h"
#include "model/kinds/meta/v1/label_selector.h"

namespace aloft::meta::v1 {

void validate_labels(const std::map<std::string, std::string>& labels, const model::FieldPath& path,
                     model::FieldErrors& errors);
void validate_label_selector(const LabelSelector& selector, const model::FieldPath& path,
                             model::FieldErrors& errors);

// No conditions: matches everything.
bool is_empty(const LabelSelector& selector);

// v1.LabelSelector{...} as messages show it.
std::string selector_text(const LabelSelector& selector);

}  // namespace aloft::meta::v1
