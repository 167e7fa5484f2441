// Records of the store's logs from anybody: samples, and the catalogue of series, metadata, exemplars and
// deletions.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "telemetry/metrics/engine/catalogue.h"
#include "telemetry/metrics/head/write_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry::metrics;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<NewSample> samples;
  std::vector<NewHistogram> histograms;
  if (decode_write_record(bytes, samples, histograms)) {
    const std::string written = encode_write_record(samples, histograms);
    std::vector<NewSample> again;
    std::vector<NewHistogram> histograms_again;
    if (!decode_write_record(written, again, histograms_again) || again.size() != samples.size() ||
        histograms_again.size() != histograms.size()) {
      std::abort();
    }
  }
  std::size_t pieces = 0;
  CatalogueReader reader;
  reader.series = [&](const CatalogueSeries& series) { pieces += series.labels.size(); };
  reader.metadata = [&](const aloft::telemetry::MetricMetadata& metadata) { pieces += metadata.help.size(); };
  reader.exemplar = [&](const CatalogueExemplar& exemplar) { pieces += exemplar.labels.size(); };
  reader.no_tombstones = [&] { ++pieces; };
  reader.tombstone = [&](const Tombstone&) { ++pieces; };
  CatalogueReader writing = reader;
  writing.tombstone = [&](const Tombstone& tombstone) {
    if (!read_catalogue_record(tombstone_record(tombstone), reader)) std::abort();
  };
  (void)read_catalogue_record(bytes, writing);
  return 0;
}
