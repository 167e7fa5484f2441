// See volumes.h.
#include "node/volumes.h"

#include <climits>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "io/file.h"

namespace aloft::node {

namespace {

using core::v1::KeyToPath;
using core::v1::Volume;

constexpr std::int32_t usual_mode = 0644;

TokenWish wish_of(const core::v1::ServiceAccountTokenProjection& projection) {
  TokenWish wish;
  wish.audience = projection.audience;
  wish.seconds = projection.expirationSeconds.value_or(3600);
  return wish;
}

// Collects the files of one volume.
class FileCollector {
 public:
  FileCollector(const core::v1::Pod& pod, const ConfigSources& sources, const Tokens& tokens,
                const PodFacts& facts, std::int32_t mode)
      : pod_(pod), sources_(sources), tokens_(tokens), facts_(facts), mode_(mode) {}

  Result<> add_config_map(const std::string& name, const std::vector<KeyToPath>& items, bool optional) {
    const auto found = sources_.config_maps.find(name);
    if (found == sources_.config_maps.end() || found->second == nullptr) {
      if (optional) return {};
      return fail(Code::not_found, fmt::format("configmap \"{}\" not found", name));
    }
    std::map<std::string, std::string> data = found->second->data;
    for (const auto& [key, bytes] : found->second->binaryData) data[key] = std::string(as_text(bytes));
    return add_keys(data, items, optional, "configmap");
  }

  Result<> add_secret(const std::string& name, const std::vector<KeyToPath>& items, bool optional) {
    const auto found = sources_.secrets.find(name);
    if (found == sources_.secrets.end() || found->second == nullptr) {
      if (optional) return {};
      return fail(Code::not_found, fmt::format("secret \"{}\" not found", name));
    }
    std::map<std::string, std::string> data;
    for (const auto& [key, bytes] : found->second->data) data[key] = std::string(as_text(bytes));
    return add_keys(data, items, optional, "secret");
  }

  Result<> add_fields(const std::vector<core::v1::DownwardAPIVolumeFile>& items) {
    for (const core::v1::DownwardAPIVolumeFile& item : items) {
      FolderFile file;
      file.mode = item.mode.value_or(mode_);
      if (item.fieldRef) {
        TRY(value, field_value(pod_, item.fieldRef->fieldPath, facts_));
        file.content = std::move(value);
      } else if (item.resourceFieldRef) {
        const core::v1::Container* container = nullptr;
        for (const auto* list : {&pod_.spec.containers, &pod_.spec.initContainers}) {
          for (const core::v1::Container& known : *list) {
            if (known.name == item.resourceFieldRef->containerName) container = &known;
          }
        }
        if (container == nullptr) {
          return fail(Code::invalid,
                      fmt::format("container {} not found", item.resourceFieldRef->containerName));
        }
        TRY(value, resource_value(*container, *item.resourceFieldRef, facts_));
        file.content = std::move(value);
      }
      files_[item.path] = std::move(file);
    }
    return {};
  }

  Result<> add_token(const core::v1::ServiceAccountTokenProjection& projection) {
    const auto found = tokens_.find(wish_of(projection));
    if (found == tokens_.end()) return fail(Code::unavailable, "the service account's token was not issued");
    FolderFile file;
    file.content = found->second;
    // Only the container's own user may read it, and the pod's group: take() adds that. Where that user is
    // not root the file is given to it.
    file.mode = 0600;
    std::optional<std::int64_t> user;
    if (pod_.spec.securityContext) user = pod_.spec.securityContext->runAsUser;
    bool all_same = true;
    for (const core::v1::Container& container : pod_.spec.containers) {
      const bool own = container.securityContext && container.securityContext->runAsUser;
      if (own && user && container.securityContext->runAsUser != user) all_same = false;
      if (own && !user) user = container.securityContext->runAsUser;
      if (!own && !user) all_same = false;
    }
    if (all_same && user)
      file.uid = user;
    else if (!pod_.spec.securityContext || !pod_.spec.securityContext->fsGroup)
      file.mode = 0644;
    files_[projection.path] = std::move(file);
    return {};
  }

