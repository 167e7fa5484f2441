// See node_object.h.
#include "node/node_object.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "io/file.h"
#include "node/eviction.h"

namespace aloft::node {

namespace {

using core::v1::NodeCondition;
using model::Quantity;

constexpr std::size_t image_limit = 50;  // reported

std::string first_line(const std::string& path) {
  auto text = io::read_file(path);
  if (!text) return {};
  return text->substr(0, text->find('\n'));
}

std::int64_t meminfo(const std::string& text, std::string_view name) {
  const std::size_t at = text.find(std::string(name) + ":");
  if (at == std::string::npos) return 0;
  return std::atoll(text.c_str() + at + name.size() + 1) * 1024;
}

std::string os_name() {
  const std::string text = io::read_file("/etc/os-release").value_or("");
  constexpr std::string_view key = "PRETTY_NAME=\"";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return "Linux";
  return text.substr(at + key.size(), text.find('"', at + key.size()) - at - key.size());
}

NodeCondition condition(const core::v1::NodeStatus& old, WallTime now, std::string type, bool is,
                        std::string reason, std::string message) {
  NodeCondition made;
  made.type = std::move(type);
  made.status = is ? "True" : "False";
  made.reason = std::move(reason);
  made.message = std::move(message);
  made.lastHeartbeatTime = model::Timestamp(now);
  made.lastTransitionTime = model::Timestamp(now);
  for (const NodeCondition& known : old.conditions) {
    if (known.type == made.type && known.status == made.status)
      made.lastTransitionTime = known.lastTransitionTime;
  }
  return made;
}

std::vector<NodeCondition> conditions_of(const NodeFacts& facts, const core::v1::NodeStatus& old,
                                         WallTime now) {
  const MachineFacts& machine = facts.machine;
  const bool low_memory = is_low_on_memory(machine);
  const bool low_disk = is_low_on_disk(machine);
  const bool low_pids = machine.process_limit > 0 && machine.processes > machine.process_limit * 9 / 10;
  std::vector<NodeCondition> all;
  all.push_back(low_memory ? condition(old, now, "MemoryPressure", true, "KubeletHasInsufficientMemory",
                                       "kubelet has insufficient memory available")
                           : condition(old, now, "MemoryPressure", false, "KubeletHasSufficientMemory",
                                       "kubelet has sufficient memory available"));
  all.push_back(low_disk ? condition(old, now, "DiskPressure", true, "KubeletHasDiskPressure",
                                     "kubelet has disk pressure")
                         : condition(old, now, "DiskPressure", false, "KubeletHasNoDiskPressure",
                                     "kubelet has no disk pressure"));
  all.push_back(low_pids ? condition(old, now, "PIDPressure", true, "KubeletHasInsufficientPID",
                                     "kubelet has insufficient PID available")
                         : condition(old, now, "PIDPressure", false, "KubeletHasSufficientPID",
                                     "kubelet has sufficient PID available"));
  all.push_back(facts.trouble.empty()
                    ? condition(old, now, "Ready", true, "KubeletReady", "kubelet is posting ready status")
                    : condition(old, now, "Ready", false, "KubeletNotReady", facts.trouble));
  for (const NodeCondition& known : old.conditions) {
    const bool ours =
        std::any_of(all.begin(), all.end(), [&](const NodeCondition& c) { return c.type == known.type; });
    if (!ours) all.push_back(known);
  }
  return all;
}

}  // namespace

MachineFacts read_machine_facts(const std::string& path) {
  MachineFacts facts;
  utsname names{};
  ::uname(&names);
  facts.host_name = names.nodename;
  facts.kernel = names.release;
  facts.architecture = std::string_view(names.machine) == "aarch64" ? "arm64" : "amd64";
  facts.machine_id = first_line("/etc/machine-id");
  facts.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  facts.system_uuid = first_line("/sys/class/dmi/id/product_uuid");
  if (facts.system_uuid.empty()) facts.system_uuid = facts.machine_id;
  facts.os_image = os_name();
  facts.cpus = std::max<std::int64_t>(::sysconf(_SC_NPROCESSORS_ONLN), 1);
  const std::string memory = io::read_file("/proc/meminfo").value_or("");
  facts.memory_bytes = meminfo(memory, "MemTotal");
  facts.memory_available_bytes = meminfo(memory, "MemAvailable");
  struct statvfs disk{};
  if (::statvfs(path.c_str(), &disk) == 0) {
    facts.disk_bytes = static_cast<std::int64_t>(disk.f_blocks * disk.f_frsize);
    facts.disk_available_bytes = static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize);
  }
  const std::string load = first_line("/proc/loadavg");
  if (const std::size_t slash = load.find('/'); slash != std::string::npos) {
    facts.processes = std::atoll(load.c_str() + slash + 1);
  }
  facts.process_limit = std::atoll(first_line("/proc/sys/kernel/pid_max").c_str());
  return facts;
}

