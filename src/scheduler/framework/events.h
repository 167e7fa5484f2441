// What can happen to a cluster that may let a pod fit that did not fit before. Each filter names the kinds
// that concern it, so that a refused pod is tried again when something that matters to it changes, and only
// then.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace aloft::scheduler {

enum class EventKind : std::uint32_t {
  node_added = 1U << 0,
  node_removed = 1U << 1,
  node_allocatable = 1U << 2,  // a node has other amounts to give
  node_labels = 1U << 3,
  node_taints = 1U << 4,  // also spec.unschedulable
  pod_added = 1U << 5,    // a pod was assigned to a node
  pod_removed = 1U << 6,  // an assigned pod has ended, or needs less
  pod_labels = 1U << 7,   // of an assigned pod, or it is being removed
  namespace_labels = 1U << 8,
};

// A set of kinds. A value.
class Events {
 public:
  constexpr Events() = default;
  constexpr Events(std::initializer_list<EventKind> kinds) {
    for (const EventKind kind : kinds) add(kind);
  }
  constexpr void add(EventKind kind) { bits_ |= static_cast<std::uint32_t>(kind); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool contains(EventKind kind) const { return (bits_ & static_cast<std::uint32_t>(kind)) != 0; }
  constexpr bool meets(Events other) const { return (bits_ & other.bits_) != 0; }
  constexpr Events& operator|=(Events other) {
    bits_ |= other.bits_;
    return *this;
  }
  bool operator==(const Events&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace aloft::scheduler
