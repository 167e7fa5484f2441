// What a pod worker needs beside a runtime: the material that pods are made of on this machine, somebody to
// run probes and hooks, and somebody to report to. The real ones stand in pod_material.h, probe_runner.h and
// pod_reporter.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/task.h"
#include "model/kinds/core/v1/pod.h"
#include "node/pod_plan.h"
#include "node/runtime.h"

namespace aloft::node {

using PodPointer = std::shared_ptr<const core::v1::Pod>;

// Where a container is about to be created.
struct ContainerPlace {
  std::string sandbox_id;
  std::vector<std::string> pod_ips;
  std::uint32_t attempt = 0;
  ImageInfo image;
  std::string target_container_id;  // of an ephemeral container
};

// Folders, volumes, environment: everything that stands on this machine because of a pod. Lives on one loop.
class PodMaterial {
 public:
  virtual ~PodMaterial() = default;
  // Makes the pod's folders and mounts its volumes, or brings their content up to date. Idempotent. Error:
  // not_found or invalid, saying which volume waits for what.
  virtual io::Task<Result<>> prepare(PodPointer pod) = 0;
  virtual io::Task<Result<SandboxConfig>> sandbox(PodPointer pod, std::uint32_t attempt) = 0;
  // Error: what the configuration refers to and does not exist.
  virtual io::Task<Result<ContainerConfig>> container(PodPointer pod, std::string name,
                                                      ContainerPlace place) = 0;
  // What the pod's imagePullSecrets hold for an image, and the names of those that could not be read.
  struct PullSecrets {
    std::vector<RegistryAuth> auth;
    std::vector<std::string> missing;
  };
  virtual io::Task<PullSecrets> pull_secrets(PodPointer pod, std::string image) = 0;
  virtual std::string termination_message(const core::v1::Pod& pod, const Container& ended) = 0;
  // Unmounts and removes. Idempotent; works from the uid alone.
  virtual io::Task<Result<>> clean_up(std::string uid) = 0;
};

// One probe or one hook.
class ProbeRunner {
 public:
  virtual ~ProbeRunner() = default;
  struct Target {
    std::string container_id;
    std::string pod_ip;
    const core::v1::Container* container = nullptr;  // for named ports; outlives the call
  };
  struct Outcome {
    bool good = false;
    std::string output;
  };
  virtual io::Task<Outcome> probe(Target target, core::v1::ProbeHandler handler, Duration timeout) = 0;
  virtual io::Task<Outcome> hook(Target target, core::v1::LifecycleHandler handler, Duration timeout) = 0;
};

// Tells the world. announce() returns at once.
class PodReporter {
 public:
  virtual ~PodReporter() = default;
  struct Note {
    std::string field_path;  // "spec.containers{web}" or empty
    bool warning = false;
    std::string reason;
    std::string message;
  };
  virtual void announce(const core::v1::Pod& pod, Note note) = 0;
  // Error: not_found when the API no longer has this pod.
  virtual io::Task<Result<>> write_status(PodPointer pod, core::v1::PodStatus status) = 0;
  // Takes a pod that has ended after its deletion out of the API.
  virtual io::Task<Result<>> remove_pod(PodPointer pod) = 0;
};

}  // namespace aloft::node
