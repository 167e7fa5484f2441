// The ready list and the timer heap that every loop shares.
#include "io/loop.h"

#include "base/ensure.h"

namespace aloft::io {

TimerNode::~TimerNode() {
  if (armed()) loop_->disarm(*this);
}

Loop::Loop() { ready_.previous_ = ready_.next_ = &ready_; }

Loop::~Loop() {
  // Nodes that outlive the loop must not reach back into it.
  while (anything_ready()) ready_.next_->unlink();
  for (TimerNode* node : timers_) node->index_ = TimerNode::npos;
  ready_.previous_ = ready_.next_ = nullptr;
}

bool Loop::run_ready() {
  if (!anything_ready()) return false;
  // A fence marks the end of this turn: nodes linked while running stand behind it.
  ReadyNode fence;
  fence.link_before(ready_);
  while (ready_.next_ != &fence) {
    ReadyNode* node = ready_.next_;
    node->unlink();
    node->handle.resume();
  }
  return true;
}

bool Loop::run_timers(Time now) {
  const std::uint64_t armed_before = sequence_;
  bool ran = false;
  while (!timers_.empty() && timers_.front()->at_ <= now && timers_.front()->sequence_ < armed_before) {
    TimerNode* node = timers_.front();
    disarm(*node);
    node->handle.resume();
    ran = true;
  }
  return ran;
}

void Loop::arm(TimerNode& node, Time at) {
  ensure(!node.armed(), "a timer is armed once");
  node.loop_ = this;
  node.at_ = at;
  node.sequence_ = sequence_++;
  timers_.push_back(&node);
  node.index_ = timers_.size() - 1;
  sift_up(node.index_);
}

void Loop::disarm(TimerNode& node) {
  const std::size_t index = node.index_;
  ensure(index < timers_.size() && timers_[index] == &node, "a timer is disarmed on the loop that armed it");
  node.index_ = TimerNode::npos;
  TimerNode* last = timers_.back();
  timers_.pop_back();
  if (last == &node) return;
  place(index, last);
  sift_up(index);
  sift_down(last->index_);
}

bool Loop::before(std::size_t a, std::size_t b) const {
  const TimerNode& x = *timers_[a];
  const TimerNode& y = *timers_[b];
  return x.at_ != y.at_ ? x.at_ < y.at_ : x.sequence_ < y.sequence_;
}

void Loop::place(std::size_t index, TimerNode* node) {
  timers_[index] = node;
  node->index_ = index;
}

void Loop::sift_up(std::size_t index) {
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!before(index, parent)) return;
    TimerNode* child = timers_[index];
    place(index, timers_[parent]);
    place(parent, child);
    index = parent;
  }
}

void Loop::sift_down(std::size_t index) {
  for (;;) {
    std::size_t least = index;
    for (std::size_t child = 2 * index + 1; child <= 2 * index + 2; ++child) {
      if (child < timers_.size() && before(child, least)) least = child;
    }
    if (least == index) return;
    TimerNode* parent = timers_[index];
    place(index, timers_[least]);
    place(least, parent);
    index = least;
  }
}

}  // namespace aloft::io
