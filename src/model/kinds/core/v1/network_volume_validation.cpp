// Rules for volumes on storage systems outside the cluster.
#include <functional>

#include <fmt/format.h>

#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

bool all_alphanumeric(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// iqn.yyyy-mm.domain[:name], eui. and 16 or naa. and 32 letters or digits (RFC 3720, 3980).
bool is_iscsi_name(std::string_view name) {
  if (name.starts_with("eui.")) return name.size() == 20 && all_alphanumeric(name.substr(4));
  if (name.starts_with("naa.")) return name.size() == 36 && all_alphanumeric(name.substr(4));
  if (!name.starts_with("iqn.") || name.size() < 14) return false;
  const auto digits = [&](std::size_t from, std::size_t count) {
    const auto part = name.substr(from, count);
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(4, 4) || name[8] != '-' || !digits(9, 2) || name[11] != '.') return false;
  const auto rest = name.substr(12);
  const auto colon = rest.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < rest.size() &&
         rest.find_first_of(",;*&$| \t", colon) == std::string_view::npos;
}

void validate_iscsi_name(const std::string& name, const FieldPath& path, FieldErrors& errors) {
  if (!name.starts_with("iqn") && !name.starts_with("eui") && !name.starts_with("naa")) {
    errors.invalid_string(path, name, "must be valid format starting with iqn, eui, or naa");
  } else if (!is_iscsi_name(name)) {
    errors.invalid_string(path, name, "must be valid format");
  }
}

void validate_iscsi(const ISCSIVolumeSource& source, std::string_view volume_name, const FieldPath& path,
                    const FieldPath& volume_path, FieldErrors& errors) {
  model::require(errors, path.child("targetPortal"), source.targetPortal);
  if (source.iqn.empty()) {
    errors.required(path.child("iqn"));
  } else {
    validate_iscsi_name(source.iqn, path.child("iqn"), errors);
  }
  model::expect_range(errors, path.child("lun"), source.lun, 0, 255);
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) {
    errors.required(path.child("secretRef"));
  }
  if (!source.initiatorName) return;
  validate_iscsi_name(*source.initiatorName, path.child("initiatorname"), errors);
  if (volume_name.size() + 1 + source.targetPortal.size() > 64) {
    errors.invalid_string(volume_path.child("name"), volume_name,
                          "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if "
                          "iscsi.initiatorName is specified.");
  }
}

void validate_fibre_channel(const FCVolumeSource& source, const FieldPath& path, FieldErrors& errors) {
  if (source.targetWWNs.empty() && source.wwids.empty()) {
    errors.required(path.child("targetWWNs"), "must specify either targetWWNs or wwids, but not both");
  }
  if (!source.targetWWNs.empty() && !source.wwids.empty()) {
    errors.invalid(path.child("targetWWNs"), model::list_text(source.targetWWNs),
                   "targetWWNs and wwids can not be specified simultaneously");
  }
  if (source.targetWWNs.empty()) return;
  if (!source.lun) return errors.required(path.child("lun"), "lun is required if targetWWNs is specified");
  model::expect_range(errors, path.child("lun"), *source.lun, 0, 255);
}

