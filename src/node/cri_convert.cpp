// See cri_convert.h. What matters here are the defaults that the interface leaves to its caller: which paths
// of /proc are hidden, and which namespaces a container shares.
#include "node/cri_convert.h"

#include "base/ensure.h"

namespace aloft::node {

namespace {

std::optional<cri::Int64Value> boxed(const std::optional<std::int64_t>& value) {
  if (!value) return std::nullopt;
  return cri::Int64Value{*value};
}

cri::NamespaceOption namespaces_of(const NamespaceSettings& settings) {
  cri::NamespaceOption option;
  option.network = settings.host_network ? cri::namespace_node : cri::namespace_pod;
  option.ipc = settings.host_ipc ? cri::namespace_node : cri::namespace_pod;
  option.pid = cri::namespace_container;
  if (settings.host_pid) option.pid = cri::namespace_node;
  if (settings.share_processes) option.pid = cri::namespace_pod;
  if (!settings.target_container.empty()) {
    option.pid = cri::namespace_target;
    option.target_id = settings.target_container;
  }
  return option;
}

cri::SecurityProfile seccomp_of(const SeccompSettings& settings) {
  cri::SecurityProfile profile;
  switch (settings.profile) {
    case SeccompSettings::Profile::unconfined:
      profile.profile_type = cri::profile_unconfined;
      break;
    case SeccompSettings::Profile::runtime_default:
      profile.profile_type = cri::profile_runtime_default;
      break;
    case SeccompSettings::Profile::localhost:
      profile.profile_type = cri::profile_localhost;
      profile.localhost_ref = settings.localhost_path;
      break;
  }
  return profile;
}

// What a container must not see of the kernel unless it asks for it; the runtime hides nothing by itself.
std::vector<std::string> hidden_paths() {
  return {"/proc/asound",
          "/proc/acpi",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap"};
}
std::vector<std::string> frozen_paths() {
  return {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
}

cri::LinuxContainerSecurityContext security_of(const ContainerConfig& config) {
  cri::LinuxContainerSecurityContext security;
  if (!config.add_capabilities.empty() || !config.drop_capabilities.empty()) {
    security.capabilities.emplace();
    security.capabilities->add_capabilities = config.add_capabilities;
    security.capabilities->drop_capabilities = config.drop_capabilities;
  }
  security.privileged = config.privileged;
  security.namespace_options = namespaces_of(config.namespaces);
  security.run_as_user = boxed(config.run_as_user);
  security.run_as_username = config.run_as_user_name;
  security.run_as_group = boxed(config.run_as_group);
  security.readonly_rootfs = config.read_only_root;
  security.supplemental_groups = config.supplemental_groups;
  security.no_new_privs = config.no_new_privileges;
  security.seccomp = seccomp_of(config.seccomp);
  if (!config.unmask_proc && !config.privileged) {
    security.masked_paths = hidden_paths();
    security.readonly_paths = frozen_paths();
  }
  return security;
}

std::int32_t protocol_of(HostPort::Protocol protocol) {
  switch (protocol) {
    case HostPort::Protocol::tcp:
      return cri::protocol_tcp;
    case HostPort::Protocol::udp:
      return cri::protocol_udp;
    case HostPort::Protocol::sctp:
      return cri::protocol_sctp;
  }
  return cri::protocol_tcp;
}

WallTime time_of(std::int64_t nanoseconds) {
  return WallTime{Duration(std::max<std::int64_t>(nanoseconds, 0))};
}

std::string label(const StringMap& labels, std::string_view key) {
  const auto found = labels.find(std::string(key));
  return found == labels.end() ? std::string() : found->second;
}

Container::State state_of(std::int32_t state) {
  switch (state) {
    case cri::container_created:
      return Container::State::created;
    case cri::container_running:
      return Container::State::running;
    case cri::container_exited:
      return Container::State::exited;
    default:
      return Container::State::unknown;
  }
}

template <class Message>
Sandbox sandbox_of(const Message& message) {
  Sandbox sandbox;
  sandbox.id = message.id;
  sandbox.labels = message.labels;
  sandbox.annotations = message.annotations;
  sandbox.ready = message.state == cri::sandbox_ready;
  sandbox.created = time_of(message.created_at);
  if (message.metadata) {
    sandbox.pod_name = message.metadata->name;
    sandbox.pod_uid = message.metadata->uid;
    sandbox.ns = message.metadata->namespace_;
    sandbox.attempt = message.metadata->attempt;
  }
  return sandbox;
}

template <class Message>
Container container_of(const Message& message) {
  Container container;
  container.id = message.id;
  container.labels = message.labels;
  container.annotations = message.annotations;
  container.state = state_of(message.state);
  container.created = time_of(message.created_at);
  container.image_id = message.image_ref;
  if (message.image) container.image = message.image->image;
  if (message.metadata) {
    container.name = message.metadata->name;
    container.attempt = message.metadata->attempt;
  }
  return container;
}

std::uint64_t value_of(const std::optional<cri::UInt64Value>& boxed_value) {
  return boxed_value ? boxed_value->value : 0;
}

}  // namespace

cri::PodSandboxConfig to_message(const SandboxConfig& config) {
  cri::PodSandboxConfig message;
  message.metadata.emplace();
  message.metadata->name = config.pod_name;
  message.metadata->uid = config.pod_uid;
  message.metadata->namespace_ = config.ns;
  message.metadata->attempt = config.attempt;
  message.hostname = config.hostname;
  message.log_directory = config.log_directory;
  message.dns_config.emplace();
  message.dns_config->servers = config.dns.servers;
  message.dns_config->searches = config.dns.searches;
  message.dns_config->options = config.dns.options;
  for (const HostPort& port : config.ports) {
    cri::PortMapping& mapping = message.port_mappings.emplace_back();
    mapping.protocol = protocol_of(port.protocol);
    mapping.container_port = port.container_port;
    mapping.host_port = port.host_port;
    mapping.host_ip = port.host_ip;
  }
  message.labels = config.labels;
  message.annotations = config.annotations;
  cri::LinuxPodSandboxConfig& machine = message.linux_.emplace();
  machine.cgroup_parent = config.cgroup_parent;
  machine.sysctls = config.sysctls;
  cri::LinuxSandboxSecurityContext& security = machine.security_context.emplace();
  security.namespace_options = namespaces_of(config.namespaces);
  security.run_as_user = boxed(config.run_as_user);
  security.run_as_group = boxed(config.run_as_group);
  security.supplemental_groups = config.supplemental_groups;
  security.privileged = config.privileged;
  security.seccomp = seccomp_of(config.seccomp);
  return message;
}

cri::LinuxResources to_message(const ResourceLimits& limits) {
  cri::LinuxResources message;
  message.cpu_shares = limits.cpu_shares;
  message.cpu_quota = limits.cpu_quota_micros;
  message.cpu_period = limits.cpu_period_micros;
  message.memory_limit_in_bytes = limits.memory_bytes;
  message.oom_score_adj = limits.oom_score_adjust;
  return message;
}

cri::ContainerConfig to_message(const ContainerConfig& config) {
  cri::ContainerConfig message;
  message.metadata.emplace();
  message.metadata->name = config.name;
  message.metadata->attempt = config.attempt;
  message.image.emplace();
  message.image->image = config.image;
  message.command = config.command;
  message.args = config.arguments;
  message.working_dir = config.working_directory;
  for (const auto& [name, value] : config.environment) message.envs.push_back({name, value});
  for (const MountConfig& mount : config.mounts) {
    cri::Mount& entry = message.mounts.emplace_back();
    entry.container_path = mount.container_path;
    entry.host_path = mount.host_path;
    entry.readonly = mount.read_only;
    if (mount.propagation == MountConfig::Propagation::from_host) {
      entry.propagation = cri::propagation_host_to_container;
    } else if (mount.propagation == MountConfig::Propagation::both) {
      entry.propagation = cri::propagation_both;
    }
  }
  for (const std::string& device : config.devices) message.devices.push_back({device, device, "rwm"});
  message.labels = config.labels;
  message.annotations = config.annotations;
  message.log_path = config.log_path;
  message.stdin_ = config.standard_input;
  message.stdin_once = config.standard_input_once;
  message.tty = config.terminal;
  message.linux_.emplace();
  message.linux_->resources = to_message(config.limits);
  message.linux_->security_context = security_of(config);
  return message;
}

Sandbox from_message(const cri::PodSandbox& message) { return sandbox_of(message); }

Sandbox from_message(const cri::PodSandboxStatus& message) {
  Sandbox sandbox = sandbox_of(message);
  if (message.network && !message.network->ip.empty()) {
    sandbox.ips.push_back(message.network->ip);
    for (const cri::PodIp& more : message.network->additional_ips) sandbox.ips.push_back(more.ip);
  }
  return sandbox;
}

Container from_message(const cri::Container& message) {
  Container container = container_of(message);
  container.sandbox_id = message.pod_sandbox_id;
  return container;
}

Container from_message(const cri::ContainerStatus& message) {
  Container container = container_of(message);
  container.started = time_of(message.started_at);
  container.finished = time_of(message.finished_at);
  container.exit_code = message.exit_code;
  container.reason = message.reason;
  container.message = message.message;
  container.log_path = message.log_path;
  return container;
}

ImageInfo from_message(const cri::Image& message) {
  ImageInfo image;
  image.id = message.id;
  image.tags = message.repo_tags;
  image.digests = message.repo_digests;
  image.size_bytes = message.size;
  if (message.uid) image.uid = message.uid->value;
  image.user = message.username;
  return image;
}

ContainerUsage from_message(const cri::ContainerStats& message) {
  ContainerUsage usage;
  if (message.attributes) {
    usage.id = message.attributes->id;
    usage.name = label(message.attributes->labels, label_container_name);
    usage.pod_uid = label(message.attributes->labels, label_pod_uid);
    usage.pod_name = label(message.attributes->labels, label_pod_name);
    usage.ns = label(message.attributes->labels, label_pod_ns);
  }
  if (message.cpu) {
    usage.at = time_of(message.cpu->timestamp);
    usage.cpu_nanoseconds = value_of(message.cpu->usage_core_nano_seconds);
  }
  if (message.memory) {
    usage.memory_working_set_bytes = value_of(message.memory->working_set_bytes);
    usage.memory_bytes = value_of(message.memory->usage_bytes);
    usage.memory_rss_bytes = value_of(message.memory->rss_bytes);
  }
  if (message.writable_layer) usage.disk_bytes = value_of(message.writable_layer->used_bytes);
  return usage;
}

}  // namespace aloft::node
