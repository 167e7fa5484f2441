// The index of a block: its label sets, in order, and for every label pair the series that carry it. Only the
// lists of groups are in memory; the rest is read through the cache.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"
#include "telemetry/metrics/block/group_file.h"

namespace aloft::telemetry::metrics {

// Immutable; any thread. Series have the numbers of the order in which they were written.
class BlockIndex {
 public:
  // Error: internal (damaged).
  static Result<std::unique_ptr<BlockIndex>> open(const std::string& path, std::shared_ptr<ChunkCache> cache);
  std::uint64_t series() const { return series_; }
  std::uint64_t pairs() const { return pairs_; }
  std::uint64_t bytes() const { return file_.bytes(); }
  std::string_view extra() const { return extra_; }

  // Rising. The series that match all matchers.
  Result<std::vector<std::uint32_t>> select(std::span<const Matcher> matchers) const;
  // The encoded labels, appended.
  Result<> append_labels(std::uint32_t series, std::string& out) const;
  // Sorted.
  std::vector<std::string> label_names() const { return names_; }
  Result<std::vector<std::string>> label_values(std::string_view name) const;

 private:
  struct Pair {
    std::uint32_t name = 0;
    std::string_view value;
    std::uint64_t postings = 0;  // number of its list
  };
  struct PairPage {  // the first pair of a group, for searching
    std::uint32_t name = 0;
    std::string value;
  };
  struct Access {
    explicit Access() = default;
  };
  using Marks = std::vector<bool>;

 public:
  BlockIndex(Access, GroupFile file, std::shared_ptr<ChunkCache> cache)
      : file_(std::move(file)), cache_(std::move(cache)), number_(cache_->new_file()) {}

 private:
  Result<> read_footer();
  Result<CachedPartPtr> part(unsigned kind, std::size_t group) const;
  Result<Pair> pair_at(const CachedPart& group, std::size_t index) const;
  // Visits the pairs of a name in order from the first that is not below `from`, until `visit` gives false.
  Result<> for_pairs(std::uint32_t name, std::string_view from,
                     const std::function<Result<bool>(const Pair&)>& visit) const;
  Result<std::vector<std::uint32_t>> postings(std::uint64_t list) const;
  Result<> mark_matching(std::uint32_t name, const Matcher& matcher, bool wanted, Marks& marks) const;
  std::optional<std::uint32_t> name_number(std::string_view name) const;

  GroupFile file_;
  std::shared_ptr<ChunkCache> cache_;
  std::uint64_t number_;
  std::uint64_t series_ = 0, pairs_ = 0;
  std::vector<std::string> names_;  // sorted
  GroupList series_groups_, pair_groups_, list_groups_;
  std::vector<PairPage> pair_pages_;
  std::string extra_;
};

// On one thread; keeps the label pairs and short records of the series in memory until finish().
class BlockIndexWriter {
 public:
  explicit BlockIndexWriter(std::string path) : path_(std::move(path)) {}
  // In the order of labels.
  void add(LabelsView labels);
  Result<> finish(std::string_view extra);

 private:
  struct Pair {
    std::uint32_t number = 0;  // in the order of appearance
    std::uint32_t last = 0;    // series
    std::string postings;
  };
  using Values = std::map<std::string, Pair, std::less<>>;
  std::string path_;
  std::map<std::string, Values, std::less<>> pairs_;
  std::uint32_t pair_count_ = 0;
  std::uint32_t series_ = 0;
  std::string records_;  // of the series: count, numbers of pairs
};

}  // namespace aloft::telemetry::metrics
