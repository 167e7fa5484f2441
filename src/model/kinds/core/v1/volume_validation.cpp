// Rules for volumes and for where containers mount them.
#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"
#include "model/kinds/meta/v1/label_selector_validation.h"
#include "model/names.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::int64_t token_seconds_min = 600;
constexpr std::int64_t token_seconds_max = std::int64_t{1} << 32;

void validate_key_paths(const std::vector<KeyToPath>& items, const FieldPath& path, FieldErrors& errors) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const FieldPath at = path.index(i);
    model::require(errors, at.child("key"), items[i].key);
    model::require(errors, at.child("path"), items[i].path);
    model::expect_local_path(errors, at.child("path"), items[i].path);
    model::expect_file_mode(errors, at.child("mode"), items[i].mode);
  }
}

void validate_downward_file(const DownwardAPIVolumeFile& file, const FieldPath& path, FieldErrors& errors) {
  model::require(errors, path.child("path"), file.path);
  model::expect_local_path(errors, path.child("path"), file.path);
  if (file.fieldRef) {
    validate_field_selector(*file.fieldRef, FieldUse::volume, path.child("fieldRef"), errors);
    if (file.resourceFieldRef) {
      errors.invalid_string(path, "resource",
                            "fieldRef and resourceFieldRef can not be specified simultaneously");
    }
  } else if (file.resourceFieldRef) {
    validate_resource_selector(*file.resourceFieldRef, FieldUse::volume, path.child("resourceFieldRef"),
                               errors);
  } else {
    errors.required(path, "one of fieldRef and resourceFieldRef is required");
  }
  model::expect_file_mode(errors, path.child("mode"), file.mode);
}

// The files of a projected volume share one directory.
class ProjectedPaths {
 public:
  ProjectedPaths(const FieldPath& volume, FieldErrors& errors) : volume_(volume), errors_(errors) {}
  void add(const std::string& path, const std::string& shown) {
    if (!path.empty() && !paths_.insert(path).second) {
      errors_.invalid_string(volume_, shown, "conflicting duplicate paths");
    }
  }

 private:
  const FieldPath& volume_;
  FieldErrors& errors_;
  std::set<std::string> paths_;
};

template <class Projection>
void validate_keyed_projection(const Projection& projection, const FieldPath& path, ProjectedPaths& paths,
                               FieldErrors& errors) {
  const std::string& name = projection.localObjectReference.name;
  model::require(errors, path.child("name"), name);
  validate_key_paths(projection.items, path.child("items"), errors);
  for (const auto& item : projection.items) paths.add(item.path, name);
}

void validate_trust_bundle(const ClusterTrustBundleProjection& bundle, const FieldPath& path,
                           FieldErrors& errors) {
  if (bundle.name && bundle.signerName) {
    errors.invalid_string(path, *bundle.name, "only one of name and signerName may be used");
  } else if (bundle.name) {
    if (bundle.name->empty()) errors.required(path.child("name"), "must be a valid object name");
    for (const auto& message : model::check_dns1123_subdomain(*bundle.name)) {
      if (bundle.name->find(':') != std::string::npos) break;  // named after its signer
      errors.invalid_string(path.child("name"), *bundle.name,
                            fmt::format("not a valid clustertrustbundlename: {}", message));
    }
    if (bundle.labelSelector) {
      errors.invalid(path.child("labelSelector"), meta::v1::selector_text(*bundle.labelSelector),
                     "labelSelector must be unset if name is specified");
    }
  } else if (bundle.signerName) {
    if (bundle.signerName->empty()) errors.required(path.child("signerName"), "must be a valid signer name");
    if (bundle.labelSelector) {
      meta::v1::validate_label_selector(*bundle.labelSelector, path.child("labelSelector"), errors);
    }
  } else {
    errors.required(path, "either name or signerName must be specified");
  }
  model::require(errors, path.child("path"), bundle.path);
  model::expect_local_path(errors, path.child("path"), bundle.path);
}

void validate_token(const ServiceAccountTokenProjection& token, const FieldPath& path,
                    const FieldPath& volume, FieldErrors& errors) {
  const std::int64_t seconds = token.expirationSeconds.value_or(0);
  if (seconds < token_seconds_min) {
    errors.invalid_int(path.child("expirationSeconds"), seconds,
                       "may not specify a duration less than 10 minutes");
  }
  if (seconds > token_seconds_max) {
    errors.invalid_int(path.child("expirationSeconds"), seconds,
                       "may not specify a duration larger than 2^32 seconds");
  }
  if (token.path.empty()) return errors.required(volume.child("path"));
  model::expect_local_path(errors, volume.child("path"), token.path);
}