core::v1::ResourceList capacity_of(const NodeFacts& facts) {
  core::v1::ResourceList list;
  list["cpu"] = Quantity::from_units(facts.machine.cpus);
  const auto kibi = [](std::int64_t bytes) {
    return Quantity::from_units(bytes / 1024 * 1024, Quantity::Format::binary_si);
  };
  list["memory"] = kibi(facts.machine.memory_bytes);
  list["ephemeral-storage"] = kibi(facts.machine.disk_bytes);
  list["pods"] = Quantity::from_units(facts.pod_limit);
  return list;
}

core::v1::NodeStatus make_node_status(const NodeFacts& facts, const core::v1::NodeStatus& old, WallTime now) {
  core::v1::NodeStatus status;
  status.capacity = capacity_of(facts);
  status.allocatable = status.capacity;
  for (const std::string& address : facts.addresses) status.addresses.push_back({"InternalIP", address});
  status.addresses.push_back({"Hostname", facts.name});
  status.daemonEndpoints.kubeletEndpoint.Port = facts.agent_port;
  const MachineFacts& machine = facts.machine;
  core::v1::NodeSystemInfo& info = status.nodeInfo;
  info.machineID = machine.machine_id;
  info.systemUUID = machine.system_uuid;
  info.bootID = machine.boot_id;
  info.kernelVersion = machine.kernel;
  info.osImage = machine.os_image;
  info.containerRuntimeVersion = facts.runtime.name + "://" + facts.runtime.version;
  info.kubeletVersion = facts.version;
  info.kubeProxyVersion = facts.version;
  info.operatingSystem = "linux";
  info.architecture = machine.architecture;
  std::vector<ImageInfo> images = facts.images;
  std::sort(images.begin(), images.end(),
            [](const ImageInfo& a, const ImageInfo& b) { return a.size_bytes > b.size_bytes; });
  if (images.size() > image_limit) images.resize(image_limit);
  for (const ImageInfo& image : images) {
    core::v1::ContainerImage& listed = status.images.emplace_back();
    listed.names = image.digests;
    listed.names.insert(listed.names.end(), image.tags.begin(), image.tags.end());
    listed.sizeBytes = static_cast<std::int64_t>(image.size_bytes);
  }
  status.conditions = conditions_of(facts, old, now);
  return status;
}

core::v1::Node make_node(const NodeFacts& facts, WallTime now) {
  core::v1::Node node;
  node.metadata.name = facts.name;
  node.metadata.labels = facts.labels;
  for (const char* prefix : {"kubernetes.io/", "beta.kubernetes.io/"}) {
    node.metadata.labels[std::string(prefix) + "os"] = "linux";
    node.metadata.labels[std::string(prefix) + "arch"] = facts.machine.architecture;
  }
  node.metadata.labels["kubernetes.io/hostname"] = facts.name;
  node.spec.podCIDR = facts.pod_cidr;
  if (!facts.pod_cidr.empty()) node.spec.podCIDRs.push_back(facts.pod_cidr);
  node.status = make_node_status(facts, {}, now);
  return node;
}

}  // namespace aloft::node
