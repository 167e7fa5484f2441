// What must survive a restart besides samples, in a log of its own: which number stands for which label set,
// metadata, exemplars and deletions. It is written anew when most of it is out of date.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/labels.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/metrics/engine/view.h"

namespace aloft::telemetry::metrics {

// Kinds of records; the first byte.
enum class CatalogueKind : std::uint8_t {
  series = 1,
  metadata = 2,
  exemplars = 3,
  tombstone = 4,
  no_tombstones = 5,  // all earlier ones are done with
};

struct CatalogueSeries {
  SeriesRef ref = no_series;
  std::string_view labels;
  std::string_view tenant;
};
struct CatalogueExemplar {
  std::string_view series;  // canonical labels
  std::string_view labels;
  double value = 0;
  Millis time = 0;
};

// Records are lists of one kind. Each put_ appends to a record that start_record() began.
std::string start_record(CatalogueKind kind);
void put_series(std::string& record, const CatalogueSeries& series);
void put_metadata(std::string& record, const MetricMetadata& metadata);
void put_exemplar(std::string& record, const CatalogueExemplar& exemplar);
std::string tombstone_record(const Tombstone& tombstone);

// Gets what a record holds, piece by piece.
struct CatalogueReader {
  std::function<void(const CatalogueSeries&)> series;
  std::function<void(MetricMetadata)> metadata;
  std::function<void(const CatalogueExemplar&)> exemplar;
  std::function<void(Tombstone)> tombstone;
  std::function<void()> no_tombstones;
};
// False for damaged bytes.
bool read_catalogue_record(std::string_view record, const CatalogueReader& reader);

}  // namespace aloft::telemetry::metrics
