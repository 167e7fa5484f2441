// Building and intersecting postings.
#include "telemetry/logs/store/stream_index.h"

#include <algorithm>
#include <map>

namespace aloft::telemetry::logs {

StreamIndex::StreamIndex(const std::vector<Labels>& streams) : streams_(&streams) {
  std::map<std::string_view, std::map<std::string_view, std::vector<std::uint32_t>>> all;
  for (std::uint32_t i = 0; i < streams.size(); ++i)
    for (const Label& label : streams[i].view()) all[label.name][label.value].push_back(i);
  names_.reserve(all.size());
  for (auto& [name, values] : all) {
    Name& added = names_.emplace_back(Name{.name = name, .values = {}});
    added.values.reserve(values.size());
    for (auto& [value, numbers] : values)
      added.values.push_back({.value = value, .streams = std::move(numbers)});
  }
}

std::vector<std::uint32_t> StreamIndex::postings(const Matcher& matcher) const {
  const auto name = std::lower_bound(names_.begin(), names_.end(), matcher.name(),
                                     [](const Name& a, std::string_view b) { return a.name < b; });
  if (name == names_.end() || name->name != matcher.name()) return {};
  std::vector<std::uint32_t> out;
  const auto by_value = [](const Value& a, std::string_view b) { return a.value < b; };
  if (matcher.literals()) {
    for (const std::string& literal : *matcher.literals()) {
      const auto value = std::lower_bound(name->values.begin(), name->values.end(), literal, by_value);
      if (value != name->values.end() && value->value == literal)
        out.insert(out.end(), value->streams.begin(), value->streams.end());
    }
  } else {
    auto value = std::lower_bound(name->values.begin(), name->values.end(), matcher.prefix(), by_value);
    for (; value != name->values.end(); ++value) {
      if (!value->value.starts_with(matcher.prefix())) break;
      if (matcher.matches(value->value)) out.insert(out.end(), value->streams.begin(), value->streams.end());
    }
  }
  // A stream has one value for a name, so nothing stands twice.
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::uint32_t> StreamIndex::select(const std::vector<Matcher>& matchers) const {
  std::vector<std::uint32_t> out;
  if (streams_ == nullptr) return out;
  bool narrowed = false;
  for (const Matcher& matcher : matchers) {
    if (matcher.matches_empty()) continue;
    std::vector<std::uint32_t> found = postings(matcher);
    if (narrowed) {
      std::vector<std::uint32_t> both;
      std::set_intersection(out.begin(), out.end(), found.begin(), found.end(), std::back_inserter(both));
      found.swap(both);
    }
    out.swap(found);
    narrowed = true;
    if (out.empty()) return out;
  }
  if (!narrowed) {
    out.resize(streams_->size());
    for (std::uint32_t i = 0; i < out.size(); ++i) out[i] = i;
  }
  std::erase_if(out, [&](std::uint32_t stream) {
    return std::any_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
      return matcher.matches_empty() && !matcher.matches((*streams_)[stream].get(matcher.name()));
    });
  });
  return out;
}

}  // namespace aloft::telemetry::logs
