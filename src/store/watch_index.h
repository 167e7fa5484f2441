// Which live watches a change concerns, without asking each: prefixes are found by hashing those that exist,
// and below a prefix the watches that pin a value of a facet by hashing that value. What a change costs grows
// with the watches that want it and with the facets in use, not with the watches there are.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/store.h"

namespace aloft::store {

class HubWatch;

// Owns nothing. Lives on one loop.
class WatchIndex {
 public:
  void add(HubWatch& watch);
  // Nothing happens when it is not there.
  void remove(HubWatch& watch);
  // Calls for each watch that may want the change; a watch for which it gives false leaves the index.
  void offer(const Change& change, const std::function<bool(HubWatch&)>& take);
  void each(const std::function<void(HubWatch&)>& visit) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class T>
  using ByText = std::unordered_map<std::string, T, Hash, std::equal_to<>>;
  using Watches = std::vector<HubWatch*>;
  // The watches of one prefix that pin some value of one facet.
  struct Pinned {
    std::shared_ptr<const Facet> facet;
    ByText<Watches> by_value;
  };
  struct Group {
    Watches free;
    std::vector<Pinned> pinned;
    bool empty() const { return free.empty() && pinned.empty(); }
  };
  static void offer_pinned(Pinned& pinned, const Change& change, const std::function<bool(HubWatch&)>& take);
  static void remove_pinned(Group& group, HubWatch& watch);

  ByText<Group> groups_;              // by prefix
  std::vector<std::size_t> lengths_;  // of the prefixes, each once
};

}  // namespace aloft::store
