// From what the informers tell to the queue and the cache; from the queue, one pod at a time, to a decision
// and its write.
#include "scheduler/scheduler.h"

#include "client/recorder.h"
#include "model/kinds/core/v1/namespace.h"
#include "scheduler/cache.h"
#include "scheduler/framework/preemption.h"
#include "scheduler/log.h"
#include "scheduler/nominations.h"
#include "scheduler/plugins/all.h"
#include "scheduler/pod_writer.h"

namespace aloft::scheduler {
namespace {

using client::Notice;
using core::v1::Namespace;
using core::v1::Node;
using core::v1::Pod;

template <class T>
std::shared_ptr<const T> as(const std::shared_ptr<const void>& object) {
  return std::static_pointer_cast<const T>(object);
}

bool is_finished(const Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

// What its owner or the API changed, as opposed to what is observed.
bool is_changed(const Pod& old, const Pod& now) {
  return old.metadata.labels != now.metadata.labels || old.spec != now.spec;
}

}  // namespace

struct Scheduler::State {
  State(io::Loop& l, const Clock& clock, client::Client& client, client::InformerSet& i, Random& r,
        Metrics& metrics, SchedulerOptions o)
      : loop(l),
        informers(i),
        random(r),
        options(std::move(o)),
        cycle(default_profile(options.strategy)),
        queue(options.queue),
        recorder(l, clock, client, r, options.name, ""),
        writer(l, clock, client),
        scheduled(attempts(metrics, "scheduled")),
        unschedulable(attempts(metrics, "unschedulable")),
        failed(attempts(metrics, "error")),
        active_pods(pending(metrics, "active")),
        resting_pods(pending(metrics, "backoff")),
        parked_pods(pending(metrics, "unschedulable")),
        gated_pods(pending(metrics, "gated")),
        changed(l),
        bind_ended(l),
        scope(l) {}

  static Counter& attempts(Metrics& metrics, std::string result) {
    return metrics.counter("aloft_scheduler_attempts_total", "Tries to give a pod a node, by how they ended.",
                           {{"result", std::move(result)}});
  }
  static Gauge& pending(Metrics& metrics, std::string queue) {
    return metrics.gauge("aloft_scheduler_pending_pods", "Pods that wait for a node.",
                         {{"queue", std::move(queue)}});
  }

  template <class T>
  void listen(void (State::*handler)(const Notice&));
  void on_node(const Notice& notice);
  void on_namespace(const Notice& notice);
  void on_pod(const Notice& notice);
  void on_pod_gone(const std::string& key);
  void on_waiting_pod(const Pod* old, std::shared_ptr<const Pod> now);
  void wake(Events events);

  io::Task<> run();
  void schedule(SharedPod pod);
  void refuse(SharedPod pod, const Refusal& refusal, std::string room);
  std::string make_room(const SharedPod& pod, Refusal& refusal);
  io::Task<> remove_victim(SharedPod victim, SharedPod pod, std::string node_name);
  io::Task<> bind(SharedPod pod, std::string node_name);
  void on_bind_failure(const SharedPod& pod, const Error& error);
  void announce(const PodInfo& pod, bool warning, std::string reason, std::string message);
  void report();

