// What pod workers ask of whatever runs containers: sandboxes that hold a pod's namespaces and address,
// containers in them, and images. Implemented by containerd over CRI (cri.h) and in memory for tests
// (testing/fake_runtime.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/task.h"
#include "node/registry_auth.h"

namespace aloft::node {

using StringMap = std::map<std::string, std::string>;

struct HostPort {
  enum class Protocol { tcp, udp, sctp } protocol = Protocol::tcp;
  std::int32_t container_port = 0;
  std::int32_t host_port = 0;
  std::string host_ip;
};

struct DnsSettings {
  std::vector<std::string> servers;
  std::vector<std::string> searches;
  std::vector<std::string> options;
};

// Which namespaces are the machine's instead of the pod's own.
struct NamespaceSettings {
  bool host_network = false;
  bool host_pid = false;
  bool host_ipc = false;
  bool share_processes = false;  // one process namespace for all containers of the pod
  std::string target_container;  // an ephemeral container joins this one's processes; a container id
};

struct SeccompSettings {
  enum class Profile { unconfined, runtime_default, localhost } profile = Profile::unconfined;
  std::string localhost_path;
};

struct SandboxConfig {
  std::string pod_uid;
  std::string pod_name;
  std::string ns;
  std::uint32_t attempt = 0;
  std::string hostname;
  std::string log_directory;
  std::string cgroup_parent;
  DnsSettings dns;
  std::vector<std::string> dns_warnings;  // for people, not for the runtime
  std::vector<HostPort> ports;
  StringMap labels;
  StringMap annotations;
  StringMap sysctls;
  NamespaceSettings namespaces;
  SeccompSettings seccomp;
  std::optional<std::int64_t> run_as_user;
  std::optional<std::int64_t> run_as_group;
  std::vector<std::int64_t> supplemental_groups;
  bool privileged = false;
};

struct MountConfig {
  std::string container_path;
  std::string host_path;
  bool read_only = false;
  enum class Propagation { none, from_host, both } propagation = Propagation::none;
  bool operator==(const MountConfig&) const = default;
};

// Limits in the kernel's units; 0 leaves the kernel's default.
struct ResourceLimits {
  std::int64_t cpu_shares = 0;
  std::int64_t cpu_quota_micros = 0;  // per cpu_period_micros
  std::int64_t cpu_period_micros = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t oom_score_adjust = 0;
  bool operator==(const ResourceLimits&) const = default;
};

struct ContainerConfig {
  std::string name;
  std::uint32_t attempt = 0;
  std::string image;                 // as imageRef() of the image that was found, or its name
  std::vector<std::string> command;  // empty: the image's entrypoint
  std::vector<std::string> arguments;
  std::string working_directory;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<MountConfig> mounts;
  std::vector<std::string> devices;  // host paths, mapped to the same path
  StringMap labels;
  StringMap annotations;
  std::string log_path;  // below the sandbox's log directory
  bool standard_input = false;
  bool standard_input_once = false;
  bool terminal = false;
  ResourceLimits limits;
  NamespaceSettings namespaces;
  SeccompSettings seccomp;
  bool privileged = false;
  bool read_only_root = false;
  bool no_new_privileges = false;
  std::vector<std::string> add_capabilities;
  std::vector<std::string> drop_capabilities;
  std::optional<std::int64_t> run_as_user;
  std::string run_as_user_name;  // in place of a number, as the image knows it
  std::optional<std::int64_t> run_as_group;
  std::vector<std::int64_t> supplemental_groups;
  bool unmask_proc = false;
};

// A sandbox as the runtime knows it.
struct Sandbox {
  std::string id;
  std::string pod_uid;
  std::string pod_name;
  std::string ns;
  std::uint32_t attempt = 0;
  bool ready = false;
  WallTime created;
  std::vector<std::string> ips;  // empty with the machine's network
  StringMap labels;
  StringMap annotations;
};

// A container as the runtime knows it. Times are zero when they have not come yet.
struct Container {
  enum class State { created, running, exited, unknown };
  std::string id;
  std::string sandbox_id;
  std::string name;
  std::uint32_t attempt = 0;
  State state = State::created;
  std::string image;
  std::string image_id;
  WallTime created;
  WallTime started;
  WallTime finished;
  std::int32_t exit_code = 0;
  std::string reason;  // "Completed", "Error", "OOMKilled", "StartError", "ContainerCannotRun"
  std::string message;
  std::string log_path;
  StringMap labels;
  StringMap annotations;
};

// Everything that the runtime has of one pod, newest first.
struct RuntimePod {
  std::vector<Sandbox> sandboxes;
  std::vector<Container> containers;
};

struct ImageInfo {
  std::string id;
  std::vector<std::string> tags;
  std::vector<std::string> digests;
  std::uint64_t size_bytes = 0;
  std::optional<std::int64_t> uid;  // the image's user, when numeric
  std::string user;                 // the image's user, when named
};

struct ExecResult {
  int code = 0;
  std::string output;  // stdout, then stderr
};

struct ContainerUsage {
  std::string id;
  std::string name;
  std::string pod_uid;
  std::string pod_name;
  std::string ns;
  WallTime at;
  std::uint64_t cpu_nanoseconds = 0;  // since the container started
  std::uint64_t memory_working_set_bytes = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_rss_bytes = 0;
  std::uint64_t disk_bytes = 0;
};

struct RuntimeVersion {
  std::string name;
  std::string version;
};

// Lives on one loop; calls may overlap. Errors: unavailable while the runtime does not answer, not_found, and
// what the runtime says otherwise.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual io::Task<Result<RuntimeVersion>> version() = 0;
  // Error: unavailable, saying what is missing, while containers or their network cannot be started.
  virtual io::Task<Result<>> check_ready() = 0;

