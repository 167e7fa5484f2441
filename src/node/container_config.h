// What a container and a sandbox are made of, computed from the pod's spec. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/environment.h"
#include "node/pod_services.h"
#include "node/runtime.h"

namespace aloft::node {

// What the cluster and the machine tell every pod.
struct ClusterFacts {
  std::string cluster_domain = "cluster.local";
  std::vector<std::string> dns_servers;  // the cluster's own
  DnsSettings host_dns;                  // of this machine's resolv.conf
  std::int64_t memory_capacity_bytes = 0;
};

DnsSettings dns_of(const core::v1::Pod& pod, const ClusterFacts& facts);
// Takes away what C libraries would not read; what is left is told in the words returned.
std::vector<std::string> cut_to_limits(DnsSettings& settings);
// The settings of a resolv.conf file.
DnsSettings parse_resolv_conf(std::string_view text);
// The lines of a pod's /etc/hosts.
std::string hosts_file_of(const core::v1::Pod& pod, const std::vector<std::string>& pod_ips,
                          const ClusterFacts& facts);
// The same for a pod on the machine's network: the machine's own lines, and the pod's aliases.
std::string shared_hosts_file_of(const core::v1::Pod& pod, std::string_view machine_lines);
std::string host_name_of(const core::v1::Pod& pod);

// Error: invalid, when setHostnameAsFQDN asks for a name that is longer than the kernel takes.
Result<SandboxConfig> sandbox_config(const core::v1::Pod& pod, std::uint32_t attempt,
                                     const ClusterFacts& facts);

ResourceLimits limits_of(const core::v1::Pod& pod, const core::v1::Container& container,
                         const ClusterFacts& facts);

struct ContainerInput {
  const core::v1::Pod& pod;
  const core::v1::Container& container;
  const ContainerPlace& place;
  const ClusterFacts& facts;
  Environment environment;
  std::vector<MountConfig> mounts;
};
// Error: invalid, when the image's user contradicts runAsNonRoot.
Result<ContainerConfig> container_config(ContainerInput input);

// "CONTAINER/ATTEMPT.log", below the pod's log folder.
std::string log_path_of(std::string_view container, std::uint32_t attempt);
// "NAMESPACE_NAME_UID".
std::string log_folder_of(std::string_view ns, std::string_view name, std::string_view uid);

}  // namespace aloft::node
