// A private containerd in a scratch data directory, for tests with real containers. It takes root,
// containerd, runc and the CNI plugins; where one of them is missing the tests are skipped and say so.
#pragma once

#include <memory>
#include <string>

#include "io/epoll_loop.h"
#include "io/pool.h"
#include "node/containerd.h"
#include "node/images.h"
#include "node/runtime.h"

namespace aloft::node {

// Why real containers cannot be run here; empty when they can.
std::string why_no_containers();

// Started by the constructor, with the images that come with Aloft; everything is removed by the destructor.
class RealNode {
 public:
  explicit RealNode(io::EpollLoop& loop);
  ~RealNode();
  RealNode(const RealNode&) = delete;
  RealNode& operator=(const RealNode&) = delete;
  const NodePaths& paths() const { return paths_; }
  Runtime& runtime() { return *runtime_; }
  Images& images() { return *images_; }
  Containerd& containerd() { return *containerd_; }

 private:
  io::EpollLoop& loop_;
  io::Pool pool_;
  NodePaths paths_;
  std::unique_ptr<Containerd> containerd_;
  std::unique_ptr<Images> images_;
  std::unique_ptr<Runtime> runtime_;
};

}  // namespace aloft::node
