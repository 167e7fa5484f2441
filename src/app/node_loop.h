// The loop of the node role, on a thread of its own: the pod network, service rules, DNS, and the agent that
// runs pods.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/control_plane.h"
#include "base/metrics.h"
#include "base/result.h"
#include "io/loop_thread.h"
#include "node/log_archive.h"

namespace aloft::app {

struct NodeLoopSettings {
  std::string data_dir;
  std::string node_name;
  std::string pod_range;  // of this node
  std::string service_range;
  std::string dns_address;  // of the service kube-dns
  std::string cluster_domain;
  std::string images_folder;           // images that come with Aloft
  std::vector<std::string> addresses;  // of this machine, the reachable one first
  // Makes the archive of log lines whose files are gone, for the node's loop; may be null.
  std::function<node::LogArchive(io::Loop& home)> make_archive;
};

// Made and destroyed on the main loop; what it holds lives on its own.
class NodeLoop {
 public:
  // Makes the bridge of the pod network, so that others can listen on its address. Error: what could not be
  // made.
  static io::Task<Result<std::unique_ptr<NodeLoop>>> prepare(io::EpollLoop& main, NodeLoopSettings settings);
  NodeLoop(io::EpollLoop& main, NodeLoopSettings settings);  // for prepare()
  ~NodeLoop();
  NodeLoop(const NodeLoop&) = delete;
  NodeLoop& operator=(const NodeLoop&) = delete;

  // Resumes when pods can run here.
  io::Task<Result<>> start(const Clock& clock, Metrics& metrics, ControlPlane& plane,
                           const ClusterKeys& keys);
  // Stops working; pods go on.
  io::Task<> stop();
  // The address of the bridge, which is the gateway of pods.
  std::string gateway() const;

 private:
  struct Parts;
  io::Task<Result<>> make_network();
  io::Task<Result<>> build(const Clock& clock, Metrics& metrics, ControlPlane& plane,
                           std::shared_ptr<const http::TlsContext> tls);
  io::Task<> clear();

  io::EpollLoop& main_;
  NodeLoopSettings settings_;
  io::LoopThread thread_;
  std::unique_ptr<Parts> parts_;  // touched on the thread's loop only
};

// Removes what the network of this data directory made on the machine.
io::Task<Result<>> remove_network(io::EpollLoop& loop, const std::string& data_dir);

}  // namespace aloft::app