void validate_projected(const ProjectedVolumeSource& projected, const FieldPath& path, FieldErrors& errors) {
  model::expect_file_mode(errors, path.child("defaultMode"), projected.defaultMode);
  ProjectedPaths paths(path, errors);
  const FieldPath sources = path.child("sources");
  for (std::size_t i = 0; i < projected.sources.size(); ++i) {
    const FieldPath at = sources.index(i);
    const VolumeProjection& source = projected.sources[i];
    int count = 0;
    if (source.secret) {
      ++count;
      validate_keyed_projection(*source.secret, at.child("secret"), paths, errors);
    }
    if (source.configMap) {
      ++count;
      validate_keyed_projection(*source.configMap, at.child("configMap"), paths, errors);
    }
    if (source.downwardAPI) {
      ++count;
      for (const auto& file : source.downwardAPI->items) {
        validate_downward_file(file, at.child("downwardAPI"), errors);
        paths.add(file.path, file.path);
      }
    }
    if (source.serviceAccountToken) {
      ++count;
      validate_token(*source.serviceAccountToken, at.child("serviceAccountToken"), path, errors);
    }
    if (source.clusterTrustBundle) {
      ++count;
      validate_trust_bundle(*source.clusterTrustBundle, at.child("clusterTrustBundlePEM"), errors);
      paths.add(source.clusterTrustBundle->path, source.clusterTrustBundle->path);
    }
    if (count > 1) errors.forbidden(at, "may not specify more than 1 volume type");
  }
}

void validate_host_path(const HostPathVolumeSource& source, const FieldPath& path, FieldErrors& errors) {
  if (source.path.empty()) return errors.required(path.child("path"));
  model::expect_no_backsteps(errors, path.child("path"), source.path);
  if (source.type) {
    model::expect_one_of(errors, path.child("type"), *source.type,
                         {"", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File",
                          "FileOrCreate", "Socket"});
  }
}

