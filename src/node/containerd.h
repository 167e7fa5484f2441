// The private containerd of one data directory: its own root, state, socket and configuration, apart from any
// other containerd of the machine. It outlives this process, so that containers keep running while Aloft
// restarts.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/process.h"
#include "io/scope.h"

namespace aloft::node {

// Where everything of a node lives below the data directory. A value; paths are absolute.
struct NodePaths {
  explicit NodePaths(std::string data_directory);
  std::string data;        // as given
  std::string containerd;  // its root, state, configuration and log
  std::string socket;      // of containerd; elsewhere when the data directory's name is too long for a socket
  std::string cni;         // net.d/ and the addresses that host-local has given out
  std::string pods;        // volumes and hosts files, a folder for each pod uid
  std::string logs;        // container logs, a folder for each pod
  std::string images;      // archives that are being built
  std::string cgroup;      // the parent of every pod's cgroup: "/aloft-0123456789abcdef"
  std::string bridge;      // the network device of the pod network, at most 15 characters
};

struct ContainerdSettings {
  std::string pause_image = "aloft.local/pause:1";
  std::string cni_plugins = "/usr/lib/cni";
};

// The text of containerd's config.toml for these paths.
std::string containerd_configuration(const NodePaths& paths, const ContainerdSettings& settings);

// Starts and supervises. Lives on one loop. Destroying it leaves containerd running.
class Containerd {
 public:
  Containerd(io::EpollLoop& loop, NodePaths paths, ContainerdSettings settings = {});

  // Takes over the one that a previous process of this data directory left behind, unless its configuration
  // is another one now, or starts a new one; resumes when it answers. From then on it is started again
  // whenever it ends. Error: unavailable with the last lines of its log.
  io::Task<Result<>> start();
  // Ends it and waits until it is gone. Containers go on.
  io::Task<> stop();
  pid_t pid() const { return pid_; }

 private:
  io::Task<Result<>> launch();
  io::Task<Result<>> await_answer();
  io::Task<> supervise();

  io::EpollLoop& loop_;
  NodePaths paths_;
  ContainerdSettings settings_;
  std::unique_ptr<io::Child> child_;  // null when taken over
  pid_t pid_ = 0;
  io::Scope scope_;
};

// Removes everything that was made for this data directory on this machine: pods with their addresses,
// containerd, mounts, cgroups, the bridge, and the folders of NodePaths. Idempotent. Error: what could not be
// removed.
io::Task<Result<>> remove_node(io::EpollLoop& loop, NodePaths paths);

}  // namespace aloft::node
