// Which streams have a label value: postings for each name and value, so that a selector is answered without
// looking at every stream.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"

namespace aloft::telemetry::logs {

// Immutable after construction; views into the labels it was made from, which outlive it.
class StreamIndex {
 public:
  StreamIndex() = default;
  explicit StreamIndex(const std::vector<Labels>& streams);
  // Numbers of the streams that all matchers accept, rising.
  std::vector<std::uint32_t> select(const std::vector<Matcher>& matchers) const;

 private:
  struct Value {
    std::string_view value;
    std::vector<std::uint32_t> streams;
  };
  struct Name {
    std::string_view name;
    std::vector<Value> values;  // sorted
  };
  std::vector<std::uint32_t> postings(const Matcher& matcher) const;
  const std::vector<Labels>* streams_ = nullptr;
  std::vector<Name> names_;  // sorted
};

}  // namespace aloft::telemetry::logs
