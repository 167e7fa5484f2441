// Strategic merge patches on pods. The input is two lines: the document and the patch.
#include "base/ensure.h"
#include "model/json.h"
#include "model/kinds/core/v1/pod.h"
#include "model/patch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::model;
  static SchemaSet set;
  static const Schema& schema = set.of(type_info<aloft::core::v1::Pod>());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const auto document = parse_json(text.substr(0, line));
  const auto patch = parse_json(text.substr(line + 1));
  if (!document || !patch) return 0;
  if (const auto result = apply_strategic_merge_patch(*document, *patch, schema)) {
    aloft::ensure(parse_json(to_json(*result)).has_value(), "a patched document can be written and read");
  }
  return 0;
}
