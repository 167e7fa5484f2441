// What a plain YAML scalar means under YAML 1.1 as sigs.k8s.io/yaml reads it; the writer asks the same to
// know which strings need quotes. For this module's sources only.
#pragma once

#include <string_view>

#include "model/value.h"

namespace aloft::model {

struct YamlScalar {
  enum class Tag : unsigned char { string, null, boolean, integer, real, merge, timestamp };
  Tag tag = Tag::string;
  Value value;  // of null, boolean, integer and real; the text itself stands for the others
};

YamlScalar resolve_yaml_scalar(std::string_view text);

}  // namespace aloft::model