void validate_quobyte(const QuobyteVolumeSource& source, const FieldPath& path, FieldErrors& errors) {
  constexpr std::string_view pairs = "must be a host:port pair or multiple pairs separated by commas";
  if (source.registry.empty()) {
    errors.required(path.child("registry"), pairs);
  } else if (source.tenant.size() >= 65) {
    errors.required(path.child("tenant"), "must be a UUID and may not exceed a length of 64 characters");
  } else {
    for (std::string_view rest = source.registry;;) {
      const auto comma = rest.find(',');
      if (rest.substr(0, comma).find(':') == std::string_view::npos) {
        errors.invalid_string(path.child("registry"), source.registry, pairs);
      }
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  model::require(errors, path.child("volume"), source.volume);
}

void validate_azure_disk(const AzureDiskVolumeSource& source, const FieldPath& path, FieldErrors& errors) {
  model::require(errors, path.child("diskName"), source.diskName);
  model::require(errors, path.child("diskURI"), source.diskURI);
  if (source.cachingMode) {
    model::expect_one_of(errors, path.child("cachingMode"), *source.cachingMode,
                         {"None", "ReadOnly", "ReadWrite"});
  }
  if (!source.kind) return;
  model::expect_one_of(errors, path.child("kind"), *source.kind, {"Dedicated", "Managed", "Shared"});
  if (*source.kind == "Managed" && !source.diskURI.starts_with("/subscriptions/")) {
    errors.not_supported(
        path.child("diskURI"), source.diskURI,
        {"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/"
         "{disk-id}"});
  }
  if (*source.kind != "Managed" && !source.diskURI.starts_with("https://")) {
    errors.not_supported(path.child("diskURI"), source.diskURI,
                         {"https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"});
  }
}

void validate_flocker(const FlockerVolumeSource& source, const FieldPath& path, FieldErrors& errors) {
  if (source.datasetName.empty() && source.datasetUUID.empty()) {
    errors.required(path, "one of datasetName and datasetUUID is required");
  }
  if (!source.datasetName.empty() && !source.datasetUUID.empty()) {
    errors.invalid_string(path, "resource",
                          "datasetName and datasetUUID can not be specified simultaneously");
  }
  if (source.datasetName.find('/') != std::string::npos) {
    errors.invalid_string(path.child("datasetName"), source.datasetName, "must not contain '/'");
  }
}

void validate_flex(const FlexVolumeSource& source, const FieldPath& path, FieldErrors& errors) {
  model::require(errors, path.child("driver"), source.driver);
  const FieldPath options = path.child("options");
  for (const auto& [key, value] : source.options) {
    const std::string domain = "." + key.substr(0, key.find('/'));
    if (domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io")) {
      errors.invalid_string(options.key(key), key, "kubernetes.io and k8s.io namespaces are reserved");
    }
  }
}

void validate_csi(const CSIVolumeSource& source, const FieldPath& path, FieldErrors& errors) {
  if (source.driver.empty()) {
    errors.required(path.child("driver"));
  } else {
    if (source.driver.size() > 63) errors.too_long(path.child("driver"), source.driver, 63);
    std::string lower = source.driver;
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    FieldErrors found;
    model::expect_dns_subdomain(found, path.child("driver"), lower);
    for (const auto& cause : found.causes()) {
      errors.add(path.child("driver"), cause.reason, cause.message);
    }
  }
  if (source.nodePublishSecretRef && source.nodePublishSecretRef->name.empty()) {
    const FieldPath secret = path.child("nodePublishSecretRef");
    errors.required(secret.child("name"));
  }
}

void validate_partition(std::int32_t partition, const FieldPath& path, FieldErrors& errors) {
  if (partition < 0 || partition > 255) {
    errors.invalid_int(path.child("partition"), partition, "must be between 1 and 255, inclusive");
  }
}

}  // namespace

void validate_network_sources(const VolumeSource& source, std::string_view volume_name, int& count,
                              const FieldPath& path, FieldErrors& errors) {
  // Runs the rules of a source that is the first of its volume; any other is refused.
  const auto each = [&](const auto& box, std::string_view name, const auto& rules) {
    if (!box) return;
    const FieldPath at = path.child(name);
    if (++count > 1) return errors.forbidden(at, "may not specify more than 1 volume type");
    rules(*box, at);
  };
  each(source.gcePersistentDisk, "gcePersistentDisk", [&](const auto& s, const FieldPath& at) {
    model::require(errors, at.child("pdName"), s.pdName);
    validate_partition(s.partition, at, errors);
  });
  each(source.awsElasticBlockStore, "awsElasticBlockStore", [&](const auto& s, const FieldPath& at) {
    model::require(errors, at.child("volumeID"), s.volumeID);
    validate_partition(s.partition, at, errors);
  });
  each(source.nfs, "nfs", [&](const auto& s, const FieldPath& at) {
    model::require(errors, at.child("server"), s.server);
    model::require(errors, at.child("path"), s.path);
    if (!s.path.starts_with('/')) errors.invalid_string(at.child("path"), s.path, "must be an absolute path");
  });
  each(source.iscsi, "iscsi",
       [&](const auto& s, const FieldPath& at) { validate_iscsi(s, volume_name, at, path, errors); });
  each(source.glusterfs, "glusterfs", [&](const auto& s, const FieldPath& at) {
    model::require(errors, at.child("endpoints"), s.endpoints);
    model::require(errors, at.child("path"), s.path);
  });
  each(source.flocker, "flocker",
       [&](const auto& s, const FieldPath& at) { validate_flocker(s, at, errors); });
  each(source.rbd, "rbd", [&](const auto& s, const FieldPath& at) {
    if (s.monitors.empty()) errors.required(at.child("monitors"));
    model::require(errors, at.child("image"), s.image);
  });
  each(source.cinder, "cinder", [&](const auto& s, const FieldPath& at) {
    model::require(errors, at.child("volumeID"), s.volumeID);
    const FieldPath secret = at.child("secretRef");
    if (s.secretRef) model::require(errors, secret.child("name"), s.secretRef->name);
  });
  each(source.cephfs, "cephfs", [&](const auto& s, const FieldPath& at) {
    if (s.monitors.empty()) errors.required(at.child("monitors"));
  });
  each(source.quobyte, "quobyte",
       [&](const auto& s, const FieldPath& at) { validate_quobyte(s, at, errors); });
  each(source.fc, "fc", [&](const auto& s, const FieldPath& at) { validate_fibre_channel(s, at, errors); });
  each(source.flexVolume, "flexVolume",
       [&](const auto& s, const FieldPath& at) { validate_flex(s, at, errors); });
  each(source.azureFile, "azureFile", [&](const auto& s, const FieldPath& at) {
    model::require(errors, at.child("secretName"), s.secretName);
    model::require(errors, at.child("shareName"), s.shareName);
  });
  each(source.vsphereVolume, "vsphereVolume", [&](const auto& s, const FieldPath& at) {
    model::require(errors, at.child("volumePath"), s.volumePath);
  });
  each(source.photonPersistentDisk, "photonPersistentDisk",
       [&](const auto& s, const FieldPath& at) { model::require(errors, at.child("pdID"), s.pdID); });
  each(source.portworxVolume, "portworxVolume",
       [&](const auto& s, const FieldPath& at) { model::require(errors, at.child("volumeID"), s.volumeID); });
  each(source.azureDisk, "azureDisk",
       [&](const auto& s, const FieldPath& at) { validate_azure_disk(s, at, errors); });
  each(source.storageos, "storageos", [&](const auto& s, const FieldPath& at) {
    if (s.volumeName.empty()) {
      errors.required(at.child("volumeName"));
    } else {
      model::expect_dns_label(errors, at.child("volumeName"), s.volumeName);
    }
    if (!s.volumeNamespace.empty())
      model::expect_dns_label(errors, at.child("volumeNamespace"), s.volumeNamespace);
    const FieldPath secret = at.child("secretRef");
    if (s.secretRef) model::require(errors, secret.child("name"), s.secretRef->name);
  });
  each(source.scaleIO, "scaleIO", [&](const auto& s, const FieldPath& at) {
    model::require(errors, at.child("gateway"), s.gateway);
    model::require(errors, at.child("system"), s.system);
    model::require(errors, at.child("volumeName"), s.volumeName);
  });
  each(source.csi, "csi", [&](const auto& s, const FieldPath& at) { validate_csi(s, at, errors); });
}

}  // namespace aloft::core::v1
