// See container_config.h.
#include "node/container_config.h"

#include <fmt/format.h>

namespace aloft::node {

namespace {

constexpr std::int64_t quota_period_micros = 100'000;
constexpr std::int64_t least_shares = 2;
constexpr std::size_t server_limit = 3;  // of every C library
constexpr std::size_t search_limit = 32;
constexpr std::size_t kernel_name_limit = 64;  // HOST_NAME_MAX

std::int64_t milli_of(const core::v1::ResourceList& list, const char* name) {
  const auto found = list.find(name);
  return found == list.end() ? 0 : found->second.milli();
}
std::int64_t units_of(const core::v1::ResourceList& list, const char* name) {
  const auto found = list.find(name);
  return found == list.end() ? 0 : found->second.units();
}

StringMap labels_of(const core::v1::Pod& pod) {
  StringMap labels;
  labels[std::string(label_pod_name)] = pod.metadata.name;
  labels[std::string(label_pod_ns)] = pod.metadata.namespace_;
  labels[std::string(label_pod_uid)] = pod.metadata.uid;
  return labels;
}

SeccompSettings seccomp_of(const core::v1::Pod& pod, const core::v1::SecurityContext* context) {
  const core::v1::SeccompProfile* profile = nullptr;
  if (pod.spec.securityContext && pod.spec.securityContext->seccompProfile) {
    profile = &*pod.spec.securityContext->seccompProfile;
  }
  if (context != nullptr && context->seccompProfile) profile = &*context->seccompProfile;
  SeccompSettings settings;
  if (profile == nullptr) return settings;
  if (profile->type == "RuntimeDefault") settings.profile = SeccompSettings::Profile::runtime_default;
  if (profile->type == "Localhost") {
    settings.profile = SeccompSettings::Profile::localhost;
    settings.localhost_path = "/var/lib/kubelet/seccomp/" + profile->localhostProfile.value_or("");
  }
  return settings;
}

NamespaceSettings namespaces_of(const core::v1::Pod& pod) {
  NamespaceSettings settings;
  settings.host_network = pod.spec.hostNetwork;
  settings.host_pid = pod.spec.hostPID;
  settings.host_ipc = pod.spec.hostIPC;
  settings.share_processes = pod.spec.shareProcessNamespace.value_or(false);
  return settings;
}

HostPort::Protocol protocol_of(const std::string& name) {
  if (name == "UDP") return HostPort::Protocol::udp;
  if (name == "SCTP") return HostPort::Protocol::sctp;
  return HostPort::Protocol::tcp;
}

std::vector<std::string> expanded(const std::vector<std::string>& words, const Environment& environment) {
  std::vector<std::string> out;
  for (const std::string& word : words) out.push_back(expand_variables(word, environment));
  return out;
}

bool is_ephemeral(const core::v1::Pod& pod, const core::v1::Container& container) {
  for (const core::v1::EphemeralContainer& known : pod.spec.ephemeralContainers) {
    if (known.container.name == container.name) return true;
  }
  return false;
}

// Who the processes are, and whether that is allowed.
Result<> set_user(const ContainerInput& input, ContainerConfig& config) {
  const core::v1::SecurityContext* own =
      input.container.securityContext ? &*input.container.securityContext : nullptr;
  std::optional<bool> non_root;
  if (input.pod.spec.securityContext) {
    const core::v1::PodSecurityContext& shared = *input.pod.spec.securityContext;
    config.run_as_user = shared.runAsUser;
    config.run_as_group = shared.runAsGroup;
    config.supplemental_groups = shared.supplementalGroups;
    if (shared.fsGroup) config.supplemental_groups.push_back(*shared.fsGroup);
    non_root = shared.runAsNonRoot;
  }
  if (own != nullptr) {
    if (own->runAsUser) config.run_as_user = own->runAsUser;
    if (own->runAsGroup) config.run_as_group = own->runAsGroup;
    if (own->runAsNonRoot) non_root = own->runAsNonRoot;
  }
  // The runtime takes no group without a user: that of the image stays the one it is.
  if (config.run_as_group && !config.run_as_user) {
    if (input.place.image.user.empty())
      config.run_as_user = input.place.image.uid.value_or(0);
    else
      config.run_as_user_name = input.place.image.user;
  }
  const bool chosen = (own != nullptr && own->runAsUser) ||
                      (input.pod.spec.securityContext && input.pod.spec.securityContext->runAsUser);
  if (!non_root.value_or(false)) return {};
  const std::string where =
      fmt::format("(pod: \"{}_{}({})\", container: {})", input.pod.metadata.name,
                  input.pod.metadata.namespace_, input.pod.metadata.uid, input.container.name);
  if (chosen) {
    if (*config.run_as_user == 0)
      return fail(Code::invalid, "container's runAsUser breaks non-root policy " + where);
    return {};
  }
  const ImageInfo& image = input.place.image;
  if (!image.user.empty()) {
    return fail(Code::invalid,
                fmt::format("container has runAsNonRoot and image has non-numeric user ({}), cannot verify "
                            "user is non-root {}",
                            image.user, where));
  }
  if (image.uid.value_or(0) == 0) {
    return fail(Code::invalid, "container has runAsNonRoot and image will run as root " + where);
  }
  return {};
}

void set_security(const ContainerInput& input, ContainerConfig& config) {
  const core::v1::SecurityContext* own =
      input.container.securityContext ? &*input.container.securityContext : nullptr;
  config.seccomp = seccomp_of(input.pod, own);
  if (own == nullptr) return;
  config.privileged = own->privileged.value_or(false);
  config.read_only_root = own->readOnlyRootFilesystem.value_or(false);
  config.no_new_privileges = !own->allowPrivilegeEscalation.value_or(true);
  config.unmask_proc = own->procMount == "Unmasked";
  if (own->capabilities) {
    config.add_capabilities = own->capabilities->add;
    config.drop_capabilities = own->capabilities->drop;
  }
}

}  // namespace

DnsSettings parse_resolv_conf(std::string_view text) {
  DnsSettings settings;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find_first_of("#;"));
    std::vector<std::string> words;
    while (!line.empty()) {
      const std::size_t from = line.find_first_not_of(" \t\r");
      if (from == std::string_view::npos) break;
      const std::size_t to = std::min(line.find_first_of(" \t\r", from), line.size());
      words.emplace_back(line.substr(from, to - from));
      line.remove_prefix(to);
    }
    if (words.size() < 2) continue;
    if (words[0] == "nameserver") settings.servers.push_back(words[1]);
    if (words[0] == "search") settings.searches.assign(words.begin() + 1, words.end());
    if (words[0] == "options") settings.options.assign(words.begin() + 1, words.end());
  }
  return settings;
}

