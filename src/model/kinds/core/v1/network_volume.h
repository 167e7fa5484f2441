// Volumes on storage systems outside the cluster.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/references.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct GCEPersistentDiskVolumeSource {
  std::string pdName;
  std::string fsType;
  std::int32_t partition = 0;
  bool readOnly = false;
  bool operator==(const GCEPersistentDiskVolumeSource&) const = default;
};

struct AWSElasticBlockStoreVolumeSource {
  std::string volumeID;
  std::string fsType;
  std::int32_t partition = 0;
  bool readOnly = false;
  bool operator==(const AWSElasticBlockStoreVolumeSource&) const = default;
};

struct NFSVolumeSource {
  std::string server;
  std::string path;
  bool readOnly = false;
  bool operator==(const NFSVolumeSource&) const = default;
};

struct ISCSIVolumeSource {
  std::string targetPortal;
  std::string iqn;
  std::int32_t lun = 0;
  std::string iscsiInterface;
  std::string fsType;
  bool readOnly = false;
  std::vector<std::string> portals;
  bool chapAuthDiscovery = false;
  bool chapAuthSession = false;
  model::Box<LocalObjectReference> secretRef;
  std::optional<std::string> initiatorName;
  bool operator==(const ISCSIVolumeSource&) const = default;
};

struct GlusterfsVolumeSource {
  std::string endpoints;
  std::string path;
  bool readOnly = false;
  bool operator==(const GlusterfsVolumeSource&) const = default;
};

struct RBDVolumeSource {
  std::vector<std::string> monitors;
  std::string image;
  std::string fsType;
  std::string pool;
  std::string user;
  std::string keyring;
  model::Box<LocalObjectReference> secretRef;
  bool readOnly = false;
  bool operator==(const RBDVolumeSource&) const = default;
};

struct FlexVolumeSource {
  std::string driver;
  std::string fsType;
  model::Box<LocalObjectReference> secretRef;
  bool readOnly = false;
  std::map<std::string, std::string> options;
  bool operator==(const FlexVolumeSource&) const = default;
};

struct CinderVolumeSource {
  std::string volumeID;
  std::string fsType;
  bool readOnly = false;
  model::Box<LocalObjectReference> secretRef;
  bool operator==(const CinderVolumeSource&) const = default;
};

struct CephFSVolumeSource {
  std::vector<std::string> monitors;
  std::string path;
  std::string user;
  std::string secretFile;
  model::Box<LocalObjectReference> secretRef;
  bool readOnly = false;
  bool operator==(const CephFSVolumeSource&) const = default;
};

struct FlockerVolumeSource {
  std::string datasetName;
  std::string datasetUUID;
  bool operator==(const FlockerVolumeSource&) const = default;
};

struct FCVolumeSource {
  std::vector<std::string> targetWWNs;
  std::optional<std::int32_t> lun;
  std::string fsType;
  bool readOnly = false;
  std::vector<std::string> wwids;
  bool operator==(const FCVolumeSource&) const = default;
};

struct AzureFileVolumeSource {
  std::string secretName;
  std::string shareName;
  bool readOnly = false;
  bool operator==(const AzureFileVolumeSource&) const = default;
};

struct VsphereVirtualDiskVolumeSource {
  std::string volumePath;
  std::string fsType;
  std::string storagePolicyName;
  std::string storagePolicyID;
  bool operator==(const VsphereVirtualDiskVolumeSource&) const = default;
};

struct QuobyteVolumeSource {
  std::string registry;
  std::string volume;
  bool readOnly = false;
  std::string user;
  std::string group;
  std::string tenant;
  bool operator==(const QuobyteVolumeSource&) const = default;
};

struct AzureDiskVolumeSource {
  std::string diskName;
  std::string diskURI;
  std::optional<std::string> cachingMode;
  std::optional<std::string> fsType;
  std::optional<bool> readOnly;
  std::optional<std::string> kind;
  bool operator==(const AzureDiskVolumeSource&) const = default;
};

struct PhotonPersistentDiskVolumeSource {
  std::string pdID;
  std::string fsType;
  bool operator==(const PhotonPersistentDiskVolumeSource&) const = default;
};

struct PortworxVolumeSource {
  std::string volumeID;
  std::string fsType;
  bool readOnly = false;
  bool operator==(const PortworxVolumeSource&) const = default;
};

struct ScaleIOVolumeSource {
  std::string gateway;
  std::string system;
  model::Box<LocalObjectReference> secretRef;
  bool sslEnabled = false;
  std::string protectionDomain;
  std::string storagePool;
  std::string storageMode;
  std::string volumeName;
  std::string fsType;
  bool readOnly = false;
  bool operator==(const ScaleIOVolumeSource&) const = default;
};

struct StorageOSVolumeSource {
  std::string volumeName;
  std::string volumeNamespace;
  std::string fsType;
  bool readOnly = false;
  model::Box<LocalObjectReference> secretRef;
  bool operator==(const StorageOSVolumeSource&) const = default;
};

struct CSIVolumeSource {
  std::string driver;
  std::optional<bool> readOnly;
  std::optional<std::string> fsType;
  std::map<std::string, std::string> volumeAttributes;
  model::Box<LocalObjectReference> nodePublishSecretRef;
  bool operator==(const CSIVolumeSource&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::GCEPersistentDiskVolumeSource)
DECLARE_TYPE(core::v1::AWSElasticBlockStoreVolumeSource)
DECLARE_TYPE(core::v1::NFSVolumeSource)
DECLARE_TYPE(core::v1::ISCSIVolumeSource)
DECLARE_TYPE(core::v1::GlusterfsVolumeSource)
DECLARE_TYPE(core::v1::RBDVolumeSource)
DECLARE_TYPE(core::v1::FlexVolumeSource)
DECLARE_TYPE(core::v1::CinderVolumeSource)
DECLARE_TYPE(core::v1::CephFSVolumeSource)
DECLARE_TYPE(core::v1::FlockerVolumeSource)
DECLARE_TYPE(core::v1::FCVolumeSource)
DECLARE_TYPE(core::v1::AzureFileVolumeSource)
DECLARE_TYPE(core::v1::VsphereVirtualDiskVolumeSource)
DECLARE_TYPE(core::v1::QuobyteVolumeSource)
DECLARE_TYPE(core::v1::AzureDiskVolumeSource)
DECLARE_TYPE(core::v1::PhotonPersistentDiskVolumeSource)
DECLARE_TYPE(core::v1::PortworxVolumeSource)
DECLARE_TYPE(core::v1::ScaleIOVolumeSource)
DECLARE_TYPE(core::v1::StorageOSVolumeSource)
DECLARE_TYPE(core::v1::CSIVolumeSource)
