// Where a value stands in a document, for the paths of duplicate keys. For this module's sources only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace aloft::model {

// Made on the stack on the way down, printed only when needed: "spec.containers[0].name". The root has no
// parent, an element no key.
struct DocumentPlace {
  const DocumentPlace* parent = nullptr;
  std::string_view key;
  std::size_t index = 0;

  std::string to_string() const {
    std::string out = parent != nullptr ? parent->to_string() : std::string();
    if (parent == nullptr) return out;
    if (key.data() == nullptr) return out + fmt::format("[{}]", index);
    if (!out.empty()) out += '.';
    return out.append(key);
  }
};

}  // namespace aloft::model