DnsSettings dns_of(const core::v1::Pod& pod, const ClusterFacts& facts) {
  DnsSettings settings;
  const std::string& policy = pod.spec.dnsPolicy;
  const bool cluster_first = policy.empty() || policy == "ClusterFirst" ? !pod.spec.hostNetwork
                                                                        : policy == "ClusterFirstWithHostNet";
  if (policy == "None") {
    // Only what dnsConfig says.
  } else if (cluster_first && !facts.dns_servers.empty()) {
    settings.servers = facts.dns_servers;
    settings.searches = {pod.metadata.namespace_ + ".svc." + facts.cluster_domain,
                         "svc." + facts.cluster_domain, facts.cluster_domain};
    for (const std::string& search : facts.host_dns.searches) settings.searches.push_back(search);
    settings.options = {"ndots:5"};
  } else {
    settings = facts.host_dns;
  }
  if (pod.spec.dnsConfig) {
    const core::v1::PodDNSConfig& own = *pod.spec.dnsConfig;
    const auto append = [](std::vector<std::string>& list, const std::string& text) {
      if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
    };
    for (const std::string& server : own.nameservers) append(settings.servers, server);
    for (const std::string& search : own.searches) append(settings.searches, search);
    for (const core::v1::PodDNSConfigOption& option : own.options) {
      std::erase_if(settings.options, [&option](const std::string& known) {
        return known.substr(0, known.find(':')) == option.name;
      });
      settings.options.push_back(option.value ? option.name + ":" + *option.value : option.name);
    }
  }
  return settings;
}

