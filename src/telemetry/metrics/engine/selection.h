// A fixed set of series with everything their samples are read from: buffers, runs and blocks as they were
// when the set was made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/guarded.h"
#include "telemetry/metrics/block/chunk_file.h"
#include "telemetry/metrics/engine/downsample.h"
#include "telemetry/metrics/engine/run.h"
#include "telemetry/metrics/head/sample_buffer.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// Where samples come from; `at` says for each series of the selection where it stands, or not_there.
struct SampleSource {
  std::uint64_t sequence = 0;
  std::shared_ptr<const SampleBuffer> buffer;  // or
  bool buffer_ordered = true;
  std::shared_ptr<const ChunkFile> file;
  Millis resolution = 0;  // of a file of rows
  Answer answer = Answer::thinned;
  std::vector<std::uint32_t> at;
};

// What is hidden from the series that `series` marks, in sources up to the sequence.
struct HiddenRange {
  std::uint64_t sequence = 0;
  Millis from = 0, to = 0;
  std::vector<bool> series;
};

// Label sets one after another in one string.
class LabelArena {
 public:
  std::string& bytes() { return bytes_; }
  void end_one() { ends_.push_back(bytes_.size()); }
  std::size_t size() const { return ends_.size(); }
  LabelsView at(std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return LabelsView(std::string_view(bytes_).substr(begin, ends_[index] - begin));
  }
  void reserve(std::size_t count) {
    ends_.reserve(count);
    bytes_.reserve(count * 160);
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

class SourceSelection final : public Selection {
 public:
  // `sources` in rising sequence.
  SourceSelection(LabelArena labels, std::vector<SampleSource> sources, std::vector<HiddenRange> hidden,
                  std::vector<std::string> warnings)
      : labels_(std::move(labels)),
        sources_(std::move(sources)),
        hidden_(std::move(hidden)),
        warnings_(std::move(warnings)) {}
  std::size_t size() const override { return labels_.size(); }
  LabelsView labels(std::size_t series) const override { return labels_.at(series); }
  Result<> read(std::size_t series, Millis from, Millis to, Column& out) const override;
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  LabelArena labels_;
  std::vector<SampleSource> sources_;
  std::vector<HiddenRange> hidden_;
  std::vector<std::string> warnings_;
  mutable io::Guarded<std::vector<std::unique_ptr<ReadScratch>>> scratch_;
};

}  // namespace aloft::telemetry::metrics