  io::Loop& loop;
  client::InformerSet& informers;
  Random& random;
  SchedulerOptions options;
  Cache cache;
  Nominations nominations;
  Cycle cycle;
  Queue queue;
  client::EventRecorder recorder;
  PodWriter writer;
  Counter& scheduled;
  Counter& unschedulable;
  Counter& failed;
  Gauge& active_pods;
  Gauge& resting_pods;
  Gauge& parked_pods;
  Gauge& gated_pods;
  std::size_t binds = 0;
  io::WaitList changed;  // the queue may have a pod to try
  io::WaitList bind_ended;
  // Informers outlive the scheduler and keep its handlers; what they hold weakly tells them that it has gone.
  std::shared_ptr<State*> alive = std::make_shared<State*>(this);
  io::Scope scope;
};

template <class T>
void Scheduler::State::listen(void (State::*handler)(const Notice&)) {
  informers.of<T>().add_handler([weak = std::weak_ptr<State*>(alive), handler](const Notice& notice) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    ((*self)->*handler)(notice);
    (*self)->changed.notify_all();
  });
}

void Scheduler::State::wake(Events events) { queue.wake(events, loop.now()); }

void Scheduler::State::on_node(const Notice& notice) {
  if (notice.now == nullptr) {
    wake(cache.remove_node(notice.key.name));
  } else {
    wake(cache.set_node(as<Node>(notice.now)));
  }
}

void Scheduler::State::on_namespace(const Notice& notice) {
  if (notice.now == nullptr) {
    cache.remove_namespace(notice.key.name);
  } else {
    wake(cache.set_namespace(*as<Namespace>(notice.now)));
  }
}

void Scheduler::State::on_pod(const Notice& notice) {
  const auto old = as<Pod>(notice.old);
  const auto now = as<Pod>(notice.now);
  const std::string key = notice.key.to_string();
  // A pod that was replaced between two lists by another of its name is another pod.
  const bool replaced = old != nullptr && now != nullptr && old->metadata.uid != now->metadata.uid;
  if (now == nullptr || is_finished(*now) || replaced) on_pod_gone(key);
  if (now == nullptr || is_finished(*now)) return;
  if (!now->spec.nodeName.empty()) {
    queue.remove(key);
    nominations.remove(key);
    wake(cache.set_pod(std::make_shared<PodInfo>(now)));
  } else if (now->metadata.deletionTimestamp || now->spec.schedulerName != options.name) {
    queue.remove(key);
    nominations.remove(key);
  } else {
    on_waiting_pod(replaced ? nullptr : old.get(), now);
  }
}

void Scheduler::State::on_pod_gone(const std::string& key) {
  queue.remove(key);
  nominations.remove(key);
  wake(cache.remove_pod(key));
}

void Scheduler::State::on_waiting_pod(const Pod* old, std::shared_ptr<const Pod> now) {
  const bool tries_again = old != nullptr && is_changed(*old, *now);
  const auto pod = std::make_shared<PodInfo>(std::move(now));
  queue.put(pod, tries_again, loop.now());
  const std::string& room = pod->pod->status.nominatedNodeName;
  // An earlier run of the scheduler has begun to make room.
  if (old == nullptr && !room.empty()) nominations.set(Nomination{pod, room, {}});
  if (!pod->is_gated()) return;
  writer.set_unscheduled(pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates");
}

io::Task<> Scheduler::State::run() {
  co_await informers.synced();
  for (;;) {
    while (binds >= options.binds_at_once) co_await bind_ended.wait();
    SharedPod pod = queue.pop(loop.now());
    report();
    if (pod != nullptr) {
      schedule(std::move(pod));
      // Others on this loop, and the writes of earlier decisions, get their turn.
      co_await loop.yield();
    } else if (const auto due = queue.next_due()) {
      const bool notified = co_await changed.wait_until(*due);
      static_cast<void>(notified);
    } else {
      co_await changed.wait();
    }
  }
}

void Scheduler::State::schedule(SharedPod pod) {
  nominations.show(*pod, cache.draft());
  Decision decision = cycle.decide(*pod, cache.snapshot(), random);
  std::string room;
  if (decision.node == nullptr) room = make_room(pod, decision.refusal);
  nominations.hide(cache.draft());
  if (decision.node == nullptr) {
    refuse(std::move(pod), decision.refusal, std::move(room));
    return;
  }
  nominations.remove(pod->key);
  cache.assume(pod, decision.node->name());
  ++binds;
  scope.spawn(bind(std::move(pod), decision.node->name()));
}

// `room` is the node on which room is being made for the pod; empty: on none.
void Scheduler::State::refuse(SharedPod pod, const Refusal& refusal, std::string room) {
  unschedulable.add();
  const std::string message = refusal.message(*pod);
  log.debug("pod {}: {}", pod->key, message);
  Events wakes_on = refusal.wakes_on;
  if (!room.empty()) wakes_on.add(EventKind::pod_removed);
  queue.park(pod->key, wakes_on, loop.now());
  announce(*pod, true, "FailedScheduling", message);
  writer.set_unscheduled(std::move(pod), "Unschedulable", message, std::move(room));
}

std::string Scheduler::State::make_room(const SharedPod& pod, Refusal& refusal) {
  if (pod->pod->spec.preemptionPolicy == "Never") return {};
  const Nomination* known = nominations.find(pod->key);
  if (known != nullptr && is_being_cleared(*known, cache.snapshot())) {
    refusal.room_making = RoomMaking::waits;
    return known->node_name;
  }
  nominations.remove(pod->key);
  auto room = find_room(cycle, *pod, cache.draft(), refusal.hopeful);
  if (!room) return {};
  refusal.room_making = RoomMaking::begun;
  for (const SharedPod& victim : room->victims) {
    if (!victim->is_ending()) scope.spawn(remove_victim(victim, pod, room->node->name()));
  }
  nominations.set(Nomination{pod, room->node->name(), std::move(room->victims)});
  return room->node->name();
}

io::Task<> Scheduler::State::remove_victim(SharedPod victim, SharedPod pod, std::string node_name) {
  const Result<> removed = co_await writer.remove_for_another(victim, options.name);
  if (removed) {
    announce(*victim, false, "Preempted",
             fmt::format("Preempted by pod {} on node {}", pod->pod->metadata.uid, node_name));
    co_return;
  }
  // It has gone by itself; the informer will tell.
  const Code code = removed.error().code();
  if (code == Code::not_found || code == Code::conflict) co_return;
  log.warning("pod {} does not make room for {}: {}", victim->key, pod->key, removed.error().message());
  nominations.remove(pod->key);
  wake({EventKind::pod_removed});
  changed.notify_all();
}

io::Task<> Scheduler::State::bind(SharedPod pod, std::string node_name) {
  const Result<> bound = co_await writer.bind(pod, node_name);
  --binds;
  bind_ended.notify_all();
  if (bound) {
    scheduled.add();
    announce(*pod, false, "Scheduled", fmt::format("Successfully assigned {} to {}", pod->key, node_name));
    co_return;
  }
  on_bind_failure(pod, bound.error());
}

void Scheduler::State::on_bind_failure(const SharedPod& pod, const Error& error) {
  failed.add();
  log.debug("pod {}: binding: {}", pod->key, error.message());
  const std::string& uid = pod->pod->metadata.uid;
  wake(cache.forget(pod->key, uid));
  changed.notify_all();
  const SharedPod waiting = queue.find(pod->key);
  if (waiting == nullptr || waiting->pod->metadata.uid != uid) return;
  queue.retry(pod->key, loop.now());
  // The pod has gone or was bound by somebody else; the informer will tell which.
  if (error.code() == Code::not_found || error.code() == Code::conflict) return;
  std::string message = "binding rejected: " + error.message();
  announce(*pod, true, "FailedScheduling", message);
  writer.set_unscheduled(waiting, "SchedulerError", message);
}

void Scheduler::State::announce(const PodInfo& pod, bool warning, std::string reason, std::string message) {
  client::Announcement what;
  what.kind = "Pod";
  what.api_version = "v1";
  what.key = client::ObjectKey(pod.ns(), pod.pod->metadata.name);
  what.uid = pod.pod->metadata.uid;
  what.resource_version = pod.pod->metadata.resourceVersion;
  what.warning = warning;
  what.reason = std::move(reason);
  what.message = std::move(message);
  recorder.announce(std::move(what));
}

void Scheduler::State::report() {
  const Queue::Counts counts = queue.counts();
  active_pods.set(static_cast<double>(counts.active));
  resting_pods.set(static_cast<double>(counts.resting));
  parked_pods.set(static_cast<double>(counts.parked));
  gated_pods.set(static_cast<double>(counts.gated));
}

Scheduler::Scheduler(io::Loop& loop, const Clock& clock, client::Client& client,
                     client::InformerSet& informers, Random& random, Metrics& metrics,
                     SchedulerOptions options)
    : state_(std::make_unique<State>(loop, clock, client, informers, random, metrics, std::move(options))) {
  state_->listen<Namespace>(&State::on_namespace);
  state_->listen<Node>(&State::on_node);
  state_->listen<Pod>(&State::on_pod);
}

Scheduler::~Scheduler() = default;

void Scheduler::start() { state_->scope.spawn(state_->run()); }

Queue::Counts Scheduler::waiting() const { return state_->queue.counts(); }

}  // namespace aloft::scheduler
