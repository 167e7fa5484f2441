// What each field of network_volume.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/network_volume.h"

DESCRIBE(core::v1::GCEPersistentDiskVolumeSource, "",
    FIELD(pdName, 1, required),
    FIELD(fsType, 2),
    FIELD(partition, 3),
    FIELD(readOnly, 4))

DESCRIBE(core::v1::AWSElasticBlockStoreVolumeSource, "",
    FIELD(volumeID, 1, required),
    FIELD(fsType, 2),
    FIELD(partition, 3),
    FIELD(readOnly, 4))

DESCRIBE(core::v1::NFSVolumeSource, "",
    FIELD(server, 1, required),
    FIELD(path, 2, required),
    FIELD(readOnly, 3))

DESCRIBE(core::v1::ISCSIVolumeSource, "",
    FIELD(targetPortal, 1, required),
    FIELD(iqn, 2, required),
    FIELD(lun, 3, required),
    FIELD(iscsiInterface, 4, fallback(R"("default")")),
    FIELD(fsType, 5),
    FIELD(readOnly, 6),
    FIELD(portals, 7, list_type("atomic")),
    FIELD(chapAuthDiscovery, 8),
    FIELD(chapAuthSession, 11),
    FIELD(secretRef, 10),
    FIELD(initiatorName, 12))

DESCRIBE(core::v1::GlusterfsVolumeSource, "",
    FIELD(endpoints, 1, required),
    FIELD(path, 2, required),
    FIELD(readOnly, 3))

DESCRIBE(core::v1::RBDVolumeSource, "",
    FIELD(monitors, 1, required, list_type("atomic")),
    FIELD(image, 2, required),
    FIELD(fsType, 3),
    FIELD(pool, 4, fallback(R"("rbd")")),
    FIELD(user, 5, fallback(R"("admin")")),
    FIELD(keyring, 6, fallback(R"("/etc/ceph/keyring")")),
    FIELD(secretRef, 7),
    FIELD(readOnly, 8))

DESCRIBE(core::v1::FlexVolumeSource, "",
    FIELD(driver, 1, required),
    FIELD(fsType, 2),
    FIELD(secretRef, 3),
    FIELD(readOnly, 4),
    FIELD(options, 5))

DESCRIBE(core::v1::CinderVolumeSource, "",
    FIELD(volumeID, 1, required),
    FIELD(fsType, 2),
    FIELD(readOnly, 3),
    FIELD(secretRef, 4))

DESCRIBE(core::v1::CephFSVolumeSource, "",
    FIELD(monitors, 1, required, list_type("atomic")),
    FIELD(path, 2),
    FIELD(user, 3),
    FIELD(secretFile, 4),
    FIELD(secretRef, 5),
    FIELD(readOnly, 6))

DESCRIBE(core::v1::FlockerVolumeSource, "",
    FIELD(datasetName, 1),
    FIELD(datasetUUID, 2))

DESCRIBE(core::v1::FCVolumeSource, "",
    FIELD(targetWWNs, 1, list_type("atomic")),
    FIELD(lun, 2),
    FIELD(fsType, 3),
    FIELD(readOnly, 4),
    FIELD(wwids, 5, list_type("atomic")))

DESCRIBE(core::v1::AzureFileVolumeSource, "",
    FIELD(secretName, 1, required),
    FIELD(shareName, 2, required),
    FIELD(readOnly, 3))

DESCRIBE(core::v1::VsphereVirtualDiskVolumeSource, "",
    FIELD(volumePath, 1, required),
    FIELD(fsType, 2),
    FIELD(storagePolicyName, 3),
    FIELD(storagePolicyID, 4))

DESCRIBE(core::v1::QuobyteVolumeSource, "",
    FIELD(registry, 1, required),
    FIELD(volume, 2, required),
    FIELD(readOnly, 3),
    FIELD(user, 4),
    FIELD(group, 5),
    FIELD(tenant, 6))

DESCRIBE(core::v1::AzureDiskVolumeSource, "",
    FIELD(diskName, 1, required),
    FIELD(diskURI, 2, required),
    FIELD(cachingMode, 3, values("None|ReadOnly|ReadWrite"), fallback(R"("ReadWrite")")),
    FIELD(fsType, 4, fallback(R"("ext4")")),
    FIELD(readOnly, 5, fallback("false")),
    FIELD(kind, 6, values("Dedicated|Managed|Shared"), fallback(R"("Shared")")))

DESCRIBE(core::v1::PhotonPersistentDiskVolumeSource, "",
    FIELD(pdID, 1, required),
    FIELD(fsType, 2))

DESCRIBE(core::v1::PortworxVolumeSource, "",
    FIELD(volumeID, 1, required),
    FIELD(fsType, 2),
    FIELD(readOnly, 3))

DESCRIBE(core::v1::ScaleIOVolumeSource, "",
    FIELD(gateway, 1, required),
    FIELD(system, 2, required),
    FIELD(secretRef, 3, required),
    FIELD(sslEnabled, 4),
    FIELD(protectionDomain, 5),
    FIELD(storagePool, 6),
    FIELD(storageMode, 7, fallback(R"("ThinProvisioned")")),
    FIELD(volumeName, 8),
    FIELD(fsType, 9, fallback(R"("xfs")")),
    FIELD(readOnly, 10))

DESCRIBE(core::v1::StorageOSVolumeSource, "",
    FIELD(volumeName, 1),
    FIELD(volumeNamespace, 2),
    FIELD(fsType, 3),
    FIELD(readOnly, 4),
    FIELD(secretRef, 5))

DESCRIBE(core::v1::CSIVolumeSource, "",
    FIELD(driver, 1, required),
    FIELD(readOnly, 2),
    FIELD(fsType, 3),
    FIELD(volumeAttributes, 4),
    FIELD(nodePublishSecretRef, 5))
