// The field numbers of the container runtime interface's messages: facts of runtime.v1 and of containerd's
// event service, nothing else.
#include "node/cri_messages.h"

DESCRIBE_EMPTY(node::cri::Empty, "")
DESCRIBE(node::cri::Int64Value, "", FIELD(value, 1))
DESCRIBE(node::cri::UInt64Value, "", FIELD(value, 1))
DESCRIBE(node::cri::VersionRequest, "", FIELD(version, 1))
DESCRIBE(node::cri::VersionResponse, "", FIELD(version, 1), FIELD(runtime_name, 2), FIELD(runtime_version, 3),
         FIELD(runtime_api_version, 4))
DESCRIBE(node::cri::RuntimeCondition, "", FIELD(type, 1), FIELD(status, 2), FIELD(reason, 3),
         FIELD(message, 4))
DESCRIBE(node::cri::RuntimeStatus, "", FIELD(conditions, 1))
DESCRIBE(node::cri::StatusRequest, "", FIELD(verbose, 1))
DESCRIBE(node::cri::StatusResponse, "", FIELD(status, 1), FIELD(info, 2))
DESCRIBE(node::cri::DnsConfig, "", FIELD(servers, 1), FIELD(searches, 2), FIELD(options, 3))
DESCRIBE(node::cri::PortMapping, "", FIELD(protocol, 1), FIELD(container_port, 2), FIELD(host_port, 3),
         FIELD(host_ip, 4))
DESCRIBE(node::cri::NamespaceOption, "", FIELD(network, 1), FIELD(pid, 2), FIELD(ipc, 3), FIELD(target_id, 4))
DESCRIBE(node::cri::SecurityProfile, "", FIELD(profile_type, 1), FIELD(localhost_ref, 2))
DESCRIBE(node::cri::SelinuxOption, "", FIELD(user, 1), FIELD(role, 2), FIELD(type, 3), FIELD(level, 4))
DESCRIBE(node::cri::LinuxSandboxSecurityContext, "", FIELD(namespace_options, 1), FIELD(selinux_options, 2),
         FIELD(run_as_user, 3), FIELD(readonly_rootfs, 4), FIELD(supplemental_groups, 5),
         FIELD(privileged, 6), FIELD(run_as_group, 8), FIELD(seccomp, 9))
DESCRIBE(node::cri::LinuxResources, "", FIELD(cpu_period, 1), FIELD(cpu_quota, 2), FIELD(cpu_shares, 3),
         FIELD(memory_limit_in_bytes, 4), FIELD(oom_score_adj, 5), FIELD(cpuset_cpus, 6),
         FIELD(cpuset_mems, 7), FIELD(unified, 9))
DESCRIBE(node::cri::LinuxPodSandboxConfig, "", FIELD(cgroup_parent, 1), FIELD(security_context, 2),
         FIELD(sysctls, 3))
DESCRIBE(node::cri::PodSandboxMetadata, "", FIELD(name, 1), FIELD(uid, 2), FIELD(namespace_, 3),
         FIELD(attempt, 4))
DESCRIBE(node::cri::PodSandboxConfig, "", FIELD(metadata, 1), FIELD(hostname, 2), FIELD(log_directory, 3),
         FIELD(dns_config, 4), FIELD(port_mappings, 5), FIELD(labels, 6), FIELD(annotations, 7),
         FIELD(linux_, 8))
DESCRIBE(node::cri::RunPodSandboxRequest, "", FIELD(config, 1), FIELD(runtime_handler, 2))
DESCRIBE(node::cri::PodSandboxId, "", FIELD(pod_sandbox_id, 1))
DESCRIBE(node::cri::PodSandboxStatusRequest, "", FIELD(pod_sandbox_id, 1), FIELD(verbose, 2))
DESCRIBE(node::cri::PodIp, "", FIELD(ip, 1))
DESCRIBE(node::cri::PodSandboxNetworkStatus, "", FIELD(ip, 1), FIELD(additional_ips, 2))
DESCRIBE(node::cri::PodSandboxStatus, "", FIELD(id, 1), FIELD(metadata, 2), FIELD(state, 3),
         FIELD(created_at, 4), FIELD(network, 5), FIELD(labels, 7), FIELD(annotations, 8))
DESCRIBE(node::cri::PodSandboxStatusResponse, "", FIELD(status, 1), FIELD(info, 2))
DESCRIBE(node::cri::SandboxStateValue, "", FIELD(state, 1))
DESCRIBE(node::cri::PodSandboxFilter, "", FIELD(id, 1), FIELD(state, 2), FIELD(label_selector, 3))
DESCRIBE(node::cri::ListPodSandboxRequest, "", FIELD(filter, 1))
DESCRIBE(node::cri::PodSandbox, "", FIELD(id, 1), FIELD(metadata, 2), FIELD(state, 3), FIELD(created_at, 4),
         FIELD(labels, 5), FIELD(annotations, 6))
