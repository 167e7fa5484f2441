// The tree and the comparison with templates.
#include "telemetry/logs/ingest/template_miner.h"

#include <algorithm>

namespace aloft::telemetry::logs {
namespace {

constexpr std::string_view wildcard = "<_>";

bool has_digit(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

struct TemplateMiner::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  std::vector<std::size_t> templates;
};

TemplateMiner::TemplateMiner(MinerSettings settings) : settings_(settings) {}
TemplateMiner::~TemplateMiner() = default;

void TemplateMiner::split(std::string_view line) {
  words_.clear();
  while (!line.empty()) {
    if (words_.size() == settings_.words) {
      words_.push_back(wildcard);
      return;
    }
    const std::size_t end = std::min(line.find(' '), line.size());
    words_.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
}

TemplateMiner::Node& TemplateMiner::leaf(const std::vector<std::string_view>& words) {
  auto& root = by_length_[words.size()];
  if (root == nullptr) root = std::make_unique<Node>();
  Node* node = root.get();
  for (std::size_t i = 0; i < std::min(settings_.depth, words.size()); ++i) {
    // Words with digits vary; they must not make branches of their own.
    std::string_view word = has_digit(words[i]) ? wildcard : words[i];
    auto found = node->children.find(word);
    if (found == node->children.end() && node->children.size() >= settings_.children) {
      word = wildcard;
      found = node->children.find(word);
    }
    if (found == node->children.end())
      found = node->children.emplace(std::string(word), std::make_unique<Node>()).first;
    node = found->second.get();
  }
  return *node;
}

std::size_t TemplateMiner::add(std::string_view line) {
  split(line);
  Node& node = leaf(words_);
  std::size_t best = ~std::size_t{0};
  double best_share = -1;
  for (const std::size_t number : node.templates) {
    const std::vector<std::string>& words = templates_[number].words;
    std::size_t equal = 0;
    for (std::size_t i = 0; i < words_.size(); ++i)
      equal += words[i] == words_[i] || (words[i] == wildcard && has_digit(words_[i])) ? 1 : 0;
    const double share = words_.empty() ? 1 : static_cast<double>(equal) / static_cast<double>(words_.size());
    if (share <= best_share) continue;
    best_share = share;
    best = number;
  }
  if (best == ~std::size_t{0} || best_share < settings_.similarity) {
    if (templates_.size() >= settings_.templates) {
      ++templates_.back().count;
      return templates_.size() - 1;
    }
    Template fresh;
    for (const std::string_view word : words_) fresh.words.emplace_back(word);
    fresh.count = 1;
    templates_.push_back(std::move(fresh));
    node.templates.push_back(templates_.size() - 1);
    return templates_.size() - 1;
  }
  Template& found = templates_[best];
  ++found.count;
  for (std::size_t i = 0; i < words_.size(); ++i)
    if (found.words[i] != words_[i]) found.words[i] = wildcard;
  return best;
}

std::string TemplateMiner::text(std::size_t number) const {
  std::string out;
  bool wild = false;
  for (const std::string& word : templates_[number].words) {
    // Wildcards beside each other say no more than one.
    if (word == wildcard && wild) continue;
    wild = word == wildcard;
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

}  // namespace aloft::telemetry::logs
