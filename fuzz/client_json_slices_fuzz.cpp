// Whatever a server sends, cutting it up ends, and every slice lies inside the text.
#include "base/ensure.h"
#include "client/json_slices.h"

using namespace aloft;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto inside = [text](std::string_view slice) {
    return slice.data() >= text.data() && slice.data() + slice.size() <= text.data() + text.size();
  };
  for (const char* key : {"type", "object", "items", "metadata"}) {
    if (const auto member = client::json_member(text, key)) ensure(inside(*member), "a slice lies inside");
  }
  if (const auto elements = client::json_elements(text)) {
    for (const std::string_view element : *elements) {
      if (!element.empty()) ensure(inside(element), "a slice lies inside");
    }
  }
  return 0;
}
