// Which files hold what the containers of this node print, and the labels that their streams get.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "client/reconcile.h"
#include "io/event.h"
#include "io/scope.h"
#include "model/kinds/core/v1/pod.h"
#include "telemetry/core/labels.h"

namespace aloft::telemetry::discovery {

// One container's folder of log files: attempts are 0.log, 1.log ..., each with its rotated ones beside it.
struct ContainerLogFolder {
  std::string path;
  // namespace, pod, container, node, app, job ("namespace/app", as Loki's agents name it) and service_name.
  Labels labels;
  // Of the entries, not of the stream: pod_uid and the image.
  std::vector<std::pair<std::string, std::string>> fields;
  bool operator==(const ContainerLogFolder&) const = default;
};

// `logs` is the folder that holds one folder for each pod.
std::vector<ContainerLogFolder> log_folders_of(const core::v1::Pod& pod, const std::string& logs);

// Lives on the informers' loop; construct before InformerSet::start().
class PodLogFiles {
 public:
  // Every folder there is. Called on `home` at the start and after changes. An empty `node` has no pods.
  using Update = std::function<void(std::vector<ContainerLogFolder>)>;
  PodLogFiles(io::Loop& loop, client::InformerSet& informers, std::string node, std::string logs,
              io::Loop& home, Update update);
  ~PodLogFiles();
  void start();

 private:
  io::Task<> run();
  void note(const client::Notice& notice);

  io::Loop& loop_;
  client::InformerSet& informers_;
  std::map<client::ObjectKey, std::vector<ContainerLogFolder>> folders_;  // of this node's pods
  std::string node_;
  std::string logs_;
  io::Loop& home_;
  std::shared_ptr<Update> update_;  // called on `home_`
  io::Event changed_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::discovery
