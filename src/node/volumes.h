// The volumes of pods on this machine: empty folders, folders of the machine, and files made from ConfigMaps,
// Secrets, tokens and fields of the pod. Everything of a pod stands below one folder named by its uid.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/atomic_folder.h"
#include "node/environment.h"

namespace aloft::node {

// A service account token that a projected volume asks for.
struct TokenWish {
  std::string audience;  // empty: the API's
  std::int64_t seconds = 3600;
  auto operator<=>(const TokenWish&) const = default;
};
using Tokens = std::map<TokenWish, std::string>;

// What the volumes of a pod refer to.
struct VolumeNeeds {
  ConfigNames names;
  std::vector<TokenWish> tokens;
};
VolumeNeeds needs_of_volumes(const core::v1::Pod& pod);

// How one volume is made on this machine; pure data, computed before anything is touched.
struct VolumePlan {
  enum class Kind { empty_folder, memory, host_path, files } kind = Kind::empty_folder;
  std::string name;
  std::string host_path;        // of the folder or file that containers get
  std::string host_type;        // of host_path: "", "Directory", "FileOrCreate", ...
  std::int64_t size_bytes = 0;  // limit of a memory volume; 0: half of the machine's
  FolderFiles files;
  bool in_memory = false;             // files that must not reach a disk
  std::optional<std::int64_t> group;  // fsGroup
};

// Errors: not_found (an object or key is missing and not optional), invalid (this machine has no such kind of
// volume); the message names the volume.
Result<std::vector<VolumePlan>> plan_volumes(const core::v1::Pod& pod, const std::string& pod_folder,
                                             const ConfigSources& sources, const Tokens& tokens,
                                             const PodFacts& facts);

// Makes them. Idempotent; files follow their sources. Blocks. `version` names new sets of files (a time).
Result<> make_volumes(const std::vector<VolumePlan>& volumes, const std::string& version);
// Unmounts what is mounted below and removes the folder. Idempotent. Blocks.
Result<> remove_pod_folder(const std::string& pod_folder);

// The path on this machine of a path inside a volume, made when it is missing and the volume is writable.
// Links that lead out of the volume are refused. Blocks.
Result<std::string> resolve_sub_path(const std::string& volume_path, const std::string& sub_path);

}  // namespace aloft::node