void validate_claim_template(const EphemeralVolumeSource& source, const FieldPath& path,
                             FieldErrors& errors) {
  if (!source.volumeClaimTemplate) return errors.required(path.child("volumeClaimTemplate"));
  const FieldPath at = path.child("volumeClaimTemplate");
  const FieldPath spec_path = at.child("spec");
  const PersistentVolumeClaimSpec& spec = source.volumeClaimTemplate->spec;
  const FieldPath metadata = at.child("metadata");
  meta::v1::validate_labels(source.volumeClaimTemplate->metadata.labels, metadata.child("labels"), errors);
  if (spec.accessModes.empty())
    errors.required(spec_path.child("accessModes"), "at least 1 access mode is required");
  for (const auto& mode : spec.accessModes) {
    model::expect_one_of(errors, spec_path.child("accessModes"), mode,
                         {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"});
  }
  if (spec.selector) meta::v1::validate_label_selector(*spec.selector, spec_path.child("selector"), errors);
  const FieldPath resources = spec_path.child("resources");
  const auto storage = spec.resources.requests.find("storage");
  if (storage == spec.resources.requests.end()) {
    const FieldPath requests = resources.child("requests");
    errors.required(requests.key("storage"));
  } else if (storage->second.sign() <= 0) {
    const FieldPath requests = resources.child("requests");
    errors.invalid_string(requests.key("storage"), storage->second.to_string(), model::positive);
  }
  if (spec.storageClassName && !spec.storageClassName->empty()) {
    model::expect_dns_subdomain(errors, spec_path.child("storageClassName"), *spec.storageClassName);
  }
  if (spec.volumeMode) {
    model::expect_one_of(errors, spec_path.child("volumeMode"), *spec.volumeMode, {"Block", "Filesystem"});
  }
}

// The sources that a node makes by itself.
void validate_local_sources(const VolumeSource& source, int& count, const FieldPath& path,
                            FieldErrors& errors) {
  const auto first = [&](bool present, std::string_view name) {
    if (!present) return false;
    if (++count == 1) return true;
    errors.forbidden(path.child(name), "may not specify more than 1 volume type");
    return false;
  };
  if (first(source.emptyDir.has_value(), "emptyDir") && source.emptyDir->sizeLimit &&
      source.emptyDir->sizeLimit->sign() < 0) {
    const FieldPath at = path.child("emptyDir");
    errors.forbidden(at.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
  }
  if (first(source.hostPath.has_value(), "hostPath")) {
    validate_host_path(*source.hostPath, path.child("hostPath"), errors);
  }
  if (first(source.gitRepo.has_value(), "gitRepo")) {
    const FieldPath at = path.child("gitRepo");
    model::require(errors, at.child("repository"), source.gitRepo->repository);
    model::expect_descending_path(errors, at.child("directory"), source.gitRepo->directory);
  }
  if (first(source.secret.has_value(), "secret")) {
    const FieldPath at = path.child("secret");
    model::require(errors, at.child("secretName"), source.secret->secretName);
    model::expect_file_mode(errors, at.child("defaultMode"), source.secret->defaultMode);
    validate_key_paths(source.secret->items, at.child("items"), errors);
  }
  if (first(source.persistentVolumeClaim.has_value(), "persistentVolumeClaim")) {
    const FieldPath at = path.child("persistentVolumeClaim");
    model::require(errors, at.child("claimName"), source.persistentVolumeClaim->claimName);
  }
  if (first(source.downwardAPI.has_value(), "downwardAPI")) {
    const FieldPath at = path.child("downwardAPI");
    model::expect_file_mode(errors, at.child("defaultMode"), source.downwardAPI->defaultMode);
    for (const auto& file : source.downwardAPI->items) validate_downward_file(file, at, errors);
  }
  if (first(source.configMap.has_value(), "configMap")) {
    const FieldPath at = path.child("configMap");
    model::require(errors, at.child("name"), source.configMap->localObjectReference.name);
    model::expect_file_mode(errors, at.child("defaultMode"), source.configMap->defaultMode);
    validate_key_paths(source.configMap->items, at.child("items"), errors);
  }
  if (first(source.projected.has_value(), "projected")) {
    validate_projected(*source.projected, path.child("projected"), errors);
  }
  if (first(source.ephemeral.has_value(), "ephemeral")) {
    validate_claim_template(*source.ephemeral, path.child("ephemeral"), errors);
  }
  if (first(source.image.has_value(), "image")) {
    const FieldPath at = path.child("image");
    model::require(errors, at.child("reference"), source.image->reference);
    model::expect_choice(errors, at.child("pullPolicy"), source.image->pullPolicy,
                         {"Always", "IfNotPresent", "Never"});
  }
}

void validate_source(const Volume& volume, const PodContext& context, const FieldPath& path,
                     FieldErrors& errors) {
  const VolumeSource& source = volume.volumeSource;
  int count = 0;
  validate_local_sources(source, count, path, errors);
  validate_network_sources(source, volume.name, count, path, errors);
  if (count == 0) errors.required(path, "must specify a volume type");
  if (source.ephemeral && !context.pod_name.empty() && !volume.name.empty()) {
    const std::string claim = context.pod_name + "-" + volume.name;
    for (const auto& message : model::check_dns1123_subdomain(claim)) {
      errors.invalid_string(path.child("name"), volume.name,
                            fmt::format("PVC name {}: {}", go_quote(claim), message));
    }
  }
}

void validate_propagation(const VolumeMount& mount, const Container& container, const FieldPath& path,
                          FieldErrors& errors) {
  if (!mount.mountPropagation) return;
  model::expect_one_of(errors, path.child("mountPropagation"), *mount.mountPropagation,
                       {"Bidirectional", "HostToContainer", "None"});
  const bool privileged = container.securityContext && container.securityContext->privileged.value_or(false);
  if (*mount.mountPropagation == "Bidirectional" && !privileged) {
    errors.forbidden(path.child("mountPropagation"),
                     "Bidirectional mount propagation is available only to privileged containers");
  }
}

void validate_recursive_read_only(const VolumeMount& mount, const FieldPath& path, FieldErrors& errors) {
  if (!mount.recursiveReadOnly) return;
  const FieldPath at = path.child("recursiveReadOnly");
  const std::string& mode = *mount.recursiveReadOnly;
  if (mode != "Enabled" && mode != "IfPossible")
    return model::expect_one_of(errors, at, mode, {"Disabled", "Enabled", "IfPossible"});
  if (!mount.readOnly) errors.forbidden(at, "may only be specified when readOnly is true");
  if (mount.mountPropagation && *mount.mountPropagation != "None") {
    errors.forbidden(at, "may only be specified when mountPropagation is None or not specified");
  }
}

}  // namespace

void validate_volumes(const std::vector<Volume>& volumes, PodContext& context, const FieldPath& path,
                      FieldErrors& errors) {
  std::set<std::string> made_claims;
  for (const auto& volume : volumes) {
    if (volume.volumeSource.ephemeral && !context.pod_name.empty()) {
      made_claims.insert(context.pod_name + "-" + volume.name);
    }
  }
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const FieldPath at = path.index(i);
    const Volume& volume = volumes[i];
    const std::size_t before = errors.causes().size();
    validate_source(volume, context, at, errors);
    if (volume.name.empty()) {
      errors.required(at.child("name"));
    } else {
      model::expect_dns_label(errors, at.child("name"), volume.name);
    }
    if (context.volumes.contains(volume.name)) errors.duplicate(at.child("name"), volume.name);
    // A faulty volume is unknown to mounts, as upstream reports it.
    if (errors.causes().size() == before) context.volumes.emplace(volume.name, &volume.volumeSource);
    const auto& claim = volume.volumeSource.persistentVolumeClaim;
    if (claim && made_claims.contains(claim->claimName)) {
      const FieldPath claim_path = at.child("persistentVolumeClaim");
      errors.invalid_string(claim_path.child("claimName"), claim->claimName,
                            "must not reference a PVC that gets created for an ephemeral volume");
    }
  }
}

void validate_volume_mounts(const Container& container, const PodContext& context, const FieldPath& path,
                            FieldErrors& errors) {
  std::set<std::string> paths;
  for (std::size_t i = 0; i < container.volumeMounts.size(); ++i) {
    const FieldPath at = path.index(i);
    const VolumeMount& mount = container.volumeMounts[i];
    const FieldPath name = at.child("name");
    const FieldPath mount_path = at.child("mountPath");
    model::require(errors, name, mount.name);
    if (!context.volumes.contains(mount.name)) errors.not_found(name, mount.name);
    model::require(errors, mount_path, mount.mountPath);
    if (!paths.insert(mount.mountPath).second)
      errors.invalid_string(mount_path, mount.mountPath, "must be unique");
    for (const auto& device : container.volumeDevices) {
      if (device.name == mount.name) {
        errors.invalid_string(name, mount.name, "must not already exist in volumeDevices");
      }
      if (device.devicePath == mount.mountPath) {
        errors.invalid_string(mount_path, mount.mountPath,
                              "must not already exist as a path in volumeDevices");
      }
    }
    if (!mount.subPath.empty()) model::expect_descending_path(errors, path.child("subPath"), mount.subPath);
    if (!mount.subPathExpr.empty()) {
      if (!mount.subPath.empty()) {
        errors.invalid_string(at.child("subPathExpr"), mount.subPathExpr,
                              "subPathExpr and subPath are mutually exclusive");
      }
      model::expect_descending_path(errors, path.child("subPathExpr"), mount.subPathExpr);
    }
    validate_propagation(mount, container, path, errors);
    validate_recursive_read_only(mount, at, errors);
  }
}

void validate_volume_devices(const Container& container, const PodContext& context, const FieldPath& path,
                             FieldErrors& errors) {
  std::set<std::string> names;
  std::set<std::string> paths;
  for (std::size_t i = 0; i < container.volumeDevices.size(); ++i) {
    const FieldPath at = path.index(i);
    const VolumeDevice& device = container.volumeDevices[i];
    const FieldPath name = at.child("name");
    const FieldPath device_path = at.child("devicePath");
    model::require(errors, name, device.name);
    if (!device.name.empty() && !names.insert(device.name).second) {
      errors.invalid_string(name, device.name, "must be unique");
    }
    const auto volume = context.volumes.find(device.name);
    if (volume == context.volumes.end()) {
      errors.not_found(name, device.name);
    } else if (!volume->second->persistentVolumeClaim && !volume->second->ephemeral) {
      errors.invalid_string(
          name, device.name,
          "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
    }
    model::require(errors, device_path, device.devicePath);
    if (!paths.insert(device.devicePath).second) {
      errors.invalid_string(device_path, device.devicePath, "must be unique");
    }
    FieldErrors backsteps;
    model::expect_no_backsteps(backsteps, device_path, device.devicePath);
    if (!backsteps.empty()) {
      errors.invalid_string(device_path, device.devicePath, "can not contain backsteps ('..')");
    }
    for (const auto& mount : container.volumeMounts) {
      if (mount.name == device.name) {
        errors.invalid_string(name, device.name, "must not already exist in volumeMounts");
      }
      if (mount.mountPath == device.devicePath) {
        errors.invalid_string(device_path, device.devicePath,
                              "must not already exist as a path in volumeMounts");
      }
    }
  }
}

}  // namespace aloft::core::v1
