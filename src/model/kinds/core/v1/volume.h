// What a pod can mount: files from objects, directories of the node, claims, images, storage systems.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/network_volume.h"
#include "model/kinds/core/v1/persistent_volume_claim.h"
#include "model/kinds/core/v1/references.h"
#include "model/kinds/meta/v1/label_selector.h"
#include "model/quantity.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct KeyToPath {
  std::string key;
  std::string path;
  std::optional<std::int32_t> mode;
  bool operator==(const KeyToPath&) const = default;
};

struct HostPathVolumeSource {
  std::string path;
  std::optional<std::string> type;
  bool operator==(const HostPathVolumeSource&) const = default;
};

struct EmptyDirVolumeSource {
  std::string medium;
  std::optional<model::Quantity> sizeLimit;
  bool operator==(const EmptyDirVolumeSource&) const = default;
};

struct GitRepoVolumeSource {
  std::string repository;
  std::string revision;
  std::string directory;
  bool operator==(const GitRepoVolumeSource&) const = default;
};

struct SecretVolumeSource {
  std::string secretName;
  std::vector<KeyToPath> items;
  std::optional<std::int32_t> defaultMode;
  std::optional<bool> optional;
  bool operator==(const SecretVolumeSource&) const = default;
};

struct ConfigMapVolumeSource {
  LocalObjectReference localObjectReference;
  std::vector<KeyToPath> items;
  std::optional<std::int32_t> defaultMode;
  std::optional<bool> optional;
  bool operator==(const ConfigMapVolumeSource&) const = default;
};

struct PersistentVolumeClaimVolumeSource {
  std::string claimName;
  bool readOnly = false;
  bool operator==(const PersistentVolumeClaimVolumeSource&) const = default;
};

struct DownwardAPIVolumeFile {
  std::string path;
  model::Box<ObjectFieldSelector> fieldRef;
  model::Box<ResourceFieldSelector> resourceFieldRef;
  std::optional<std::int32_t> mode;
  bool operator==(const DownwardAPIVolumeFile&) const = default;
};

struct DownwardAPIVolumeSource {
  std::vector<DownwardAPIVolumeFile> items;
  std::optional<std::int32_t> defaultMode;
  bool operator==(const DownwardAPIVolumeSource&) const = default;
};

struct SecretProjection {
  LocalObjectReference localObjectReference;
  std::vector<KeyToPath> items;
  std::optional<bool> optional;
  bool operator==(const SecretProjection&) const = default;
};

struct DownwardAPIProjection {
  std::vector<DownwardAPIVolumeFile> items;
  bool operator==(const DownwardAPIProjection&) const = default;
};

struct ConfigMapProjection {
  LocalObjectReference localObjectReference;
  std::vector<KeyToPath> items;
  std::optional<bool> optional;
  bool operator==(const ConfigMapProjection&) const = default;
};

struct ServiceAccountTokenProjection {
  std::string audience;
  std::optional<std::int64_t> expirationSeconds;
  std::string path;
  bool operator==(const ServiceAccountTokenProjection&) const = default;
};

struct ClusterTrustBundleProjection {
  std::optional<std::string> name;
  std::optional<std::string> signerName;
  model::Box<meta::v1::LabelSelector> labelSelector;
  std::optional<bool> optional;
  std::string path;
  bool operator==(const ClusterTrustBundleProjection&) const = default;
};

struct VolumeProjection {
  model::Box<SecretProjection> secret;
  model::Box<DownwardAPIProjection> downwardAPI;
  model::Box<ConfigMapProjection> configMap;
  model::Box<ServiceAccountTokenProjection> serviceAccountToken;
  model::Box<ClusterTrustBundleProjection> clusterTrustBundle;
  bool operator==(const VolumeProjection&) const = default;
};

struct ProjectedVolumeSource {
  std::vector<VolumeProjection> sources;
  std::optional<std::int32_t> defaultMode;
  bool operator==(const ProjectedVolumeSource&) const = default;
};