DESCRIBE(node::cri::ListPodSandboxResponse, "", FIELD(items, 1))
DESCRIBE(node::cri::ImageSpec, "", FIELD(image, 1), FIELD(annotations, 2))
DESCRIBE(node::cri::KeyValue, "", FIELD(key, 1), FIELD(value, 2))
DESCRIBE(node::cri::Mount, "", FIELD(container_path, 1), FIELD(host_path, 2), FIELD(readonly, 3),
         FIELD(selinux_relabel, 4), FIELD(propagation, 5))
DESCRIBE(node::cri::Device, "", FIELD(container_path, 1), FIELD(host_path, 2), FIELD(permissions, 3))
DESCRIBE(node::cri::Capability, "", FIELD(add_capabilities, 1), FIELD(drop_capabilities, 2))
DESCRIBE(node::cri::LinuxContainerSecurityContext, "", FIELD(capabilities, 1), FIELD(privileged, 2),
         FIELD(namespace_options, 3), FIELD(selinux_options, 4), FIELD(run_as_user, 5),
         FIELD(run_as_username, 6), FIELD(readonly_rootfs, 7), FIELD(supplemental_groups, 8),
         FIELD(no_new_privs, 11), FIELD(run_as_group, 12), FIELD(masked_paths, 13), FIELD(readonly_paths, 14),
         FIELD(seccomp, 15))
DESCRIBE(node::cri::LinuxContainerConfig, "", FIELD(resources, 1), FIELD(security_context, 2))
DESCRIBE(node::cri::ContainerMetadata, "", FIELD(name, 1), FIELD(attempt, 2))
DESCRIBE(node::cri::ContainerConfig, "", FIELD(metadata, 1), FIELD(image, 2), FIELD(command, 3),
         FIELD(args, 4), FIELD(working_dir, 5), FIELD(envs, 6), FIELD(mounts, 7), FIELD(devices, 8),
         FIELD(labels, 9), FIELD(annotations, 10), FIELD(log_path, 11), FIELD(stdin_, 12),
         FIELD(stdin_once, 13), FIELD(tty, 14), FIELD(linux_, 15))
DESCRIBE(node::cri::CreateContainerRequest, "", FIELD(pod_sandbox_id, 1), FIELD(config, 2),
         FIELD(sandbox_config, 3))
DESCRIBE(node::cri::ContainerId, "", FIELD(container_id, 1))
DESCRIBE(node::cri::StopContainerRequest, "", FIELD(container_id, 1), FIELD(timeout, 2))
DESCRIBE(node::cri::ContainerStateValue, "", FIELD(state, 1))
DESCRIBE(node::cri::ContainerFilter, "", FIELD(id, 1), FIELD(state, 2), FIELD(pod_sandbox_id, 3),
         FIELD(label_selector, 4))
DESCRIBE(node::cri::ListContainersRequest, "", FIELD(filter, 1))
DESCRIBE(node::cri::Container, "", FIELD(id, 1), FIELD(pod_sandbox_id, 2), FIELD(metadata, 3),
         FIELD(image, 4), FIELD(image_ref, 5), FIELD(state, 6), FIELD(created_at, 7), FIELD(labels, 8),
         FIELD(annotations, 9))
DESCRIBE(node::cri::ListContainersResponse, "", FIELD(containers, 1))
DESCRIBE(node::cri::ContainerStatus, "", FIELD(id, 1), FIELD(metadata, 2), FIELD(state, 3),
         FIELD(created_at, 4), FIELD(started_at, 5), FIELD(finished_at, 6), FIELD(exit_code, 7),
         FIELD(image, 8), FIELD(image_ref, 9), FIELD(reason, 10), FIELD(message, 11), FIELD(labels, 12),
         FIELD(annotations, 13), FIELD(mounts, 14), FIELD(log_path, 15))
DESCRIBE(node::cri::ContainerStatusResponse, "", FIELD(status, 1), FIELD(info, 2))
DESCRIBE(node::cri::UpdateContainerResourcesRequest, "", FIELD(container_id, 1), FIELD(linux_, 2))
DESCRIBE(node::cri::ExecSyncRequest, "", FIELD(container_id, 1), FIELD(cmd, 2), FIELD(timeout, 3))
DESCRIBE(node::cri::ExecSyncResponse, "", FIELD(stdout_, 1), FIELD(stderr_, 2), FIELD(exit_code, 3))
DESCRIBE(node::cri::ExecRequest, "", FIELD(container_id, 1), FIELD(cmd, 2), FIELD(tty, 3), FIELD(stdin_, 4),
         FIELD(stdout_, 5), FIELD(stderr_, 6))
DESCRIBE(node::cri::AttachRequest, "", FIELD(container_id, 1), FIELD(stdin_, 2), FIELD(tty, 3),
         FIELD(stdout_, 4), FIELD(stderr_, 5))
