// YAML from anybody: what is read must be written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/json.h"
#include "model/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::model;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> duplicates;
  const auto documents = parse_yaml_documents(text, {.duplicates = &duplicates});
  if (!documents) return 0;
  for (const Value& document : *documents) {
    const auto again = parse_yaml(to_yaml(document));
    if (!again) std::abort();
    // Written once, a number has its final form: before, 1e20 and -0 can still be doubles.
    const std::string settled = to_yaml(*again);
    const auto last = parse_yaml(settled);
    if (!last || !(*last == *again) || to_yaml(*last) != settled) std::abort();
  }
  return 0;
}
