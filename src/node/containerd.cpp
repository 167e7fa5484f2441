// See containerd.h. The process id in DATA/containerd/pid is believed only while that process runs with our
// configuration file, because ids are used again.
#include "node/containerd.h"

#include <csignal>

#include <fmt/format.h>
#include <sys/un.h>

#include "base/bytes.h"
#include "base/log.h"
#include "io/file.h"
#include "node/cri.h"

namespace aloft::node {

namespace {

const Log log_containerd("node.containerd");
constexpr Duration start_limit = 30s;

std::string text_or_empty(Result<std::string> read) { return read ? std::move(*read) : std::string(); }

// True when the process runs and is containerd with this configuration.
bool runs(pid_t pid, const std::string& configuration_path) {
  if (pid <= 0) return false;
  const std::string status = text_or_empty(io::read_file(fmt::format("/proc/{}/stat", pid)));
  const std::size_t name_end = status.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= status.size() || status[name_end + 2] == 'Z')
    return false;
  const std::string arguments = text_or_empty(io::read_file(fmt::format("/proc/{}/cmdline", pid)));
  return arguments.find(configuration_path) != std::string::npos;
}

pid_t noted_pid(const NodePaths& paths) {
  return static_cast<pid_t>(std::atoi(text_or_empty(io::read_file(paths.containerd + "/pid")).c_str()));
}

std::string last_lines(const std::string& path, std::size_t bytes) {
  std::string text = text_or_empty(io::read_file(path, 256 * 1024 * 1024));
  if (text.size() > bytes) text.erase(0, text.size() - bytes);
  return text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

// A folder below the data directory, or a short one for data directories whose names leave no room in
// sockaddr_un.
std::string socket_folder(const std::string& containerd, const std::string& id) {
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - std::size("/containerd.sock.ttrpc");
  return containerd.size() <= longest ? containerd : "/run/aloft-" + id;
}

}  // namespace

NodePaths::NodePaths(std::string data_directory) : data(std::move(data_directory)) {
  while (data.size() > 1 && data.ends_with('/')) data.pop_back();
  const std::string id = fmt::format("{:016x}", stable_hash(data));
  containerd = data + "/containerd";
  socket = socket_folder(containerd, id) + "/containerd.sock";
  cni = data + "/cni";
  pods = data + "/pods";
  logs = data + "/logs/pods";
  images = data + "/images";
  cgroup = "/aloft-" + id;
  bridge = "aloft" + id.substr(0, 8);
}

std::string containerd_configuration(const NodePaths& paths, const ContainerdSettings& settings) {
  return fmt::format(
      R"(# Written by Aloft at every start.
version = 2
root = {root}
state = {state}
oom_score = 0
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = {socket}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = {pause}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  # A machine without CAP_SYS_RESOURCE cannot lower the out-of-memory score of a process.
  restrict_oom_score_adj = true
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  # Addresses below 1024 and ping without privileges, as containers expect today.
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  netns_mounts_under_state_dir = true
  ignore_image_defined_volumes = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = {plugins}
    conf_dir = {networks}
    max_conf_num = 1
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "runc"
        SystemdCgroup = false
)",
      fmt::arg("root", quoted(paths.containerd + "/root")),
      fmt::arg("state", quoted(paths.containerd + "/state")), fmt::arg("socket", quoted(paths.socket)),
      fmt::arg("pause", quoted(settings.pause_image)), fmt::arg("plugins", quoted(settings.cni_plugins)),
      fmt::arg("networks", quoted(paths.cni + "/net.d")));
}

Containerd::Containerd(io::EpollLoop& loop, NodePaths paths, ContainerdSettings settings)
    : loop_(loop), paths_(std::move(paths)), settings_(std::move(settings)), scope_(loop) {}