  Result<> add_projection(const core::v1::VolumeProjection& source) {
    if (source.secret) {
      return add_secret(source.secret->localObjectReference.name, source.secret->items,
                        source.secret->optional.value_or(false));
    }
    if (source.configMap) {
      return add_config_map(source.configMap->localObjectReference.name, source.configMap->items,
                            source.configMap->optional.value_or(false));
    }
    if (source.downwardAPI) return add_fields(source.downwardAPI->items);
    if (source.serviceAccountToken) return add_token(*source.serviceAccountToken);
    return fail(Code::invalid, "this node has no such projection");
  }

  FolderFiles take(std::optional<std::int64_t> group) {
    for (auto& [path, file] : files_) {
      if (group) file.mode |= 0040;
    }
    return std::move(files_);
  }

 private:
  Result<> add_keys(const std::map<std::string, std::string>& data, const std::vector<KeyToPath>& items,
                    bool optional, std::string_view kind) {
    if (items.empty()) {
      for (const auto& [key, value] : data) files_[key] = FolderFile{value, mode_, {}};
      return {};
    }
    for (const KeyToPath& item : items) {
      const auto found = data.find(item.key);
      if (found == data.end()) {
        if (optional) continue;
        return fail(Code::not_found,
                    kind == "secret"
                        ? fmt::format("references non-existent secret key: {}", item.key)
                        : fmt::format("{} references non-existent config key: {}", kind, item.key));
      }
      files_[item.path] = FolderFile{found->second, item.mode.value_or(mode_), {}};
    }
    return {};
  }

