// The smallest objects that controllers take for whole.
#include "controllers/testing/objects.h"

namespace aloft::controllers {
namespace {

core::v1::PodTemplateSpec template_of(const std::string& app) {
  core::v1::PodTemplateSpec pattern;
  pattern.metadata.labels["app"] = app;
  core::v1::Container container;
  container.name = "main";
  container.image = "hello:1";
  pattern.spec.containers.push_back(std::move(container));
  return pattern;
}

meta::v1::LabelSelector selector_of(const std::string& app) {
  meta::v1::LabelSelector selector;
  selector.matchLabels["app"] = app;
  return selector;
}

core::v1::NodeCondition condition_of(std::string type, std::string status) {
  core::v1::NodeCondition condition;
  condition.type = std::move(type);
  condition.status = std::move(status);
  return condition;
}

}  // namespace

client::ObjectKey in_default(std::string name) { return client::ObjectKey("default", std::move(name)); }

apps::v1::Deployment make_deployment(std::string name, std::int32_t replicas) {
  apps::v1::Deployment deployment;
  deployment.metadata.name = name;
  deployment.metadata.namespace_ = "default";
  deployment.metadata.labels["app"] = name;
  deployment.spec.replicas = replicas;
  deployment.spec.selector = selector_of(name);
  deployment.spec.template_ = template_of(name);
  deployment.spec.strategy.type = "RollingUpdate";
  deployment.spec.strategy.rollingUpdate.emplace();
  deployment.spec.strategy.rollingUpdate->maxSurge = model::IntOrString("25%");
  deployment.spec.strategy.rollingUpdate->maxUnavailable = model::IntOrString("25%");
  deployment.spec.revisionHistoryLimit = 10;
  deployment.spec.progressDeadlineSeconds = 600;
  return deployment;
}

apps::v1::ReplicaSet make_replica_set(std::string name, std::int32_t replicas) {
  apps::v1::ReplicaSet set;
  set.metadata.name = name;
  set.metadata.namespace_ = "default";
  set.spec.replicas = replicas;
  set.spec.selector = selector_of(name);
  set.spec.template_ = template_of(name);
  return set;
}

core::v1::Pod make_pod(std::string name, std::string app) {
  core::v1::Pod pod;
  pod.metadata.name = std::move(name);
  pod.metadata.namespace_ = "default";
  pod.metadata.labels["app"] = app;
  pod.spec = template_of(app).spec;
  pod.status.phase = "Pending";
  return pod;
}

core::v1::Service make_service(std::string name) {
  core::v1::Service service;
  service.metadata.name = name;
  service.metadata.namespace_ = "default";
  service.spec.selector["app"] = name;
  service.spec.clusterIP = "10.96.0.10";
  service.spec.type = "ClusterIP";
  core::v1::ServicePort port;
  port.protocol = "TCP";
  port.port = 80;
  port.targetPort = 8080;
  service.spec.ports.push_back(std::move(port));
  return service;
}

core::v1::Namespace make_namespace(std::string name) {
  core::v1::Namespace space;
  space.metadata.name = std::move(name);
  space.spec.finalizers.emplace_back("kubernetes");
  space.status.phase = "Active";
  return space;
}

core::v1::Node make_node(std::string name) {
  core::v1::Node node;
  node.metadata.name = std::move(name);
  for (const char* pressure : {"MemoryPressure", "DiskPressure", "PIDPressure"}) {
    node.status.conditions.push_back(condition_of(pressure, "False"));
  }
  node.status.conditions.push_back(condition_of("Ready", "True"));
  return node;
}

}  // namespace aloft::controllers
