// The node role: makes this machine a node of the cluster and runs the pods that are bound to it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "client/client.h"
#include "http/tls.h"
#include "io/epoll_loop.h"
#include "io/net.h"
#include "node/containerd.h"
#include "node/log_archive.h"

namespace aloft::node {

struct AgentSettings {
  std::string name;  // of the node
  NodePaths paths;
  std::vector<std::string> addresses;  // of this machine; the first is the one that the API connects to
  io::Address listen;                  // of the agent's own server; port 0: any
  std::shared_ptr<const http::TlsContext> tls;  // of that server, with the cluster's authority for clients
  std::string version;                          // reported as kubeletVersion
  std::string pod_cidr = "10.244.0.0/24";
  std::vector<std::string> dns_servers;  // of the cluster
  std::string cluster_domain = "cluster.local";
  std::string images_folder;                  // images that come with Aloft; empty: none
  std::map<std::string, std::string> labels;  // of the Node object
  LogArchive archive;                         // of lines whose files are gone; may be null
};

// Lives on one loop, which is also the client's.
class NodeAgent {
 public:
  // Starts or finds the container runtime, registers the node, adopts pods that run already; when this
  // resumes, pods can be run. `client`, `clock`, `random` and `metrics` outlive it. Errors say which part
  // failed.
  static io::Task<Result<std::unique_ptr<NodeAgent>>> start(io::EpollLoop& loop, const Clock& clock,
                                                            Random& random, Metrics& metrics,
                                                            client::Client& client, AgentSettings settings);
  virtual ~NodeAgent() = default;
  // Where its server listens.
  virtual const io::Address& address() const = 0;
  virtual std::size_t pods() const = 0;
  // Stops working; pods and the container runtime go on, for the next start to find.
  virtual io::Task<> stop() = 0;
};

}  // namespace aloft::node