  // The uids of all pods that have a sandbox or a container, with what `list` can tell without details.
  virtual io::Task<Result<std::map<std::string, RuntimePod>>> list_pods() = 0;
  // One pod in full.
  virtual io::Task<Result<RuntimePod>> inspect_pod(std::string pod_uid) = 0;

  virtual io::Task<Result<std::string>> run_sandbox(SandboxConfig config) = 0;
  // Stops its containers and gives its address back. Idempotent.
  virtual io::Task<Result<>> stop_sandbox(std::string id) = 0;
  virtual io::Task<Result<>> remove_sandbox(std::string id) = 0;

  virtual io::Task<Result<std::string>> create_container(std::string sandbox_id, ContainerConfig config,
                                                         SandboxConfig sandbox) = 0;
  virtual io::Task<Result<>> start_container(std::string id) = 0;
  // Asks it to end, and kills it after `grace`. Resumes when it has ended. Idempotent.
  virtual io::Task<Result<>> stop_container(std::string id, Duration grace) = 0;
  virtual io::Task<Result<>> remove_container(std::string id) = 0;
  virtual io::Task<Result<>> update_limits(std::string id, ResourceLimits limits) = 0;
  virtual io::Task<Result<>> reopen_log(std::string id) = 0;

  // Runs a command inside and collects its output. Error: timeout.
  virtual io::Task<Result<ExecResult>> exec(std::string id, std::vector<std::string> command,
                                            Duration timeout) = 0;
  // Where to open the streams of an exec, attach or port-forward session: an http URL of the runtime's own
  // streaming server, good for one use.
  struct StreamOptions {
    std::vector<std::string> command;
    bool terminal = false;
    bool input = false;
    bool output = false;
    bool error = false;
  };
  virtual io::Task<Result<std::string>> exec_url(std::string id, StreamOptions options) = 0;
  virtual io::Task<Result<std::string>> attach_url(std::string id, StreamOptions options) = 0;
  virtual io::Task<Result<std::string>> port_forward_url(std::string sandbox_id,
                                                         std::vector<std::int32_t> ports) = 0;

  virtual io::Task<Result<std::vector<ContainerUsage>>> usage() = 0;

  // nullopt when the image is not on this machine.
  virtual io::Task<Result<std::optional<ImageInfo>>> find_image(std::string name) = 0;
  virtual io::Task<Result<std::vector<ImageInfo>>> list_images() = 0;
  virtual io::Task<Result<std::string>> pull_image(std::string name, std::optional<RegistryAuth> auth) = 0;
  virtual io::Task<Result<>> remove_image(std::string name) = 0;

  // Called with the id of a container or sandbox whenever one started or ended; with an empty id when some
  // may have been missed. One listener.
  virtual void on_change(std::function<void(const std::string& id)> listener) = 0;
};

// Labels on every sandbox and container: how a pod is found again after a restart of this process.
inline constexpr std::string_view label_pod_name = "io.kubernetes.pod.name";
inline constexpr std::string_view label_pod_ns = "io.kubernetes.pod.namespace";
inline constexpr std::string_view label_pod_uid = "io.kubernetes.pod.uid";
inline constexpr std::string_view label_container_name = "io.kubernetes.container.name";

}  // namespace aloft::node
