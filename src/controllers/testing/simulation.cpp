// The same runner and informers as in the product, over a server in memory.
#include "controllers/testing/simulation.h"

#include "controllers/pods.h"

namespace aloft::controllers {
namespace {

constexpr Duration start_of_2026 = std::chrono::seconds(1767225600);

bool is_event(const std::string& write) { return write.contains(" events "); }

}  // namespace

Simulation::Simulation() : loop_(WallTime{start_of_2026}) {}

Simulation::~Simulation() = default;

void Simulation::take(std::unique_ptr<client::Controller> controller) {
  ensure(!started_, "controllers are added before the simulation runs");
  runners_.push_back(
      std::make_unique<client::Runner>(loop_, loop_, api_, informers_, *controller, random_, metrics_));
  controllers_.push_back(std::move(controller));
}

void Simulation::start_informers() {
  if (started_) return;
  started_ = true;
  informers_.start();
}

void Simulation::start_runners() {
  start_informers();
  if (running_) return;
  running_ = true;
  for (const auto& runner : runners_) runner->start();
}

client::Plan Simulation::plan(client::Controller& controller, const client::ObjectKey& key) {
  start_informers();
  loop_.settle();
  const client::World world(informers_.all(), loop_.wall());
  auto plan = controller.plan(world, key);
  ensure(plan.has_value(), "the plan succeeds");
  return std::move(*plan);
}

void Simulation::run_for(Duration duration) {
  start_runners();
  loop_.run_for(duration);
}

void Simulation::queue_everything() {
  const client::World world(informers_.all(), loop_.wall());
  for (std::size_t i = 0; i < controllers_.size(); ++i) {
    for (const client::Source& source : controllers_[i]->sources()) {
      if (!source.keys) continue;
      for (const auto& [key, cached] : informers_.of(*source.type).all()) {
        client::Notice notice;
        notice.key = key;
        notice.now = cached.object;
        for (const client::ObjectKey& concerned : source.keys(world, notice)) runners_[i]->add(concerned);
      }
    }
  }
}

std::vector<std::string> Simulation::unrest() {
  api_.clear_calls();
  queue_everything();
  settle();
  std::vector<std::string> writes = api_.writes();
  std::erase_if(writes, is_event);
  return writes;
}

void Simulation::remove_object(client::Resource resource, client::ObjectKey key, std::string propagation) {
  client::DeleteOptions options;
  options.propagation = std::move(propagation);
  const auto removed =
      loop_.run_until_done(api_.remove(std::move(resource), std::move(key), std::move(options)));
  ensure(removed.has_value(), "the removal succeeds");
}

bool Simulation::run_pod(core::v1::Pod pod) {
  if (pod.metadata.deletionTimestamp) {
    api_.erase<core::v1::Pod>(client::ObjectKey(pod.metadata.namespace_, pod.metadata.name));
    return true;
  }
  if (is_ready(pod) || is_finished(pod)) return false;
  if (pod.spec.nodeName.empty()) pod.spec.nodeName = "node-1";
  pod.status.phase = "Running";
  ++addresses_;
  pod.status.podIP = fmt::format("10.0.{}.{}", addresses_ / 250, addresses_ % 250 + 1);
  pod.status.podIPs.assign(1, core::v1::PodIP(pod.status.podIP));
  core::v1::PodCondition ready;
  ready.type = "Ready";
  ready.status = "True";
  ready.lastTransitionTime = now();
  set_condition(pod.status, std::move(ready));
  api_.put(pod);
  return true;
}

int Simulation::run_pods(int limit) {
  int touched = 0;
  for (core::v1::Pod& pod : api_.all<core::v1::Pod>()) {
    if (touched == limit) break;
    if (run_pod(std::move(pod))) ++touched;
  }
  return touched;
}

std::vector<std::string> Simulation::events(std::string_view reason) const {
  std::vector<core::v1::Event> events = api_.all<core::v1::Event>();
  std::erase_if(events, [reason](const auto& event) { return event.reason != reason; });
  std::ranges::sort(events, {}, [](const auto& event) { return std::stoll(event.metadata.uid.substr(24)); });
  std::vector<std::string> messages;
  for (const auto& event : events) {
    messages.push_back(event.count > 1 ? fmt::format("{} *{}", event.message, event.count) : event.message);
  }
  return messages;
}

}  // namespace aloft::controllers
