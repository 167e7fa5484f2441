// Sources are read from the oldest to the newest; what overlaps is put in order afterwards.
#include "telemetry/metrics/engine/selection.h"

#include "telemetry/metrics/column_merge.h"

namespace aloft::telemetry::metrics {

Result<> SourceSelection::read(std::size_t series, Millis from, Millis to, Column& out) const {
  out.clear();
  auto scratch = scratch_.with([](auto& free) -> std::unique_ptr<ReadScratch> {
    if (free.empty()) return nullptr;
    auto taken = std::move(free.back());
    free.pop_back();
    return taken;
  });
  if (scratch == nullptr) scratch = std::make_unique<ReadScratch>();
  Result<> result;
  for (const SampleSource& source : sources_) {
    const std::uint32_t at = source.at[series];
    if (at == not_there) continue;
    const std::size_t before = out.size();
    if (source.buffer != nullptr) {
      source.buffer->read(at, source.buffer_ordered, from, to, out);
    } else {
      result = source.resolution == 0
                   ? source.file->read(at, from, to, *scratch, out)
                   : read_rows(*source.file, at, source.answer, source.resolution, from, to, *scratch, out);
      if (!result) break;
    }
    for (const HiddenRange& hidden : hidden_) {
      if (hidden.sequence >= source.sequence && hidden.series[series]) {
        erase_range(out, before, hidden.from, hidden.to);
      }
    }
  }
  if (result) {
    put_in_order(out);
  } else {
    out.clear();
  }
  scratch_.with([&](auto& free) { free.push_back(std::move(scratch)); });
  return result;
}

}  // namespace aloft::telemetry::metrics
