// What `aloft down` takes away from a machine: see remove_node() in containerd.h. Pods are removed through
// the runtime first, so that CNI gives addresses back and takes its rules away; what is left then is removed
// by force.
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/log.h"
#include "io/file.h"
#include "node/containerd.h"
#include "node/cri.h"

namespace aloft::node {

namespace {

constexpr Duration cgroup_patience = 5s;

const Log log_remove("node.remove");

// Octal escapes of /proc/self/mountinfo: \040 is a space.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out.push_back(
          static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string word(std::string_view line, std::size_t index) {
  for (; index > 0; --index) line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
  return std::string(line.substr(0, line.find(' ')));
}

void unmount_below(const std::string& folder) {
  auto mounts = io::read_file("/proc/self/mountinfo");
  if (!mounts) return;
  std::vector<std::string> lines = lines_of(*mounts);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    const std::string point = unescape(word(*line, 4));
    if (point.starts_with(folder + "/")) ::umount2(point.c_str(), MNT_DETACH);
  }
}

// Processes whose arguments name something of ours: shims that lost their containerd.
std::vector<pid_t> processes_naming(const std::string& text) {
  std::vector<pid_t> found;
  auto names = io::list_directory("/proc");
  if (!names) return found;
  for (const std::string& name : *names) {
    const int pid = std::atoi(name.c_str());
    if (pid <= 1 || pid == ::getpid()) continue;
    auto arguments = io::read_file(fmt::format("/proc/{}/cmdline", pid));
    if (!arguments || arguments->find("containerd-shim") == std::string::npos) continue;
    if (arguments->find(text) != std::string::npos) found.push_back(pid);
  }
  return found;
}

// True when nothing of it is left.
bool remove_cgroup_tree(const std::string& path) {
  auto names = io::list_directory(path);
  if (!names) return true;
  if (auto members = io::read_file(path + "/cgroup.procs")) {
    for (const std::string& line : lines_of(*members)) {
      if (const int pid = std::atoi(line.c_str()); pid > 1) ::kill(pid, SIGKILL);
    }
  }
  for (const std::string& name : *names) {
    if (io::list_directory(path + "/" + name)) remove_cgroup_tree(path + "/" + name);
  }
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT;
}

bool remove_cgroups(const std::string& cgroup) {
  bool gone = remove_cgroup_tree("/sys/fs/cgroup" + cgroup);
  auto controllers = io::list_directory("/sys/fs/cgroup");
  if (!controllers) return gone;
  for (const std::string& controller : *controllers)
    gone = remove_cgroup_tree("/sys/fs/cgroup/" + controller + cgroup) && gone;
  return gone;
}

io::Task<std::string> command_output(io::EpollLoop& loop, std::vector<std::string> arguments) {
  io::Command command;
  command.arguments = std::move(arguments);
  auto result = co_await io::run_command(loop, std::move(command));
  co_return result && result->status.code == 0 ? std::move(result->output) : std::string();
}

// The portmap plugin leaves its empty chains behind. They go when no port of anybody is mapped any more.
io::Task<> remove_portmap_chains(io::EpollLoop& loop) {
  std::vector<std::string> list{"iptables", "-t", "nat", "-S"};
  const std::string rules = co_await command_output(loop, std::move(list));
  if (rules.find("-N CNI-HOSTPORT-DNAT") == std::string::npos) co_return;
  if (rules.find("-A CNI-HOSTPORT-DNAT") != std::string::npos) co_return;
  std::vector<std::string> chains;
  for (const std::string& line : lines_of(rules)) {
    if (line.starts_with("-N CNI-HOSTPORT-")) chains.push_back(line.substr(3));
    if (!line.starts_with("-A ") || line.find("-j CNI-HOSTPORT-") == std::string::npos) continue;
    std::vector<std::string> remove{"sh", "-c", "iptables -t nat -D " + line.substr(3)};
    co_await command_output(loop, std::move(remove));
  }
  for (const std::string flag : {"-F", "-X"}) {
    for (const std::string& chain : chains) {
      std::vector<std::string> remove{"iptables", "-t", "nat", flag, chain};
      co_await command_output(loop, std::move(remove));
    }
  }
}

io::Task<Result<>> remove_pods(io::EpollLoop& loop, const NodePaths& paths) {
  Containerd containerd(loop, paths);
  auto started = co_await containerd.start();
  if (!started) co_return started;
  const std::unique_ptr<Runtime> runtime = make_cri_runtime(loop, paths.socket);
  auto pods = co_await runtime->list_pods();
  if (!pods) co_return fail(std::move(pods.error()));
  Result<> outcome;
  for (const auto& [uid, pod] : *pods) {
    for (const Container& container : pod.containers) {
      auto stopped = co_await runtime->stop_container(container.id, Duration(0));
      if (!stopped) outcome = stopped;
    }
    for (const Sandbox& sandbox : pod.sandboxes) {
      auto stopped = co_await runtime->stop_sandbox(sandbox.id);
      if (!stopped) outcome = stopped;
      auto removed = co_await runtime->remove_sandbox(sandbox.id);
      if (!removed) outcome = removed;
    }
  }
  co_await containerd.stop();
  co_return outcome;
}

}  // namespace

io::Task<Result<>> remove_node(io::EpollLoop& loop, NodePaths paths) {
  if (io::list_directory(paths.containerd)) {
    auto removed = co_await remove_pods(loop, paths);
    if (!removed) log_remove.warning("removing pods by force: {}", removed.error().message());
    // A containerd that could not be asked still has to go.
    Containerd leftover(loop, paths);
    co_await leftover.stop();
  }
  for (const pid_t shim : processes_naming(paths.socket)) ::kill(shim, SIGKILL);
  // Killed processes leave their groups only when they have ended.
  const Time limit = loop.now() + cgroup_patience;
  while (!remove_cgroups(paths.cgroup) && loop.now() < limit) co_await loop.sleep(20ms);
  unmount_below(paths.data);
  std::vector<std::string> link{"ip", "link", "delete", paths.bridge};
  co_await command_output(loop, std::move(link));
  co_await remove_portmap_chains(loop);
  Result<> outcome;
  const std::string socket_directory = paths.socket.substr(0, paths.socket.rfind('/'));
  const std::vector<std::string> folders{paths.containerd,     paths.cni,    paths.pods,
                                         paths.data + "/logs", paths.images, socket_directory};
  for (const std::string& folder : folders) {
    auto gone = io::remove_tree(folder);
    if (!gone) outcome = gone;
  }
  co_return outcome;
}

}  // namespace aloft::node