std::vector<std::string> cut_to_limits(DnsSettings& settings) {
  std::vector<std::string> warnings;
  if (settings.servers.size() > server_limit) {
    settings.servers.resize(server_limit);
    warnings.push_back(
        fmt::format("Nameserver limits were exceeded, some nameservers have been omitted, the applied "
                    "nameserver line is: {}",
                    fmt::join(settings.servers, " ")));
  }
  if (settings.searches.size() > search_limit) {
    settings.searches.resize(search_limit);
    warnings.push_back(
        fmt::format("Search Line limits were exceeded, some search paths have been omitted, "
                    "the applied search line is: {}",
                    fmt::join(settings.searches, " ")));
  }
  return warnings;
}

std::string host_name_of(const core::v1::Pod& pod) {
  std::string name = pod.spec.hostname.empty() ? pod.metadata.name : pod.spec.hostname;
  if (name.size() > 63) name.resize(63);
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  return name;
}

namespace {

std::string full_host_name_of(const core::v1::Pod& pod, const ClusterFacts& facts) {
  return fmt::format("{}.{}.{}.svc.{}", host_name_of(pod), pod.spec.subdomain, pod.metadata.namespace_,
                     facts.cluster_domain);
}

// What the kernel calls the pod.
Result<std::string> kernel_name_of(const core::v1::Pod& pod, const ClusterFacts& facts) {
  if (!pod.spec.setHostnameAsFQDN.value_or(false) || pod.spec.subdomain.empty()) return host_name_of(pod);
  std::string full = full_host_name_of(pod, facts);
  if (full.size() <= kernel_name_limit) return full;
  return fail(
      Code::invalid,
      fmt::format("Failed to construct FQDN from pod hostname and cluster domain, FQDN {} is too long "
                  "({} characters is the max, {} characters requested)",
                  full, kernel_name_limit, full.size()));
}

std::string alias_lines(const core::v1::Pod& pod) {
  std::string out;
  if (!pod.spec.hostAliases.empty()) out += "\n# Entries added by HostAliases.\n";
  for (const core::v1::HostAlias& alias : pod.spec.hostAliases) {
    out += fmt::format("{}\t{}\n", alias.ip, fmt::join(alias.hostnames, "\t"));
  }
  return out;
}

}  // namespace

std::string hosts_file_of(const core::v1::Pod& pod, const std::vector<std::string>& pod_ips,
                          const ClusterFacts& facts) {
  // Programs tell a file that is made for the pod by its first line.
  std::string out =
      "# Kubernetes-managed hosts file.\n"
      "127.0.0.1\tlocalhost\n"
      "::1\tlocalhost ip6-localhost ip6-loopback\n"
      "fe00::0\tip6-localnet\n"
      "fe00::0\tip6-mcastprefix\n"
      "fe00::1\tip6-allnodes\n"
      "fe00::2\tip6-allrouters\n";
  const std::string name = host_name_of(pod);
  for (const std::string& ip : pod_ips) {
    if (pod.spec.subdomain.empty()) {
      out += fmt::format("{}\t{}\n", ip, name);
    } else {
      out += fmt::format("{}\t{}\t{}\n", ip, full_host_name_of(pod, facts), name);
    }
  }
  return out + alias_lines(pod);
}

std::string shared_hosts_file_of(const core::v1::Pod& pod, std::string_view machine_lines) {
  std::string out = "# Kubernetes-managed hosts file (host network).\n";
  out += machine_lines;
  if (!out.ends_with('\n')) out += '\n';
  return out + alias_lines(pod);
}

