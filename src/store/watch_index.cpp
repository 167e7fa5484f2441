// Keeping watches by what they want, and finding those that want a change.
#include "store/watch_index.h"

#include <algorithm>

#include "store/watch_hub.h"

namespace aloft::store {
namespace {

using Take = std::function<bool(HubWatch&)>;

void offer_all(std::vector<HubWatch*>& watches, const Take& take) {
  std::erase_if(watches, [&take](HubWatch* watch) { return !take(*watch); });
}

}  // namespace

void WatchIndex::add(HubWatch& watch) {
  const std::size_t length = watch.prefix().size();
  if (std::ranges::find(lengths_, length) == lengths_.end()) lengths_.push_back(length);
  Group& group = groups_[watch.prefix()];
  if (!watch.pin()) {
    group.free.push_back(&watch);
    return;
  }
  const Pin& pin = *watch.pin();
  auto pinned = std::ranges::find_if(
      group.pinned, [&pin](const Pinned& other) { return other.facet->name == pin.facet->name; });
  if (pinned == group.pinned.end()) {
    group.pinned.push_back({pin.facet, {}});
    pinned = std::prev(group.pinned.end());
  }
  pinned->by_value[pin.value].push_back(&watch);
}

void WatchIndex::remove_pinned(Group& group, HubWatch& watch) {
  const Pin& pin = *watch.pin();
  const auto pinned = std::ranges::find_if(
      group.pinned, [&pin](const Pinned& other) { return other.facet->name == pin.facet->name; });
  if (pinned == group.pinned.end()) return;
  const auto found = pinned->by_value.find(pin.value);
  if (found == pinned->by_value.end()) return;
  std::erase(found->second, &watch);
  if (found->second.empty()) pinned->by_value.erase(found);
  if (pinned->by_value.empty()) group.pinned.erase(pinned);
}

void WatchIndex::remove(HubWatch& watch) {
  const auto found = groups_.find(watch.prefix());
  if (found == groups_.end()) return;
  Group& group = found->second;
  if (watch.pin()) {
    remove_pinned(group, watch);
  } else {
    std::erase(group.free, &watch);
  }
  if (!group.empty()) return;
  const std::size_t length = watch.prefix().size();
  groups_.erase(found);
  const bool used =
      std::ranges::any_of(groups_, [length](const auto& other) { return other.first.size() == length; });
  if (!used) std::erase(lengths_, length);
}

void WatchIndex::offer_pinned(Pinned& pinned, const Change& change, const Take& take) {
  std::optional<std::string> after;
  std::optional<std::string> before;
  if (change.type == Change::Type::put) after = pinned.facet->read(change.entry);
  if (change.previous) before = pinned.facet->read(*change.previous);
  if (after) {
    if (const auto found = pinned.by_value.find(*after); found != pinned.by_value.end())
      offer_all(found->second, take);
  }
  if (before && before != after) {
    if (const auto found = pinned.by_value.find(*before); found != pinned.by_value.end())
      offer_all(found->second, take);
  }
}

void WatchIndex::offer(const Change& change, const Take& take) {
  const std::string_view key = change.entry.key;
  for (const std::size_t length : lengths_) {
    if (length > key.size()) continue;
    const auto found = groups_.find(key.substr(0, length));
    if (found == groups_.end()) continue;
    offer_all(found->second.free, take);
    for (Pinned& pinned : found->second.pinned) offer_pinned(pinned, change, take);
  }
}

void WatchIndex::each(const std::function<void(HubWatch&)>& visit) const {
  for (const auto& [prefix, group] : groups_) {
    for (HubWatch* watch : group.free) visit(*watch);
    for (const Pinned& pinned : group.pinned) {
      for (const auto& [value, watches] : pinned.by_value) {
        for (HubWatch* watch : watches) visit(*watch);
      }
    }
  }
}

}  // namespace aloft::store
