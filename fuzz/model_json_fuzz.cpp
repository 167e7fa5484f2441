// JSON from anybody: what is read must be written and read again as the same, as a document and as a struct,
// and the two ways into a struct must agree.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/core/v1/pod.h"

namespace {

using aloft::core::v1::Pod;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::model;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> duplicates;
  const auto document = parse_json(text, {.duplicates = &duplicates});
  Pod from_text;
  DecodeReport report;
  const auto decoded = decode_json(type_info<Pod>(), text, &from_text, &report);
  if (!document) {
    require(!decoded);
    return 0;
  }
  const auto again = parse_json(to_json(*document));
  // Written once, a number has its final form: before, 1e20 and -0 can still be doubles.
  require(again.has_value());
  const std::string settled = to_json(*again);
  require(to_json(*parse_json(settled)) == settled);
  require(parse_json(to_pretty_json(*document)).has_value());
  if (!decoded) return 0;
  const std::string written = to_json(from_text);
  const auto reread = from_json<Pod>(written);
  require(reread.has_value() && to_json(*reread) == written);
  require(parse_json(written).has_value());
  if (duplicates.empty()) require(from_value<Pod>(*document).has_value());
  return 0;
}
