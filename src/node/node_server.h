// What the API server asks of a node over HTTP: container logs, exec, attach and port-forward, on the paths
// that kubelet's server has. Upgrades (WebSocket or SPDY) end here; the runtime's own streaming server is
// spoken to in turn.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/random.h"
#include "http/handler.h"
#include "io/epoll_loop.h"
#include "node/containerd.h"
#include "node/log_archive.h"
#include "node/pod_worker.h"
#include "node/runtime.h"

namespace aloft::node {

struct NodeServerContext {
  io::EpollLoop& loop;
  const Clock& clock;
  Random& random;
  Runtime& runtime;
  NodePaths paths;
  // The worker of a pod; null when this node has none of that name.
  std::function<const PodWorker*(const std::string& ns, const std::string& name)> find_pod;
  // Every pod of this node, as /pods shows them.
  std::function<std::vector<PodPointer>()> all_pods;
  // Asked for what containers printed whose files are gone; null: they are gone for good.
  LogArchive archive;
};

// GET /healthz
// GET /pods
// GET /stats/summary
// GET /containerLogs/NAMESPACE/POD/CONTAINER?follow&tailLines&sinceSeconds&sinceTime&timestamps&previous
// GET or POST /exec/NAMESPACE/POD/CONTAINER?command&stdin&stdout&stderr&tty
// GET or POST /attach/NAMESPACE/POD/CONTAINER?stdin&stdout&stderr&tty
// GET or POST /portForward/NAMESPACE/POD
// Over TLS only clients whose certificate names the group system:masters are answered, but for /healthz.
class NodeServer final : public http::Handler {
 public:
  explicit NodeServer(NodeServerContext context) : context_(std::move(context)) {}
  io::Task<> handle(http::Request& request, http::Responder& responder) override;

 private:
  struct Place {
    const PodWorker* worker = nullptr;
    const Container* container = nullptr;
  };
  Result<Place> find(const std::vector<std::string>& path, bool needs_container) const;
  io::Task<> send_logs(http::Request& request, http::Responder& responder, std::vector<std::string> path);
  // Answers with what the archive has; false, and no answer, when that is nothing.
  io::Task<bool> send_archived(http::Responder& responder, const Place& place,
                               const std::vector<std::string>& path, std::optional<WallTime> before,
                               const LogOptions& options);
  io::Task<> run_session(http::Request& request, http::Responder& responder, std::vector<std::string> path);
  io::Task<> forward_ports(http::Request& request, http::Responder& responder, std::vector<std::string> path);
  io::Task<> send_pods(http::Responder& responder);
  io::Task<> send_stats(http::Responder& responder);

  NodeServerContext context_;
};

}  // namespace aloft::node
