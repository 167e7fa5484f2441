// The Node object of this machine: what it has, what it is, and how it is.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/kinds/core/v1/node.h"
#include "node/runtime.h"

namespace aloft::node {

// What this machine is, read once (but for memory and disk).
struct MachineFacts {
  std::string host_name;
  std::string machine_id;
  std::string system_uuid;
  std::string boot_id;
  std::string kernel;
  std::string os_image;
  std::string architecture;  // "amd64"
  std::int64_t cpus = 1;
  std::int64_t memory_bytes = 0;
  std::int64_t memory_available_bytes = 0;
  std::int64_t disk_bytes = 0;
  std::int64_t disk_available_bytes = 0;
  std::int64_t processes = 0;
  std::int64_t process_limit = 0;
};
// `path` lies on the disk that pods use. Blocks for some small files.
MachineFacts read_machine_facts(const std::string& path);

struct NodeFacts {
  std::string name;
  std::vector<std::string> addresses;  // the first is the one that others use
  std::int32_t agent_port = 0;
  std::string version;  // of Aloft, as Kubernetes versions look: "v1.32.0+aloft"
  std::string pod_cidr;
  std::map<std::string, std::string> labels;
  std::int64_t pod_limit = 110;
  MachineFacts machine;
  RuntimeVersion runtime;
  std::string trouble;  // why pods cannot be started; empty when they can
  std::vector<ImageInfo> images;
};

core::v1::ResourceList capacity_of(const NodeFacts& facts);
// As it is registered.
core::v1::Node make_node(const NodeFacts& facts, WallTime now);
// `old` gives the times of conditions that have not changed.
core::v1::NodeStatus make_node_status(const NodeFacts& facts, const core::v1::NodeStatus& old, WallTime now);

}  // namespace aloft::node
