// The label sets of the series with recent samples, and which series carry which label: posting lists,
// intersected for a selector. Label pairs are kept once; a series is a short list of their numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"
#include "telemetry/metrics/head/posting_list.h"
#include "telemetry/metrics/head/series_table.h"
#include "telemetry/metrics/storage.h"

namespace aloft::telemetry::metrics {

// The place of every series in the order of labels; `no_rank` for what had none when it was made.
struct SeriesOrder {
  static constexpr std::uint32_t no_rank = UINT32_MAX;
  std::vector<std::uint32_t> rank;  // by SeriesRef
  std::uint32_t of(SeriesRef ref) const { return ref < rank.size() ? rank[ref] : no_rank; }
};
using SeriesOrderPtr = std::shared_ptr<const SeriesOrder>;

// Not thread safe; the store guards it.
class SeriesIndex {
 public:
  SeriesIndex() = default;

  // `ref` no_series: a free number is taken.
  SeriesRef add(LabelsView labels, std::uint16_t tenant, SeriesRef ref = no_series);
  bool has(SeriesRef ref) const { return ref < places_.size() && places_[ref] != no_place; }
  // The encoded labels, appended.
  void append_labels(SeriesRef ref, std::string& out) const;
  std::size_t size() const { return count_; }
  std::size_t capacity() const { return places_.size(); }
  std::uint16_t tenant_of(SeriesRef ref) const { return ref < tenants_.size() ? tenants_[ref] : 0; }
  std::uint64_t tenant_series(std::uint16_t tenant) const {
    return tenant < tenant_series_.size() ? tenant_series_[tenant] : 0;
  }
  std::size_t tenants() const { return tenant_series_.size(); }
  std::uint64_t metric_series(std::string_view metric) const;

  // Rising. The series that match all matchers.
  std::vector<SeriesRef> select(std::span<const Matcher> matchers) const;
  void for_each(const std::function<void(SeriesRef)>& visit) const;

  // Sorted and unique; over all series, or over those given.
  void label_names(std::vector<std::string>& out) const;
  void label_values(std::string_view name, std::vector<std::string>& out) const;
  void label_names(std::span<const SeriesRef> series, std::vector<std::string>& out) const;
  void label_values(std::string_view name, std::span<const SeriesRef> series,
                    std::vector<std::string>& out) const;

  // Sorts what is new since the last call.
  SeriesOrderPtr order();

  // Drops all series that are not marked. Their numbers stay unused until release().
  void retain(const std::vector<bool>& keep);
  // Lets the numbers of series that were dropped before the last retain() be used again.
  void release();

  void report(std::size_t limit, CardinalityReport& report) const;
  std::size_t memory() const;

 private:
  static constexpr std::uint32_t no_place = UINT32_MAX;
  static constexpr std::size_t page_bytes = 64 * 1024;
  struct Pair {
    std::string_view value() const { return {text, length}; }
    const char* text = nullptr;  // in texts_
    std::uint32_t length = 0;
    std::uint32_t name = 0;
    PostingList postings;
  };
  struct Name {
    std::string name;
    std::vector<std::uint32_t> pairs;
    std::uint64_t value_bytes = 0;
  };
  // Bytes that never move.
  struct Texts {
    std::vector<std::unique_ptr<char[]>> pages;
    std::size_t used = page_bytes;  // of the last page
    std::size_t bytes = 0;
    char* take(std::size_t count);
  };
  // Walks over the pairs of a series.
  class Pairs;
  bool carries(SeriesRef ref, std::uint32_t pair) const;
  void keep_carriers(std::uint32_t pair, std::vector<SeriesRef>& series) const;

  std::uint32_t name_number(std::string_view name);
  std::uint32_t pair_number(std::string_view name, std::string_view value);
  std::uint32_t find_pair(std::string_view name, std::string_view value) const;
  void grow_pair_slots();
  std::size_t pair_hash(std::uint32_t name, std::string_view value) const;
  bool less(SeriesRef a, SeriesRef b) const;
  void mark_matching(const Name& name, const Matcher& matcher, bool wanted, std::vector<bool>& marks) const;

  std::vector<Name> names_;
  std::unordered_map<std::string, std::uint32_t> name_numbers_;
  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> pair_slots_;  // open addressing over pairs_
  Texts texts_;

  std::vector<char> records_;           // a series: count of its pairs, their numbers
  std::vector<std::uint32_t> places_;   // by SeriesRef: in records_
  std::vector<std::uint16_t> tenants_;  // as far as there are series of others than the default one
  std::vector<std::uint64_t> tenant_series_;
  std::vector<SeriesRef> free_, retired_;
  std::size_t count_ = 0;

  std::vector<SeriesRef> unsorted_;  // not in order_ yet
  SeriesOrderPtr order_ = std::make_shared<SeriesOrder>();
};

}  // namespace aloft::telemetry::metrics
