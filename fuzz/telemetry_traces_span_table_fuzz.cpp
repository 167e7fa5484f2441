// Blocks and log records may be damaged in any way: what the decoder gives out can be read, merged and
// encoded again without leaving its bounds.
#include "base/ensure.h"
#include "telemetry/traces/store/block_footer.h"
#include "telemetry/traces/store/part.h"
#include "telemetry/traces/store/store.h"
#include "telemetry/traces/store/table_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry::traces;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  DecodeLimits limits;
  limits.rows = 4096;
  limits.section_bytes = 1024 * 1024;
  const auto held = table_holds(bytes, aloft::telemetry::TraceId{});
  if (const auto table = decode_table(bytes, {}, limits)) {
    const auto [begin, end] = table->rows_of(aloft::telemetry::TraceId{});
    aloft::ensure(held && *held == (begin < end), "the ids alone tell what the table tells");
    // Values inside strings may still be malformed; reading them may fail and nothing else.
    const auto batch = read_table(*table);
    const PartSummary summary = summarize(*table);
    const std::array<TableSlice, 1> slices = {TableSlice{&*table, 0, table->rows()}};
    const SpanTable merged = merge_tables(slices);
    aloft::ensure(merged.rows() <= table->rows(), "merging makes no spans");
    const auto again = decode_table(encode_table(merged, Packing::raw), {}, {});
    aloft::ensure(again.has_value() && again->rows() == merged.rows(), "a merged table can be stored");
  }
  if (const auto footer = decode_footer(bytes, 1'000'000)) {
    for (const GroupPlace& place : footer->places) {
      aloft::ensure(place.offset + place.size <= 1'000'000, "groups lie inside the file");
    }
  }
  return 0;
}
