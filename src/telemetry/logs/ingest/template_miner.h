// Finds the forms that log lines have in common: a tree by number of words and first words leads to few
// candidates, the most similar one takes the line and what differs becomes a wildcard. Source: He et al.,
// "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::telemetry::logs {

struct MinerSettings {
  double similarity = 0.5;    // of words that must be equal
  std::size_t depth = 2;      // words that lead through the tree
  std::size_t children = 64;  // of a node; further words share one
  std::size_t templates = 10'000;
  std::size_t words = 128;  // of a line; what comes behind counts as one wildcard
};

// Not thread safe.
class TemplateMiner {
 public:
  explicit TemplateMiner(MinerSettings settings = {});
  ~TemplateMiner();
  // The number of the line's template; new ones are counted up. Beyond the limit the last one takes all.
  std::size_t add(std::string_view line);
  std::size_t size() const { return templates_.size(); }
  // The words, with <_> where they differ.
  std::string text(std::size_t number) const;
  std::uint64_t count(std::size_t number) const { return templates_[number].count; }

 private:
  struct Template {
    std::vector<std::string> words;
    std::uint64_t count = 0;
  };
  struct Node;
  Node& leaf(const std::vector<std::string_view>& words);
  void split(std::string_view line);
  MinerSettings settings_;
  std::vector<Template> templates_;
  std::map<std::size_t, std::unique_ptr<Node>> by_length_;
  std::vector<std::string_view> words_;
};

}  // namespace aloft::telemetry::logs