DESCRIBE(node::cri::PortForwardRequest, "", FIELD(pod_sandbox_id, 1), FIELD(port, 2))
DESCRIBE(node::cri::StreamingUrl, "", FIELD(url, 1))
DESCRIBE(node::cri::ContainerAttributes, "", FIELD(id, 1), FIELD(metadata, 2), FIELD(labels, 3),
         FIELD(annotations, 4))
DESCRIBE(node::cri::CpuUsage, "", FIELD(timestamp, 1), FIELD(usage_core_nano_seconds, 2),
         FIELD(usage_nano_cores, 3))
DESCRIBE(node::cri::MemoryUsage, "", FIELD(timestamp, 1), FIELD(working_set_bytes, 2),
         FIELD(available_bytes, 3), FIELD(usage_bytes, 4), FIELD(rss_bytes, 5), FIELD(page_faults, 6),
         FIELD(major_page_faults, 7))
DESCRIBE(node::cri::FilesystemId, "", FIELD(mountpoint, 1))
DESCRIBE(node::cri::FilesystemUsage, "", FIELD(timestamp, 1), FIELD(fs_id, 2), FIELD(used_bytes, 3),
         FIELD(inodes_used, 4))
DESCRIBE(node::cri::ContainerStats, "", FIELD(attributes, 1), FIELD(cpu, 2), FIELD(memory, 3),
         FIELD(writable_layer, 4))
DESCRIBE(node::cri::ContainerStatsFilter, "", FIELD(id, 1), FIELD(pod_sandbox_id, 2),
         FIELD(label_selector, 3))
DESCRIBE(node::cri::ListContainerStatsRequest, "", FIELD(filter, 1))
DESCRIBE(node::cri::ListContainerStatsResponse, "", FIELD(stats, 1))
DESCRIBE(node::cri::NetworkInterfaceUsage, "", FIELD(name, 1), FIELD(rx_bytes, 2), FIELD(rx_errors, 3),
         FIELD(tx_bytes, 4), FIELD(tx_errors, 5))
DESCRIBE(node::cri::NetworkUsage, "", FIELD(timestamp, 1), FIELD(default_interface, 2))
DESCRIBE(node::cri::PodSandboxAttributes, "", FIELD(id, 1), FIELD(metadata, 2))
DESCRIBE(node::cri::LinuxPodSandboxStats, "", FIELD(cpu, 1), FIELD(memory, 2), FIELD(network, 3),
         FIELD(containers, 5))
DESCRIBE(node::cri::PodSandboxStats, "", FIELD(attributes, 1), FIELD(linux_, 2))
DESCRIBE(node::cri::PodSandboxStatsFilter, "", FIELD(id, 1), FIELD(label_selector, 2))
DESCRIBE(node::cri::ListPodSandboxStatsRequest, "", FIELD(filter, 1))
DESCRIBE(node::cri::ListPodSandboxStatsResponse, "", FIELD(stats, 1))
DESCRIBE(node::cri::ImageFilter, "", FIELD(image, 1))
DESCRIBE(node::cri::ListImagesRequest, "", FIELD(filter, 1))
DESCRIBE(node::cri::Image, "", FIELD(id, 1), FIELD(repo_tags, 2), FIELD(repo_digests, 3), FIELD(size, 4),
         FIELD(uid, 5), FIELD(username, 6))
DESCRIBE(node::cri::ListImagesResponse, "", FIELD(images, 1))
DESCRIBE(node::cri::ImageRequest, "", FIELD(image, 1))
DESCRIBE(node::cri::AuthConfig, "", FIELD(username, 1), FIELD(password, 2), FIELD(auth, 3),
         FIELD(server_address, 4), FIELD(identity_token, 5), FIELD(registry_token, 6))
DESCRIBE(node::cri::PullImageRequest, "", FIELD(image, 1), FIELD(auth, 2))
DESCRIBE(node::cri::ImageStatusResponse, "", FIELD(image, 1))
DESCRIBE(node::cri::PullImageResponse, "", FIELD(image_ref, 1))
DESCRIBE(node::cri::ImageFsInfoResponse, "", FIELD(image_filesystems, 1))
DESCRIBE(node::cri::SubscribeRequest, "", FIELD(filters, 1))
DESCRIBE(node::cri::Any, "", FIELD(type_url, 1), FIELD(value, 2))
DESCRIBE(node::cri::EventTimestamp, "", FIELD(seconds, 1), FIELD(nanos, 2))
DESCRIBE(node::cri::EventEnvelope, "", FIELD(timestamp, 1), FIELD(namespace_, 2), FIELD(topic, 3),
         FIELD(event, 4))
DESCRIBE(node::cri::TaskEvent, "", FIELD(container_id, 1), FIELD(id, 2))
