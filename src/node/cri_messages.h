// The messages of the container runtime interface (runtime.v1) that the node speaks with containerd, as
// described structs: the model's protobuf engine encodes them, so nothing is generated. Fields that the node
// never uses are left out; unknown numbers are skipped on the way in. Enumerations are int32, with their
// values named below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/type_info.h"

namespace aloft::node::cri {

using Strings = std::map<std::string, std::string>;

enum NamespaceMode : std::int32_t {
  namespace_pod = 0,
  namespace_container = 1,
  namespace_node = 2,
  namespace_target = 3
};
enum SandboxState : std::int32_t { sandbox_ready = 0, sandbox_not_ready = 1 };
enum ContainerState : std::int32_t {
  container_created = 0,
  container_running = 1,
  container_exited = 2,
  container_unknown = 3
};
enum Propagation : std::int32_t {
  propagation_private = 0,
  propagation_host_to_container = 1,
  propagation_both = 2
};
enum ProfileType : std::int32_t {
  profile_runtime_default = 0,
  profile_unconfined = 1,
  profile_localhost = 2
};
enum PortProtocol : std::int32_t { protocol_tcp = 0, protocol_udp = 1, protocol_sctp = 2 };

struct Empty {};
struct Int64Value {
  std::int64_t value = 0;
};
struct UInt64Value {
  std::uint64_t value = 0;
};

struct VersionRequest {
  std::string version;
};
struct VersionResponse {
  std::string version, runtime_name, runtime_version, runtime_api_version;
};
struct RuntimeCondition {
  std::string type;
  bool status = false;
  std::string reason, message;
};
struct RuntimeStatus {
  std::vector<RuntimeCondition> conditions;
};
struct StatusRequest {
  bool verbose = false;
};
struct StatusResponse {
  std::optional<RuntimeStatus> status;
  Strings info;
};

struct DnsConfig {
  std::vector<std::string> servers, searches, options;
};
struct PortMapping {
  std::int32_t protocol = 0, container_port = 0, host_port = 0;
  std::string host_ip;
};
struct NamespaceOption {
  std::int32_t network = 0, pid = 0, ipc = 0;
  std::string target_id;
};
struct SecurityProfile {
  std::int32_t profile_type = 0;
  std::string localhost_ref;
};
struct SelinuxOption {
  std::string user, role, type, level;
};
struct LinuxSandboxSecurityContext {
  std::optional<NamespaceOption> namespace_options;
  std::optional<SelinuxOption> selinux_options;
  std::optional<Int64Value> run_as_user;
  bool readonly_rootfs = false;
  std::vector<std::int64_t> supplemental_groups;
  bool privileged = false;
  std::optional<Int64Value> run_as_group;
  std::optional<SecurityProfile> seccomp;
};
struct LinuxResources {
  std::int64_t cpu_period = 0, cpu_quota = 0, cpu_shares = 0, memory_limit_in_bytes = 0, oom_score_adj = 0;
  std::string cpuset_cpus, cpuset_mems;
  Strings unified;
};
struct LinuxPodSandboxConfig {
  std::string cgroup_parent;
  std::optional<LinuxSandboxSecurityContext> security_context;
  Strings sysctls;
};
struct PodSandboxMetadata {
  std::string name, uid, namespace_;
  std::uint32_t attempt = 0;
};
struct PodSandboxConfig {
  std::optional<PodSandboxMetadata> metadata;
  std::string hostname, log_directory;
  std::optional<DnsConfig> dns_config;
  std::vector<PortMapping> port_mappings;
  Strings labels, annotations;
  std::optional<LinuxPodSandboxConfig> linux_;
};
struct RunPodSandboxRequest {
  std::optional<PodSandboxConfig> config;
  std::string runtime_handler;
};
struct PodSandboxId {
  std::string pod_sandbox_id;
};  // also the answer of RunPodSandbox
struct PodSandboxStatusRequest {
  std::string pod_sandbox_id;
  bool verbose = false;
};
struct PodIp {
  std::string ip;
};
struct PodSandboxNetworkStatus {
  std::string ip;
  std::vector<PodIp> additional_ips;
};
struct PodSandboxStatus {
  std::string id;
  std::optional<PodSandboxMetadata> metadata;
  std::int32_t state = 0;
  std::int64_t created_at = 0;
  std::optional<PodSandboxNetworkStatus> network;
  Strings labels, annotations;
};
struct PodSandboxStatusResponse {
  std::optional<PodSandboxStatus> status;
  Strings info;
};
struct SandboxStateValue {
  std::int32_t state = 0;
};
struct PodSandboxFilter {
  std::string id;
  std::optional<SandboxStateValue> state;
  Strings label_selector;
};
struct ListPodSandboxRequest {
  std::optional<PodSandboxFilter> filter;
};
struct PodSandbox {
  std::string id;
  std::optional<PodSandboxMetadata> metadata;
  std::int32_t state = 0;
  std::int64_t created_at = 0;
  Strings labels, annotations;
};
struct ListPodSandboxResponse {
  std::vector<PodSandbox> items;
};

struct ImageSpec {
  std::string image;
  Strings annotations;
};
struct KeyValue {
  std::string key, value;
};
struct Mount {
  std::string container_path, host_path;
  bool readonly = false;
  bool selinux_relabel = false;
  std::int32_t propagation = 0;
};
struct Device {
  std::string container_path, host_path, permissions;
};
struct Capability {
  std::vector<std::string> add_capabilities, drop_capabilities;
};
struct LinuxContainerSecurityContext {
  std::optional<Capability> capabilities;
  bool privileged = false;
  std::optional<NamespaceOption> namespace_options;
  std::optional<SelinuxOption> selinux_options;
  std::optional<Int64Value> run_as_user;
  std::string run_as_username;
  bool readonly_rootfs = false;
  std::vector<std::int64_t> supplemental_groups;
  bool no_new_privs = false;
  std::optional<Int64Value> run_as_group;
  std::vector<std::string> masked_paths, readonly_paths;
  std::optional<SecurityProfile> seccomp;
};
struct LinuxContainerConfig {
  std::optional<LinuxResources> resources;
  std::optional<LinuxContainerSecurityContext> security_context;
};
struct ContainerMetadata {
  std::string name;
  std::uint32_t attempt = 0;
};
struct ContainerConfig {
  std::optional<ContainerMetadata> metadata;
  std::optional<ImageSpec> image;
  std::vector<std::string> command, args;
  std::string working_dir;
  std::vector<KeyValue> envs;
  std::vector<Mount> mounts;
  std::vector<Device> devices;
  Strings labels, annotations;
  std::string log_path;
  bool stdin_ = false, stdin_once = false, tty = false;
  std::optional<LinuxContainerConfig> linux_;
};
struct CreateContainerRequest {
  std::string pod_sandbox_id;
  std::optional<ContainerConfig> config;
  std::optional<PodSandboxConfig> sandbox_config;
};
struct ContainerId {
  std::string container_id;
};  // the request of many calls, the answer of CreateContainer
struct StopContainerRequest {
  std::string container_id;
  std::int64_t timeout = 0;
};
struct ContainerStateValue {
  std::int32_t state = 0;
};
struct ContainerFilter {
  std::string id;
  std::optional<ContainerStateValue> state;
  std::string pod_sandbox_id;
  Strings label_selector;
};
struct ListContainersRequest {
  std::optional<ContainerFilter> filter;
};
struct Container {
  std::string id, pod_sandbox_id;
  std::optional<ContainerMetadata> metadata;
  std::optional<ImageSpec> image;
  std::string image_ref;
  std::int32_t state = 0;
  std::int64_t created_at = 0;
  Strings labels, annotations;
};
struct ListContainersResponse {
  std::vector<Container> containers;
};
struct ContainerStatus {
  std::string id;
  std::optional<ContainerMetadata> metadata;
  std::int32_t state = 0;
  std::int64_t created_at = 0, started_at = 0, finished_at = 0;
  std::int32_t exit_code = 0;
  std::optional<ImageSpec> image;
  std::string image_ref, reason, message;
  Strings labels, annotations;
  std::vector<Mount> mounts;
  std::string log_path;
};
struct ContainerStatusResponse {
  std::optional<ContainerStatus> status;
  Strings info;
};
struct UpdateContainerResourcesRequest {
  std::string container_id;
  std::optional<LinuxResources> linux_;
};
struct ExecSyncRequest {
  std::string container_id;
  std::vector<std::string> cmd;
  std::int64_t timeout = 0;
};
struct ExecSyncResponse {
  std::vector<std::byte> stdout_, stderr_;
  std::int32_t exit_code = 0;
};
struct ExecRequest {
  std::string container_id;
  std::vector<std::string> cmd;
  bool tty = false, stdin_ = false, stdout_ = false, stderr_ = false;
};
struct AttachRequest {
  std::string container_id;
  bool stdin_ = false, tty = false, stdout_ = false, stderr_ = false;
};
struct PortForwardRequest {
  std::string pod_sandbox_id;
  std::vector<std::int32_t> port;
};
struct StreamingUrl {
  std::string url;
};

struct ContainerAttributes {
  std::string id;
  std::optional<ContainerMetadata> metadata;
  Strings labels, annotations;
};
struct CpuUsage {
  std::int64_t timestamp = 0;
  std::optional<UInt64Value> usage_core_nano_seconds, usage_nano_cores;
};
struct MemoryUsage {
  std::int64_t timestamp = 0;
  std::optional<UInt64Value> working_set_bytes, available_bytes, usage_bytes, rss_bytes, page_faults,
      major_page_faults;
};
struct FilesystemId {
  std::string mountpoint;
};
struct FilesystemUsage {
  std::int64_t timestamp = 0;
  std::optional<FilesystemId> fs_id;
  std::optional<UInt64Value> used_bytes, inodes_used;
};
struct ContainerStats {
  std::optional<ContainerAttributes> attributes;
  std::optional<CpuUsage> cpu;
  std::optional<MemoryUsage> memory;
  std::optional<FilesystemUsage> writable_layer;
};
struct ContainerStatsFilter {
  std::string id, pod_sandbox_id;
  Strings label_selector;
};
struct ListContainerStatsRequest {
  std::optional<ContainerStatsFilter> filter;
};
struct ListContainerStatsResponse {
  std::vector<ContainerStats> stats;
};
struct NetworkInterfaceUsage {
  std::string name;
  std::optional<UInt64Value> rx_bytes, rx_errors, tx_bytes, tx_errors;
};
struct NetworkUsage {
  std::int64_t timestamp = 0;
  std::optional<NetworkInterfaceUsage> default_interface;
};
struct PodSandboxAttributes {
  std::string id;
  std::optional<PodSandboxMetadata> metadata;
};
struct LinuxPodSandboxStats {
  std::optional<CpuUsage> cpu;
  std::optional<MemoryUsage> memory;
  std::optional<NetworkUsage> network;
  std::vector<ContainerStats> containers;
};
struct PodSandboxStats {
  std::optional<PodSandboxAttributes> attributes;
  std::optional<LinuxPodSandboxStats> linux_;
};
struct PodSandboxStatsFilter {
  std::string id;
  Strings label_selector;
};
struct ListPodSandboxStatsRequest {
  std::optional<PodSandboxStatsFilter> filter;
};
struct ListPodSandboxStatsResponse {
  std::vector<PodSandboxStats> stats;
};

struct ImageFilter {
  std::optional<ImageSpec> image;
};
struct ListImagesRequest {
  std::optional<ImageFilter> filter;
};
struct Image {
  std::string id;
  std::vector<std::string> repo_tags, repo_digests;
  std::uint64_t size = 0;
  std::optional<Int64Value> uid;
  std::string username;
};
struct ListImagesResponse {
  std::vector<Image> images;
};
struct ImageRequest {
  std::optional<ImageSpec> image;
};  // ImageStatus, RemoveImage
struct AuthConfig {
  std::string username, password, auth, server_address, identity_token, registry_token;
};
struct PullImageRequest {
  std::optional<ImageSpec> image;
  std::optional<AuthConfig> auth;
};
struct ImageStatusResponse {
  std::optional<Image> image;
};
struct PullImageResponse {
  std::string image_ref;
};
struct ImageFsInfoResponse {
  std::vector<FilesystemUsage> image_filesystems;
};

// containerd's own event service: what tells us that a container ended without asking every second.
struct SubscribeRequest {
  std::vector<std::string> filters;
};
struct Any {
  std::string type_url;
  std::vector<std::byte> value;
};
struct EventTimestamp {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};
struct EventEnvelope {
  std::optional<EventTimestamp> timestamp;
  std::string namespace_, topic;
  std::optional<Any> event;
};
struct TaskEvent {  // the fields that TaskExit, TaskOOM and TaskStart share
  std::string container_id, id;
};

}  // namespace aloft::node::cri

