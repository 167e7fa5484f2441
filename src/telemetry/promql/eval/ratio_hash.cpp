// Where in 0..1 limit_ratio places a series.
#include "telemetry/promql/eval/ratio_hash.h"

#include <limits>

#include <xxhash.h>

namespace aloft::telemetry::promql {
namespace {

// One byte of length, or 255 and three bytes, lowest first.
void append_sized(std::string& out, std::string_view text) {
  const std::size_t size = text.size();
  if (size < 255) {
    out += static_cast<char>(size);
  } else {
    out += static_cast<char>(255);
    for (const unsigned shift : {0U, 8U, 16U}) out += static_cast<char>((size >> shift) & 0xFF);
  }
  out += text;
}

}  // namespace

double ratio_offset(LabelsView labels) {
  std::string bytes;
  for (const Label& label : labels) {
    append_sized(bytes, label.name);
    append_sized(bytes, label.value);
  }
  const std::uint64_t hash = XXH64(bytes.data(), bytes.size(), 0);
  return static_cast<double>(hash) / static_cast<double>(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace aloft::telemetry::promql