  const core::v1::Pod& pod_;
  const ConfigSources& sources_;
  const Tokens& tokens_;
  const PodFacts& facts_;
  std::int32_t mode_;
  FolderFiles files_;
};

Result<FolderFiles> files_of(const core::v1::Pod& pod, const Volume& volume, const ConfigSources& sources,
                             const Tokens& tokens, const PodFacts& facts, std::optional<std::int64_t> group) {
  const core::v1::VolumeSource& source = volume.volumeSource;
  const std::int32_t mode = source.configMap     ? source.configMap->defaultMode.value_or(usual_mode)
                            : source.secret      ? source.secret->defaultMode.value_or(usual_mode)
                            : source.downwardAPI ? source.downwardAPI->defaultMode.value_or(usual_mode)
                                                 : source.projected->defaultMode.value_or(usual_mode);
  FileCollector collector(pod, sources, tokens, facts, mode);
  if (source.configMap) {
    TRY_DO(collector.add_config_map(source.configMap->localObjectReference.name, source.configMap->items,
                                    source.configMap->optional.value_or(false)));
  } else if (source.secret) {
    TRY_DO(collector.add_secret(source.secret->secretName, source.secret->items,
                                source.secret->optional.value_or(false)));
  } else if (source.downwardAPI) {
    TRY_DO(collector.add_fields(source.downwardAPI->items));
  } else {
    for (const core::v1::VolumeProjection& part : source.projected->sources)
      TRY_DO(collector.add_projection(part));
  }
  return collector.take(group);
}

Result<VolumePlan> plan_volume(const core::v1::Pod& pod, const Volume& volume, const std::string& folder,
                               const ConfigSources& sources, const Tokens& tokens, const PodFacts& facts) {
  const core::v1::VolumeSource& source = volume.volumeSource;
  VolumePlan plan;
  plan.name = volume.name;
  plan.host_path = folder + "/volumes/" + volume.name;
  if (pod.spec.securityContext) plan.group = pod.spec.securityContext->fsGroup;
  if (source.emptyDir) {
    plan.kind =
        source.emptyDir->medium == "Memory" ? VolumePlan::Kind::memory : VolumePlan::Kind::empty_folder;
    if (source.emptyDir->sizeLimit) plan.size_bytes = source.emptyDir->sizeLimit->units();
  } else if (source.hostPath) {
    plan.kind = VolumePlan::Kind::host_path;
    plan.host_path = source.hostPath->path;
    plan.host_type = source.hostPath->type.value_or("");
  } else if (source.configMap || source.secret || source.downwardAPI || source.projected) {
    plan.kind = VolumePlan::Kind::files;
    TRY(files, files_of(pod, volume, sources, tokens, facts, plan.group));
    plan.files = std::move(files);
    // As kubelet does it: whatever may hold secrets or tokens.
    plan.in_memory = !source.configMap;
  } else {
    return fail(Code::invalid,
                "this node has no such kind of volume; emptyDir, hostPath, configMap, secret, projected "
                "and downwardAPI are there");
  }
  return plan;
}

Result<> give_to_group(const std::string& path, std::optional<std::int64_t> group, mode_t mode) {
  if (::chmod(path.c_str(), mode) != 0) return fail(system_error("chmod " + path, errno));
  if (!group) return {};
  if (::chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(*group)) != 0) {
    return fail(system_error("chown " + path, errno));
  }
  if (::chmod(path.c_str(), mode | S_ISGID | 0070U) != 0) return fail(system_error("chmod " + path, errno));
  return {};
}

bool is_mount_point(const std::string& path) {
  struct stat here{};
  struct stat above{};
  return ::stat(path.c_str(), &here) == 0 && ::stat((path + "/..").c_str(), &above) == 0 &&
         here.st_dev != above.st_dev;
}

Result<> make_memory_volume(const VolumePlan& volume) {
  TRY_DO(io::make_directories(volume.host_path, 0755));
  if (is_mount_point(volume.host_path)) return {};
  const std::string options =
      volume.size_bytes > 0 ? fmt::format("size={}", volume.size_bytes) : std::string();
  if (::mount("tmpfs", volume.host_path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    return fail(system_error("mount " + volume.host_path, errno));
  }
  return give_to_group(volume.host_path, volume.group, 0777);
}

// What may stand in a file of this volume must not outlive the power. A folder that has content already is
// one of a container that runs and sees it.
Result<> put_in_memory(const VolumePlan& volume) {
  TRY_DO(io::make_directories(volume.host_path, 0755));
  if (is_mount_point(volume.host_path)) return {};
  const auto names = io::list_directory(volume.host_path);
  if (!names || !names->empty()) return {};
  const int done = ::mount("tmpfs", volume.host_path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "");
  // Who may not mount cannot run containers either; what is left are tests.
  if (done != 0 && errno != EPERM) return fail(system_error("mount " + volume.host_path, errno));
  return {};
}

Result<> check_host_path(const VolumePlan& volume) {
  const std::string& path = volume.host_path;
  const std::string& type = volume.host_type;
  if (type == "DirectoryOrCreate") return io::make_directories(path, 0755);
  struct stat status{};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (type == "FileOrCreate") {
    if (there) return {};
    return io::write_file(path, "", 0644);
  }
  if (type.empty()) {
    if (there) return {};
    return io::make_directories(path, 0755);  // as the runtime would
  }
  struct Kind {
    std::string_view type;
    std::string_view words;
    mode_t bits;
  };
  for (const Kind& kind :
       {Kind{"Directory", "directory", S_IFDIR}, Kind{"File", "file", S_IFREG},
        Kind{"Socket", "socket file", S_IFSOCK}, Kind{"CharDevice", "character device", S_IFCHR},
        Kind{"BlockDevice", "block device", S_IFBLK}}) {
    if (kind.type != type || (there && (status.st_mode & S_IFMT) == kind.bits)) continue;
    return fail(Code::invalid, fmt::format("hostPath type check failed: {} is not a {}", path, kind.words));
  }
  return {};
}

Result<> make_volume(const VolumePlan& volume, const std::string& version) {
  switch (volume.kind) {
    case VolumePlan::Kind::empty_folder: {
      struct stat status{};
      if (::stat(volume.host_path.c_str(), &status) == 0) return {};
      TRY_DO(io::make_directories(volume.host_path, 0777));
      return give_to_group(volume.host_path, volume.group, 0777);
    }
    case VolumePlan::Kind::memory:
      return make_memory_volume(volume);
    case VolumePlan::Kind::host_path:
      return check_host_path(volume);
    case VolumePlan::Kind::files:
      if (volume.in_memory) TRY_DO(put_in_memory(volume));
      return write_atomic_folder(volume.host_path, volume.files, volume.group, version);
  }
  return {};
}

}  // namespace

VolumeNeeds needs_of_volumes(const core::v1::Pod& pod) {
  VolumeNeeds needs;
  for (const Volume& volume : pod.spec.volumes) {
    const core::v1::VolumeSource& source = volume.volumeSource;
    if (source.configMap) needs.names.config_maps.insert(source.configMap->localObjectReference.name);
    if (source.secret) needs.names.secrets.insert(source.secret->secretName);
    if (!source.projected) continue;
    for (const core::v1::VolumeProjection& part : source.projected->sources) {
      if (part.configMap) needs.names.config_maps.insert(part.configMap->localObjectReference.name);
      if (part.secret) needs.names.secrets.insert(part.secret->localObjectReference.name);
      if (part.serviceAccountToken) needs.tokens.push_back(wish_of(*part.serviceAccountToken));
    }
  }
  return needs;
}

Result<std::vector<VolumePlan>> plan_volumes(const core::v1::Pod& pod, const std::string& pod_folder,
                                             const ConfigSources& sources, const Tokens& tokens,
                                             const PodFacts& facts) {
  std::vector<VolumePlan> plans;
  for (const Volume& volume : pod.spec.volumes) {
    auto plan = plan_volume(pod, volume, pod_folder, sources, tokens, facts);
    if (!plan) {
      return fail(plan.error().code(), fmt::format("MountVolume.SetUp failed for volume \"{}\" : {}",
                                                   volume.name, plan.error().message()));
    }
    plans.push_back(std::move(*plan));
  }
  return plans;
}

Result<> make_volumes(const std::vector<VolumePlan>& volumes, const std::string& version) {
  for (const VolumePlan& volume : volumes) {
    auto made = make_volume(volume, version);
    if (!made) {
      return fail(made.error().code(), fmt::format("MountVolume.SetUp failed for volume \"{}\" : {}",
                                                   volume.name, made.error().message()));
    }
  }
  return {};
}

Result<> remove_pod_folder(const std::string& pod_folder) {
  auto names = io::list_directory(pod_folder + "/volumes");
  if (names) {
    for (const std::string& name : *names) {
      const std::string path = pod_folder + "/volumes/" + name;
      if (is_mount_point(path) && ::umount2(path.c_str(), MNT_DETACH) != 0) {
        return fail(system_error("unmount " + path, errno));
      }
    }
  }
  return io::remove_tree(pod_folder);
}

namespace {

// Makes the folders of a path in a volume as open as the volume is; those that are there stay as they are.
Result<> make_like_volume(const std::string& volume, std::string_view path) {
  struct stat root{};
  if (::stat(volume.c_str(), &root) != 0) return fail(system_error(volume, errno));
  const mode_t mode = root.st_mode & 07777U;
  std::string folder = volume;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty()) continue;
    folder += '/';
    folder += name;
    if (::mkdir(folder.c_str(), 0700) != 0) {
      if (errno != EEXIST) return fail(system_error("mkdir " + folder, errno));
      // A link that a container made must not have folders made behind it outside of the volume.
      char real[PATH_MAX];
      if (::realpath(folder.c_str(), real) == nullptr) return fail(system_error(folder, errno));
      if (!(std::string(real) + "/").starts_with(volume + "/"))
        return fail(Code::invalid, fmt::format("{} leads out of the volume", folder));
      continue;
    }
    if (::chmod(folder.c_str(), mode) != 0) return fail(system_error("chmod " + folder, errno));
  }
  return {};
}

}  // namespace

Result<std::string> resolve_sub_path(const std::string& volume_path, const std::string& sub_path) {
  const std::string wanted = volume_path + "/" + sub_path;
  const bool outside = sub_path.starts_with('/') || ("/" + sub_path + "/").find("/../") != std::string::npos;
  if (outside) return fail(Code::invalid, fmt::format("subPath \"{}\" leads out of the volume", sub_path));
  char real_volume[PATH_MAX];
  char real_wanted[PATH_MAX];
  if (::realpath(volume_path.c_str(), real_volume) == nullptr) return fail(system_error(volume_path, errno));
  if (::realpath(wanted.c_str(), real_wanted) == nullptr) {
    if (errno != ENOENT) return fail(system_error(wanted, errno));
    TRY_DO(make_like_volume(real_volume, sub_path));
    if (::realpath(wanted.c_str(), real_wanted) == nullptr) return fail(system_error(wanted, errno));
  }
  const std::string inside = std::string(real_volume) + "/";
  if ((std::string(real_wanted) + "/").compare(0, inside.size(), inside) != 0) {
    return fail(Code::invalid, fmt::format("subPath \"{}\" leads out of the volume", sub_path));
  }
  return std::string(real_wanted);
}

}  // namespace aloft::node
