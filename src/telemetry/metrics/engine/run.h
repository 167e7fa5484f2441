// Runs: samples that left memory but not yet the head. A run is a chunk file whose series are numbers of the
// head's index, in the order of labels; it covers one window of time, so that a window can become a block.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/metrics/block/chunk_file.h"
#include "telemetry/metrics/block/chunk_writer.h"
#include "telemetry/metrics/head/series_index.h"

namespace aloft::telemetry::metrics {

// Sequences number what was in memory at once; of two samples at one time that of the higher sequence counts.
struct RunMeta {
  std::uint64_t id = 0;             // of the file; rises
  Millis window = 0;                // its begin
  std::uint64_t low = 0, high = 0;  // sequences in it
};

// Where a series of a selection stands in a file.
inline constexpr std::uint32_t not_there = UINT32_MAX;
struct RankedSeries {
  std::uint32_t rank = 0;
  SeriesRef ref = no_series;
};

// Immutable; any thread.
class Run {
 public:
  static Result<std::shared_ptr<const Run>> open(const std::string& path, std::shared_ptr<ChunkCache> cache);
  static std::string file_name(std::uint64_t id);

  using Series = std::shared_ptr<const std::vector<SeriesRef>>;
  Run(RunMeta meta, std::shared_ptr<ChunkFile> file, Series series)
      : meta_(meta), file_(std::move(file)), series_(std::move(series)) {}
  const RunMeta& meta() const { return meta_; }
  const ChunkFile& file() const { return *file_; }
  const std::shared_ptr<ChunkFile>& shared_file() const { return file_; }
  const std::vector<SeriesRef>& series() const { return *series_; }
  const Series& shared_series() const { return series_; }
  // For each of `wanted`, which are in the order of ranks: its number in the file, or not_there. Empty when
  // none is there.
  std::vector<std::uint32_t> locate(const std::vector<RankedSeries>& wanted, const SeriesOrder& order) const;

 private:
  RunMeta meta_;
  std::shared_ptr<ChunkFile> file_;
  Series series_;
};
using RunPtr = std::shared_ptr<const Run>;

// The run with the list of one of the others that has the same, if there is one: most runs of a store are of
// the same series, and one list for each would be most of what a run takes in memory.
RunPtr share_series(RunPtr run, std::span<const RunPtr> others);

// Writes a run; series come in the order of labels.
class RunWriter {
 public:
  static Result<std::unique_ptr<RunWriter>> create(const std::string& folder, RunMeta meta,
                                                   ChunkWriter::Effort effort);
  // About so many series will come.
  void reserve(std::size_t series) { series_.reserve(series); }
  Result<> add(SeriesRef ref, const Column& column);
  // Puts the file in its place. Null when nothing was added.
  Result<RunPtr> finish(std::shared_ptr<ChunkCache> cache);

 private:
  RunWriter(std::string path, RunMeta meta, std::unique_ptr<ChunkWriter> chunks)
      : path_(std::move(path)), meta_(meta), chunks_(std::move(chunks)) {}
  std::string path_;
  RunMeta meta_;
  std::unique_ptr<ChunkWriter> chunks_;
  std::vector<SeriesRef> series_;
};

}  // namespace aloft::telemetry::metrics
