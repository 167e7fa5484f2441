// The points at which plugins take part in placing a pod. Plugins are pure: plain data in, a verdict or a
// number out; what they find out about a pod before looking at nodes they hand to themselves as a
// PluginState.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/ensure.h"
#include "scheduler/framework/events.h"
#include "scheduler/framework/snapshot.h"

namespace aloft::scheduler {

// What a filter says about a node. A refusal always has a reason, in words for the pod's owner; reasons are
// views into the node, the plugin or its state, and hold for the cycle.
class Verdict {
 public:
  static Verdict fits() { return Verdict(); }
  // The node would fit if other pods were not there.
  static Verdict refused(std::string_view reason) { return Verdict(Kind::refused, reason); }
  // Whatever pods are on it, the node does not fit.
  static Verdict never(std::string_view reason) { return Verdict(Kind::never, reason); }

  bool is_fit() const { return kind_ == Kind::fits; }
  bool is_never() const { return kind_ == Kind::never; }
  // A further reason for the same refusal.
  void add(std::string_view reason) {
    ensure(!is_fit() && !reason.empty(), "a reason belongs to a refusal");
    more_.push_back(reason);
  }
  void make_never() { kind_ = Kind::never; }
  template <class F>
  void for_each_reason(const F& f) const {
    if (is_fit()) return;
    f(first_);
    for (const std::string_view reason : more_) f(reason);
  }

 private:
  enum class Kind : std::uint8_t { fits, refused, never };
  Verdict() = default;
  Verdict(Kind kind, std::string_view reason) : kind_(kind), first_(reason) {
    ensure(!reason.empty(), "a refusal has a reason");
  }

  Kind kind_ = Kind::fits;
  std::string_view first_;
  std::vector<std::string_view> more_;
};

// What a plugin knows about one pod in one cycle.
class PluginState {
 public:
  virtual ~PluginState() = default;
};

// The result of looking at a pod before its nodes.
struct Preparation {
  // The plugin has nothing to say about this pod; no node is shown to it.
  static Preparation skip() { return Preparation{true, nullptr}; }
  static Preparation go_on(std::unique_ptr<PluginState> state = nullptr) {
    return Preparation{false, std::move(state)};
  }
  bool skipped = false;
  std::unique_ptr<PluginState> state;
};

// Decides which nodes a pod may run on.
class Filter {
 public:
  virtual ~Filter() = default;
  virtual std::string_view name() const = 0;
  virtual Preparation prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const = 0;
  // `state` is what prepare_filter gave, or null.
  virtual Verdict filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const = 0;
  // What may turn a refusal of this filter into a fit.
  virtual Events wakes_on() const = 0;
};

// Tells how well a node suits a pod that fits it.
class Score {
 public:
  virtual ~Score() = default;
  virtual std::string_view name() const = 0;
  virtual Preparation prepare_score(const PodInfo& pod, const Snapshot& snapshot,
                                    std::span<const NodeInfo* const> fitting) const = 0;
  virtual double score(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const = 0;
  // Brings the scores of all fitting nodes to 0..100, 100 being best. Those of most plugins are that already.
  virtual void normalise(std::span<double> scores) const;
};

inline void Score::normalise(std::span<double>) const {}

// The best gets 100, the others their share of it; all 0 stay 0. `reversed`: the least gets 100.
void normalise_by_largest(std::span<double> scores, bool reversed);

}  // namespace aloft::scheduler