DECLARE_TYPE(node::cri::Empty)
DECLARE_TYPE(node::cri::Int64Value)
DECLARE_TYPE(node::cri::UInt64Value)
DECLARE_TYPE(node::cri::VersionRequest)
DECLARE_TYPE(node::cri::VersionResponse)
DECLARE_TYPE(node::cri::RuntimeCondition)
DECLARE_TYPE(node::cri::RuntimeStatus)
DECLARE_TYPE(node::cri::StatusRequest)
DECLARE_TYPE(node::cri::StatusResponse)
DECLARE_TYPE(node::cri::DnsConfig)
DECLARE_TYPE(node::cri::PortMapping)
DECLARE_TYPE(node::cri::NamespaceOption)
DECLARE_TYPE(node::cri::SecurityProfile)
DECLARE_TYPE(node::cri::SelinuxOption)
DECLARE_TYPE(node::cri::LinuxSandboxSecurityContext)
DECLARE_TYPE(node::cri::LinuxResources)
DECLARE_TYPE(node::cri::LinuxPodSandboxConfig)
DECLARE_TYPE(node::cri::PodSandboxMetadata)
DECLARE_TYPE(node::cri::PodSandboxConfig)
DECLARE_TYPE(node::cri::RunPodSandboxRequest)
DECLARE_TYPE(node::cri::PodSandboxId)
DECLARE_TYPE(node::cri::PodSandboxStatusRequest)
DECLARE_TYPE(node::cri::PodIp)
DECLARE_TYPE(node::cri::PodSandboxNetworkStatus)
DECLARE_TYPE(node::cri::PodSandboxStatus)
DECLARE_TYPE(node::cri::PodSandboxStatusResponse)
DECLARE_TYPE(node::cri::SandboxStateValue)
DECLARE_TYPE(node::cri::PodSandboxFilter)
DECLARE_TYPE(node::cri::ListPodSandboxRequest)
DECLARE_TYPE(node::cri::PodSandbox)
DECLARE_TYPE(node::cri::ListPodSandboxResponse)
DECLARE_TYPE(node::cri::ImageSpec)
DECLARE_TYPE(node::cri::KeyValue)
DECLARE_TYPE(node::cri::Mount)
DECLARE_TYPE(node::cri::Device)
DECLARE_TYPE(node::cri::Capability)
DECLARE_TYPE(node::cri::LinuxContainerSecurityContext)
DECLARE_TYPE(node::cri::LinuxContainerConfig)
DECLARE_TYPE(node::cri::ContainerMetadata)
DECLARE_TYPE(node::cri::ContainerConfig)
DECLARE_TYPE(node::cri::CreateContainerRequest)
DECLARE_TYPE(node::cri::ContainerId)
DECLARE_TYPE(node::cri::StopContainerRequest)
DECLARE_TYPE(node::cri::ContainerStateValue)
DECLARE_TYPE(node::cri::ContainerFilter)
DECLARE_TYPE(node::cri::ListContainersRequest)
DECLARE_TYPE(node::cri::Container)
DECLARE_TYPE(node::cri::ListContainersResponse)
DECLARE_TYPE(node::cri::ContainerStatus)
DECLARE_TYPE(node::cri::ContainerStatusResponse)
DECLARE_TYPE(node::cri::UpdateContainerResourcesRequest)
DECLARE_TYPE(node::cri::ExecSyncRequest)
DECLARE_TYPE(node::cri::ExecSyncResponse)
DECLARE_TYPE(node::cri::ExecRequest)
DECLARE_TYPE(node::cri::AttachRequest)
DECLARE_TYPE(node::cri::PortForwardRequest)
DECLARE_TYPE(node::cri::StreamingUrl)
DECLARE_TYPE(node::cri::ContainerAttributes)
DECLARE_TYPE(node::cri::CpuUsage)
DECLARE_TYPE(node::cri::MemoryUsage)
DECLARE_TYPE(node::cri::FilesystemId)
DECLARE_TYPE(node::cri::FilesystemUsage)
DECLARE_TYPE(node::cri::ContainerStats)
DECLARE_TYPE(node::cri::ContainerStatsFilter)
DECLARE_TYPE(node::cri::ListContainerStatsRequest)
DECLARE_TYPE(node::cri::ListContainerStatsResponse)
DECLARE_TYPE(node::cri::NetworkInterfaceUsage)
DECLARE_TYPE(node::cri::NetworkUsage)
DECLARE_TYPE(node::cri::PodSandboxAttributes)
DECLARE_TYPE(node::cri::LinuxPodSandboxStats)
DECLARE_TYPE(node::cri::PodSandboxStats)
DECLARE_TYPE(node::cri::PodSandboxStatsFilter)
DECLARE_TYPE(node::cri::ListPodSandboxStatsRequest)
DECLARE_TYPE(node::cri::ListPodSandboxStatsResponse)
DECLARE_TYPE(node::cri::ImageFilter)
DECLARE_TYPE(node::cri::ListImagesRequest)
DECLARE_TYPE(node::cri::Image)
DECLARE_TYPE(node::cri::ListImagesResponse)
DECLARE_TYPE(node::cri::ImageRequest)
DECLARE_TYPE(node::cri::AuthConfig)
DECLARE_TYPE(node::cri::PullImageRequest)
DECLARE_TYPE(node::cri::ImageStatusResponse)
DECLARE_TYPE(node::cri::PullImageResponse)
DECLARE_TYPE(node::cri::ImageFsInfoResponse)
DECLARE_TYPE(node::cri::SubscribeRequest)
DECLARE_TYPE(node::cri::Any)
DECLARE_TYPE(node::cri::EventTimestamp)
DECLARE_TYPE(node::cri::EventEnvelope)
DECLARE_TYPE(node::cri::TaskEvent)
