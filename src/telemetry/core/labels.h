// Label sets: what names a time series, a log stream, an alert. One flat run of bytes, sorted by name, in the
// wire form of Prometheus remote write (repeated field 1 of TimeSeries), so that the label set of an incoming
// sample is a slice of the request and finding its series parses nothing.
#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace aloft::telemetry {

// The label that holds a metric's name.
inline constexpr std::string_view metric_name_label = "__name__";

struct Label {
  std::string_view name;
  std::string_view value;
  auto operator<=>(const Label&) const = default;
};

// Borrowed labels in canonical form: sorted by name (bytes), names unique, no empty values, shortest
// varints. Valid as long as the bytes it points to.
class LabelsView {
 public:
  LabelsView() = default;
  // `encoded` must be canonical; see canonical_labels() for bytes from outside.
  explicit LabelsView(std::string_view encoded) : encoded_(encoded) {}

  class Iterator {
   public:
    using value_type = Label;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(const char* at, const char* end) : at_(at), end_(end) { load(); }
    const Label& operator*() const { return label_; }
    const Label* operator->() const { return &label_; }
    Iterator& operator++() {
      at_ = next_;
      load();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void load();
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    const char* next_ = nullptr;
    Label label_;
  };
  Iterator begin() const { return Iterator(encoded_.data(), encoded_.data() + encoded_.size()); }
  Iterator end() const {
    return Iterator(encoded_.data() + encoded_.size(), encoded_.data() + encoded_.size());
  }

  // The value; empty when there is no such label.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return !get(name).empty(); }
  std::string_view metric_name() const { return get(metric_name_label); }
  bool empty() const { return encoded_.empty(); }
  std::size_t count() const;
  std::string_view encoded() const { return encoded_; }

  bool operator==(const LabelsView& other) const { return encoded_ == other.encoded_; }
  // Pair by pair by name, then value, then the shorter first: the order of Prometheus' answers.
  std::strong_ordering operator<=>(const LabelsView& other) const;

  // `up{instance="a",job="b"}`; `{a="b"}` without a metric name, `{}` when empty. Names that are no
  // identifiers are quoted (Prometheus UTF-8 names): `{"my.name",a="b"}`.
  std::string to_string() const;
  // {"__name__":"up","job":"b"}
  void append_json(std::string& out) const;

 private:
  std::string_view encoded_;
};

// Owned labels. A value; converts to the view.
class Labels {
 public:
  Labels() = default;
  explicit Labels(LabelsView view) : encoded_(view.encoded()) {}
  // Any order; a later pair of the same name counts; empty values are left out.
  explicit Labels(const std::vector<std::pair<std::string, std::string>>& pairs);
  Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs);
  // Takes canonical bytes over.
  static Labels from_encoded(std::string canonical);

  // NOLINTNEXTLINE(google-explicit-constructor): as std::string is a std::string_view.
  operator LabelsView() const { return LabelsView(encoded_); }
  LabelsView view() const { return LabelsView(encoded_); }
  LabelsView::Iterator begin() const { return view().begin(); }
  LabelsView::Iterator end() const { return view().end(); }
  std::string_view get(std::string_view name) const { return view().get(name); }
  bool has(std::string_view name) const { return view().has(name); }
  std::string_view metric_name() const { return view().metric_name(); }
  bool empty() const { return encoded_.empty(); }
  std::string_view encoded() const { return encoded_; }
  std::string to_string() const { return view().to_string(); }
  bool operator==(const Labels&) const = default;
  std::strong_ordering operator<=>(const Labels& other) const { return view() <=> other.view(); }

 private:
  std::string encoded_;
};

// Changes to a label set, gathered and then applied.
class LabelsBuilder {
 public:
  LabelsBuilder() = default;
  explicit LabelsBuilder(LabelsView base);
  // An empty value removes the label.
  LabelsBuilder& set(std::string_view name, std::string_view value);
  LabelsBuilder& remove(std::string_view name);
  // Removes what is not (keep) or is (drop) among the names.
  LabelsBuilder& keep_only(const std::vector<std::string>& names);
  LabelsBuilder& drop(const std::vector<std::string>& names);
  std::string_view get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }
  Labels build() const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;  // sorted by name, values not empty
};

// Adds one label in the encoded form; the caller adds them in the order of names and leaves empty values out.
void append_label(std::string& encoded, std::string_view name, std::string_view value);

// Checks bytes from outside (the Label fields of a remote-write series, one after another) and gives them in
// canonical form: `scratch` is filled when they are not canonical already, otherwise the input is given back.
// Error: invalid for malformed bytes, a repeated name, an empty name or what is not UTF-8, naming the label.
Result<LabelsView> canonical_labels(std::string_view encoded, std::string& scratch);

// A 64-bit hash (XXH3) of the canonical bytes; the same on every machine.
std::uint64_t hash_labels(LabelsView labels);
// Over the named labels only (sorted names), or over all but them and the metric name.
std::uint64_t hash_labels_by(LabelsView labels, const std::vector<std::string>& sorted_names);
std::uint64_t hash_labels_without(LabelsView labels, const std::vector<std::string>& sorted_names);

// Prometheus' classic forms: [a-zA-Z_:][a-zA-Z0-9_:]* and the same without colons.
bool is_classic_metric_name(std::string_view name);
bool is_classic_label_name(std::string_view name);

}  // namespace aloft::telemetry
