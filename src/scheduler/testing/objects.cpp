// Objects with as little in them as the scheduler looks at.
#include "scheduler/testing/objects.h"

#include "base/ensure.h"

namespace aloft::scheduler {
namespace {

model::Quantity amount(std::string_view text) {
  auto parsed = model::Quantity::parse(text);
  ensure(parsed.has_value(), "the test writes quantities");
  return *parsed;
}

}  // namespace

core::v1::Node make_node(std::string name, std::string_view cpu, std::string_view memory) {
  core::v1::Node node;
  node.metadata.labels["kubernetes.io/hostname"] = name;
  node.metadata.name = std::move(name);
  auto& allocatable = node.status.allocatable;
  allocatable["cpu"] = amount(cpu);
  allocatable["memory"] = amount(memory);
  allocatable["pods"] = amount("110");
  allocatable["ephemeral-storage"] = amount("100Gi");
  return node;
}

core::v1::Taint make_taint(std::string key, std::string value, std::string effect) {
  core::v1::Taint taint;
  taint.key = std::move(key);
  taint.value = std::move(value);
  taint.effect = std::move(effect);
  return taint;
}

core::v1::Container make_container(const std::map<std::string, std::string>& requests) {
  core::v1::Container container;
  container.name = "main";
  container.image = "hello";
  for (const auto& [name, text] : requests) container.resources.requests[name] = amount(text);
  return container;
}

core::v1::Pod make_pod(std::string name, std::string_view cpu, std::string_view memory) {
  core::v1::Pod pod;
  pod.metadata.namespace_ = "default";
  pod.metadata.name = std::move(name);
  pod.metadata.uid = "uid-of-" + pod.metadata.name;
  pod.spec.schedulerName = "default-scheduler";
  std::map<std::string, std::string> requests;
  if (!cpu.empty()) requests["cpu"] = cpu;
  if (!memory.empty()) requests["memory"] = memory;
  pod.spec.containers.push_back(make_container(requests));
  return pod;
}

core::v1::PodAffinityTerm make_term(std::string label, std::string value, std::string topology_key) {
  core::v1::PodAffinityTerm term;
  meta::v1::LabelSelector selector;
  selector.matchLabels[std::move(label)] = std::move(value);
  term.labelSelector = std::move(selector);
  term.topologyKey = std::move(topology_key);
  return term;
}

SharedPod info_of(core::v1::Pod pod) {
  return std::make_shared<PodInfo>(std::make_shared<const core::v1::Pod>(std::move(pod)));
}

std::shared_ptr<const core::v1::Node> share(core::v1::Node node) {
  return std::make_shared<const core::v1::Node>(std::move(node));
}

}  // namespace aloft::scheduler
