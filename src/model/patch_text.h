// Values and their types in the words of Go, which upstream's messages about patches are full of.
#pragma once

#include <string>
#include <string_view>

#include "model/value.h"

namespace aloft::model {

// As fmt's %v prints it: map[a:1 b:[x y]], keys sorted.
std::string go_text(const Value& value);
// As encoding/json names a JSON value it cannot use: object, array, string, number, bool.
std::string_view go_json_type(const Value& value);
// As reflect names the Go type of a decoded value: map[string]interface {}, []interface {}, string, float64,
// ...
std::string_view go_type(const Value& value);

}  // namespace aloft::model