io::Task<Result<>> Containerd::start() {
  const std::string configuration_path = paths_.containerd + "/config.toml";
  const std::string wanted = containerd_configuration(paths_, settings_);
  const std::string socket_directory = paths_.socket.substr(0, paths_.socket.rfind('/'));
  for (const std::string& folder : {paths_.containerd, paths_.cni + "/net.d", socket_directory}) {
    TRY_CO_DO(io::make_directories(folder, 0711));
  }
  pid_ = noted_pid(paths_);
  const bool same = text_or_empty(io::read_file(configuration_path)) == wanted;
  if (runs(pid_, configuration_path) && !same) co_await stop();
  if (!same) TRY_CO_DO(io::write_file(configuration_path, wanted));
  if (runs(pid_, configuration_path)) {
    log_containerd.info("found containerd of an earlier start: pid={}", pid_);
  } else {
    auto launched = co_await launch();
    if (!launched) co_return launched;
  }
  auto answered = co_await await_answer();
  if (!answered) co_return answered;
  if (scope_.size() == 0) scope_.spawn(supervise());
  co_return Result<>();
}

io::Task<Result<>> Containerd::launch() {
  io::Command command;
  // setsid does not fork here, so its process id is containerd's. Apart from our session no hang-up reaches
  // it.
  command.arguments = {"setsid", "containerd", "--config", paths_.containerd + "/config.toml"};
  const char* path = std::getenv("PATH");
  command.environment.emplace_back(
      "PATH", std::string(path != nullptr ? path : "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin");
  command.output = io::Command::Output::file;
  command.output_file = paths_.containerd + "/containerd.log";
  command.die_with_parent = false;
  command.new_group = false;
  TRY_CO(child, io::Child::start(loop_, command));
  child->disown();
  child_ = std::move(child);
  pid_ = child_->pid();
  TRY_CO_DO(io::write_file(paths_.containerd + "/pid", fmt::format("{}\n", pid_)));
  log_containerd.info("started containerd: pid={} socket={}", pid_, paths_.socket);
  co_return Result<>();
}

io::Task<Result<>> Containerd::await_answer() {
  const Time limit = loop_.now() + start_limit;
  const std::unique_ptr<Runtime> runtime = make_cri_runtime(loop_, paths_.socket);
  const std::string configuration_path = paths_.containerd + "/config.toml";
  for (;;) {
    auto version = co_await runtime->version();
    if (version) co_return Result<>();
    // Just after its start the process is still setsid or has not yet replaced its arguments; it is ours
    // either way.
    const bool gone = child_ == nullptr ? !runs(pid_, configuration_path) : ::kill(pid_, 0) != 0;
    if (gone || loop_.now() > limit) {
      co_return fail(Code::unavailable,
                     fmt::format("containerd does not answer: {}: {}", version.error().message(),
                                 last_lines(paths_.containerd + "/containerd.log", 600)));
    }
    co_await loop_.sleep(20ms);
  }
}

io::Task<> Containerd::supervise() {
  const std::string configuration_path = paths_.containerd + "/config.toml";
  for (;;) {
    if (child_ != nullptr) {
      co_await child_->wait();
      child_.reset();
    } else {
      while (runs(pid_, configuration_path)) co_await loop_.sleep(2s);
    }
    log_containerd.warning("containerd ended; starting it again");
    auto launched = co_await launch();
    if (launched) launched = co_await await_answer();
    if (!launched) log_containerd.error("{}", launched.error().message());
    co_await loop_.sleep(1s);
  }
}

io::Task<> Containerd::stop() {
  scope_.cancel();
  const std::string configuration_path = paths_.containerd + "/config.toml";
  if (pid_ == 0) pid_ = noted_pid(paths_);
  if (!runs(pid_, configuration_path)) co_return;
  ::kill(pid_, SIGTERM);
  const Time limit = loop_.now() + 10s;
  bool killed = false;
  while (runs(pid_, configuration_path)) {
    if (!killed && loop_.now() > limit) {
      killed = true;
      ::kill(pid_, SIGKILL);
    }
    co_await loop_.sleep(20ms);
  }
  if (child_ != nullptr) co_await child_->wait();
  child_.reset();
  pid_ = 0;
}

}  // namespace aloft::node
