// Moves between the places where a pod can wait.
#include "scheduler/queue.h"

#include "base/ensure.h"

namespace aloft::scheduler {

bool Queue::Before::operator()(const Entry* a, const Entry* b) const {
  if (a->pod->priority != b->pod->priority) return a->pod->priority > b->pod->priority;
  const auto& a_made = a->pod->pod->metadata.creationTimestamp;
  const auto& b_made = b->pod->pod->metadata.creationTimestamp;
  if (a_made != b_made) return a_made < b_made;
  return a->sequence < b->sequence;
}

Queue::Queue(QueueOptions options) : options_(options) {}

Queue::~Queue() = default;

Duration Queue::backoff(int tries) const {
  Duration delay = options_.first_backoff;
  for (int i = 1; i < tries && delay < options_.longest_backoff; ++i) delay *= 2;
  return std::min(delay, options_.longest_backoff);
}

void Queue::take_out(Entry& entry) {
  switch (entry.place) {
    case Place::active:
      active_.erase(&entry);
      break;
    case Place::resting:
      resting_.erase({entry.rests_until, &entry});
      break;
    case Place::parked:
      parked_.erase({entry.parked_until, &entry});
      break;
    case Place::gated:
      --gated_;
      break;
    case Place::out:
      break;
  }
  entry.place = Place::out;
}

// To be tried as soon as its rest is over.
void Queue::activate(Entry& entry, Time now) {
  take_out(entry);
  if (entry.pod->is_gated()) {
    entry.place = Place::gated;
    ++gated_;
  } else if (entry.tries > 0 && now < entry.rests_until) {
    entry.place = Place::resting;
    resting_.insert({entry.rests_until, &entry});
  } else {
    entry.place = Place::active;
    active_.insert(&entry);
  }
}

void Queue::put(SharedPod pod, bool tries_again, Time now) {
  auto& slot = entries_[pod->key];
  if (slot == nullptr) {
    slot = std::make_unique<Entry>();
    slot->sequence = ++sequence_;
    slot->pod = std::move(pod);
    activate(*slot, now);
    return;
  }
  Entry& entry = *slot;
  const Place place = entry.place;
  // What orders the active set may differ in the new state.
  if (place == Place::active) active_.erase(&entry);
  entry.pod = std::move(pod);
  if (place == Place::active) active_.insert(&entry);
  const bool gates_moved = (place == Place::gated) != entry.pod->is_gated();
  if (place != Place::out && (gates_moved || (tries_again && place == Place::parked))) activate(entry, now);
}

void Queue::remove(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  take_out(*found->second);
  entries_.erase(found);
}

SharedPod Queue::pop(Time now) {
  move_due(now);
  if (active_.empty()) return nullptr;
  Entry& entry = **active_.begin();
  take_out(entry);
  ++entry.tries;
  return entry.pod;
}

void Queue::park(const std::string& key, Events wakes_on, Time now) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  take_out(entry);
  entry.rests_until = now + backoff(entry.tries);
  entry.parked_until = now + options_.longest_wait;
  entry.wakes_on = wakes_on;
  entry.place = Place::parked;
  parked_.insert({entry.parked_until, &entry});
  if (entry.pod->is_gated()) activate(entry, now);
}

void Queue::retry(const std::string& key, Time now) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  entry.rests_until = now + backoff(entry.tries);
  activate(entry, now);
}

void Queue::wake(Events events, Time now) {
  if (events.empty()) return;
  std::vector<Entry*> woken;
  for (const auto& [until, entry] : parked_) {
    if (entry->wakes_on.meets(events)) woken.push_back(entry);
  }
  for (Entry* entry : woken) activate(*entry, now);
}

void Queue::move_due(Time now) {
  while (!resting_.empty() && resting_.begin()->first <= now) activate(*resting_.begin()->second, now);
  while (!parked_.empty() && parked_.begin()->first <= now) activate(*parked_.begin()->second, now);
}

SharedPod Queue::find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second->pod;
}

std::optional<Time> Queue::next_due() const {
  if (!active_.empty()) return Time();
  std::optional<Time> due;
  for (const Timed* timed : {&resting_, &parked_}) {
    if (!timed->empty() && (!due || timed->begin()->first < *due)) due = timed->begin()->first;
  }
  return due;
}

Queue::Counts Queue::counts() const {
  Counts counts;
  counts.active = active_.size();
  counts.resting = resting_.size();
  counts.parked = parked_.size();
  counts.gated = gated_;
  counts.out = entries_.size() - counts.active - counts.resting - counts.parked - counts.gated;
  return counts;
}

}  // namespace aloft::scheduler