struct EphemeralVolumeSource {
  model::Box<PersistentVolumeClaimTemplate> volumeClaimTemplate;
  bool operator==(const EphemeralVolumeSource&) const = default;
};

struct ImageVolumeSource {
  std::string reference;
  std::string pullPolicy;
  bool operator==(const ImageVolumeSource&) const = default;
};

struct VolumeSource {
  model::Box<HostPathVolumeSource> hostPath;
  model::Box<EmptyDirVolumeSource> emptyDir;
  model::Box<GCEPersistentDiskVolumeSource> gcePersistentDisk;
  model::Box<AWSElasticBlockStoreVolumeSource> awsElasticBlockStore;
  model::Box<GitRepoVolumeSource> gitRepo;
  model::Box<SecretVolumeSource> secret;
  model::Box<NFSVolumeSource> nfs;
  model::Box<ISCSIVolumeSource> iscsi;
  model::Box<GlusterfsVolumeSource> glusterfs;
  model::Box<PersistentVolumeClaimVolumeSource> persistentVolumeClaim;
  model::Box<RBDVolumeSource> rbd;
  model::Box<FlexVolumeSource> flexVolume;
  model::Box<CinderVolumeSource> cinder;
  model::Box<CephFSVolumeSource> cephfs;
  model::Box<FlockerVolumeSource> flocker;
  model::Box<DownwardAPIVolumeSource> downwardAPI;
  model::Box<FCVolumeSource> fc;
  model::Box<AzureFileVolumeSource> azureFile;
  model::Box<ConfigMapVolumeSource> configMap;
  model::Box<VsphereVirtualDiskVolumeSource> vsphereVolume;
  model::Box<QuobyteVolumeSource> quobyte;
  model::Box<AzureDiskVolumeSource> azureDisk;
  model::Box<PhotonPersistentDiskVolumeSource> photonPersistentDisk;
  model::Box<ProjectedVolumeSource> projected;
  model::Box<PortworxVolumeSource> portworxVolume;
  model::Box<ScaleIOVolumeSource> scaleIO;
  model::Box<StorageOSVolumeSource> storageos;
  model::Box<CSIVolumeSource> csi;
  model::Box<EphemeralVolumeSource> ephemeral;
  model::Box<ImageVolumeSource> image;
  bool operator==(const VolumeSource&) const = default;
};

struct Volume {
  std::string name;
  VolumeSource volumeSource;
  bool operator==(const Volume&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::KeyToPath)
DECLARE_TYPE(core::v1::HostPathVolumeSource)
DECLARE_TYPE(core::v1::EmptyDirVolumeSource)
DECLARE_TYPE(core::v1::GitRepoVolumeSource)
DECLARE_TYPE(core::v1::SecretVolumeSource)
DECLARE_TYPE(core::v1::ConfigMapVolumeSource)
DECLARE_TYPE(core::v1::PersistentVolumeClaimVolumeSource)
DECLARE_TYPE(core::v1::DownwardAPIVolumeFile)
DECLARE_TYPE(core::v1::DownwardAPIVolumeSource)
DECLARE_TYPE(core::v1::SecretProjection)
DECLARE_TYPE(core::v1::DownwardAPIProjection)
DECLARE_TYPE(core::v1::ConfigMapProjection)
DECLARE_TYPE(core::v1::ServiceAccountTokenProjection)
DECLARE_TYPE(core::v1::ClusterTrustBundleProjection)
DECLARE_TYPE(core::v1::VolumeProjection)
DECLARE_TYPE(core::v1::ProjectedVolumeSource)
DECLARE_TYPE(core::v1::EphemeralVolumeSource)
DECLARE_TYPE(core::v1::ImageVolumeSource)
DECLARE_TYPE(core::v1::VolumeSource)
DECLARE_TYPE(core::v1::Volume)