Result<SandboxConfig> sandbox_config(const core::v1::Pod& pod, std::uint32_t attempt,
                                     const ClusterFacts& facts) {
  SandboxConfig config;
  config.pod_uid = pod.metadata.uid;
  config.pod_name = pod.metadata.name;
  config.ns = pod.metadata.namespace_;
  config.attempt = attempt;
  if (!pod.spec.hostNetwork) {
    TRY(name, kernel_name_of(pod, facts));
    config.hostname = std::move(name);
  }
  config.dns = dns_of(pod, facts);
  config.dns_warnings = cut_to_limits(config.dns);
  config.labels = labels_of(pod);
  for (const auto& [name, value] : pod.metadata.labels) config.labels.emplace(name, value);
  config.namespaces = namespaces_of(pod);
  config.seccomp = seccomp_of(pod, nullptr);
  if (!pod.spec.hostNetwork) {
    for (const core::v1::Container& container : pod.spec.containers) {
      for (const core::v1::ContainerPort& port : container.ports) {
        if (port.hostPort == 0) continue;
        HostPort mapped;
        mapped.protocol = protocol_of(port.protocol);
        mapped.container_port = port.containerPort;
        mapped.host_port = port.hostPort;
        mapped.host_ip = port.hostIP;
        config.ports.push_back(std::move(mapped));
      }
    }
  }
  for (const auto* list : {&pod.spec.containers, &pod.spec.initContainers}) {
    for (const core::v1::Container& container : *list) {
      if (container.securityContext && container.securityContext->privileged.value_or(false))
        config.privileged = true;
    }
  }
  if (pod.spec.securityContext) {
    const core::v1::PodSecurityContext& shared = *pod.spec.securityContext;
    config.run_as_user = shared.runAsUser;
    // The runtime takes no group without a user, and nothing of the user's runs as the sandbox.
    if (shared.runAsUser) config.run_as_group = shared.runAsGroup;
    config.supplemental_groups = shared.supplementalGroups;
    for (const core::v1::Sysctl& sysctl : shared.sysctls) config.sysctls[sysctl.name] = sysctl.value;
  }
  return config;
}

ResourceLimits limits_of(const core::v1::Pod& pod, const core::v1::Container& container,
                         const ClusterFacts& facts) {
  ResourceLimits limits;
  const auto& wanted = container.resources;
  const std::int64_t request =
      wanted.requests.contains("cpu") ? milli_of(wanted.requests, "cpu") : milli_of(wanted.limits, "cpu");
  limits.cpu_shares = std::max(request * 1024 / 1000, least_shares);
  if (const std::int64_t most = milli_of(wanted.limits, "cpu"); most > 0) {
    limits.cpu_period_micros = quota_period_micros;
    limits.cpu_quota_micros = std::max<std::int64_t>(most * quota_period_micros / 1000, 1000);
  }
  limits.memory_bytes = units_of(wanted.limits, "memory");
  // Who dies first when the machine runs out of memory: pods that asked for nothing, then in proportion to
  // what they asked.
  const std::int64_t memory = units_of(wanted.requests, "memory");
  if (pod.status.qosClass == "Guaranteed") {
    limits.oom_score_adjust = -997;
  } else if (pod.status.qosClass != "Burstable" || facts.memory_capacity_bytes == 0) {
    limits.oom_score_adjust = 1000;
  } else {
    const double share = static_cast<double>(memory) / static_cast<double>(facts.memory_capacity_bytes);
    limits.oom_score_adjust =
        std::clamp<std::int64_t>(1000 - static_cast<std::int64_t>(1000 * share), 3, 999);
  }
  return limits;
}

Result<ContainerConfig> container_config(ContainerInput input) {
  const core::v1::Container& container = input.container;
  ContainerConfig config;
  config.name = container.name;
  config.attempt = input.place.attempt;
  config.image = input.place.image.id.empty() ? container.image : input.place.image.id;
  config.command = expanded(container.command, input.environment);
  config.arguments = expanded(container.args, input.environment);
  config.working_directory = container.workingDir;
  config.mounts = std::move(input.mounts);
  config.labels = labels_of(input.pod);
  config.labels[std::string(label_container_name)] = container.name;
  config.annotations[std::string(annotation_hash)] = container_hash(container);
  config.log_path = log_path_of(container.name, input.place.attempt);
  config.standard_input = container.stdin_;
  config.standard_input_once = container.stdinOnce;
  config.terminal = container.tty;
  config.limits = limits_of(input.pod, container, input.facts);
  config.namespaces = namespaces_of(input.pod);
  if (is_ephemeral(input.pod, container))
    config.namespaces.target_container = input.place.target_container_id;
  TRY_DO(set_user(input, config));
  set_security(input, config);
  config.environment = std::move(input.environment);
  return config;
}

std::string log_path_of(std::string_view container, std::uint32_t attempt) {
  return fmt::format("{}/{}.log", container, attempt);
}
std::string log_folder_of(std::string_view ns, std::string_view name, std::string_view uid) {
  return fmt::format("{}_{}_{}", ns, name, uid);
}

}  // namespace aloft::node
