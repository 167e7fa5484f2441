// What server-side apply does to documents: merging a configuration in, taking fields out, and checking that
// a configuration fits its schema. For this module's sources only.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/field_set.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::model {

// What is wrong with a configuration, each as ".path: what", in upstream's words; empty when it fits.
std::vector<std::string> check_configuration(const Value& configuration, const Schema& schema);

// `live` with the values of `configuration`: maps by name, keyed lists and sets by element, in the
// configuration's order where both have an element. The configuration has been checked.
Value merge_configuration(const Value& live, const Value& configuration, const Schema& schema);

// The document without the fields in the set and all that is below them.
Value remove_fields(const Value& document, const FieldSet& fields, const Schema& schema);

// The set with the declared members on the way to its fields added, so that removing all below removes them
// too.
FieldSet with_named_parents(const FieldSet& fields, const Schema& schema);

}  // namespace aloft::model
