// What each field of network_volume.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/network_volume.h"

DESCRIBE(core::v1::GCEPersistentDiskVolumeSource, "A disk of Google Compute Engine.",
         FIELD(pdName, 1, required, "The name of the disk."),
         FIELD(fsType, 2, "The file system on it; default ext4."),
         FIELD(partition, 3, "The partition to mount; 0 for the whole disk."),
         FIELD(readOnly, 4, "True to mount read-only."))

DESCRIBE(core::v1::AWSElasticBlockStoreVolumeSource, "A disk of Amazon EBS.",
         FIELD(volumeID, 1, required, "The id of the disk."),
         FIELD(fsType, 2, "The file system on it; default ext4."),
         FIELD(partition, 3, "The partition to mount; 0 for the whole disk."),
         FIELD(readOnly, 4, "True to mount read-only."))

DESCRIBE(core::v1::NFSVolumeSource, "A directory of an NFS server.",
         FIELD(server, 1, required, "The host name or address of the server."),
         FIELD(path, 2, required, "The exported path."), FIELD(readOnly, 3, "True to mount read-only."))

DESCRIBE(core::v1::ISCSIVolumeSource, "A disk over iSCSI.",
         FIELD(targetPortal, 1, required, "The address of the target, with port unless 3260."),
         FIELD(iqn, 2, required, "The qualified name of the target."),
         FIELD(lun, 3, required, "The number of the unit."),
         FIELD(iscsiInterface, 4, fallback(R"("default")"),
               "The initiator interface; default is the one named default (TCP)."),
         FIELD(fsType, 5, "The file system on it; default ext4."),
         FIELD(readOnly, 6, "True to mount read-only."),
         FIELD(portals, 7, list_type("atomic"), "Further addresses of the target."),
         FIELD(chapAuthDiscovery, 8, "True to authenticate during discovery."),
         FIELD(chapAuthSession, 11, "True to authenticate sessions."),
         FIELD(secretRef, 10, "The Secret with the CHAP credentials."),
         FIELD(initiatorName, 12, "The qualified name of the initiator."))

DESCRIBE(core::v1::GlusterfsVolumeSource, "A Gluster volume.",
         FIELD(endpoints, 1, required, "The Endpoints object with the addresses of the servers."),
         FIELD(path, 2, required, "The name of the volume."), FIELD(readOnly, 3, "True to mount read-only."))

DESCRIBE(core::v1::RBDVolumeSource, "A Ceph block device.",
         FIELD(monitors, 1, required, list_type("atomic"), "The addresses of the monitors."),
         FIELD(image, 2, required, "The name of the image."),
         FIELD(fsType, 3, "The file system on it; default ext4."),
         FIELD(pool, 4, fallback(R"("rbd")"), "The pool; default rbd."),
         FIELD(user, 5, fallback(R"("admin")"), "The user; default admin."),
         FIELD(keyring, 6, fallback(R"("/etc/ceph/keyring")"),
               "The key ring file on the node; default /etc/ceph/keyring."),
         FIELD(secretRef, 7, "The Secret with the key; goes before keyring."),
         FIELD(readOnly, 8, "True to mount read-only."))

DESCRIBE(core::v1::FlexVolumeSource, "A volume made by a program on the node.",
         FIELD(driver, 1, required, "The name of the driver."),
         FIELD(fsType, 2, "The file system on it; the driver chooses when empty."),
         FIELD(secretRef, 3, "The Secret handed to the driver."),
         FIELD(readOnly, 4, "True to mount read-only."), FIELD(options, 5, "Settings handed to the driver."))

DESCRIBE(core::v1::CinderVolumeSource, "A disk of OpenStack Cinder.",
         FIELD(volumeID, 1, required, "The id of the disk."),
         FIELD(fsType, 2, "The file system on it; default ext4."),
         FIELD(readOnly, 3, "True to mount read-only."),
         FIELD(secretRef, 4, "The Secret with the credentials."))

DESCRIBE(core::v1::CephFSVolumeSource, "A Ceph file system.",
         FIELD(monitors, 1, required, list_type("atomic"), "The addresses of the monitors."),
         FIELD(path, 2, "The path to mount; default /."), FIELD(user, 3, "The user; default admin."),
         FIELD(secretFile, 4, "The key ring file on the node."),
         FIELD(secretRef, 5, "The Secret with the key; goes before secretFile."),
         FIELD(readOnly, 6, "True to mount read-only."))

DESCRIBE(core::v1::FlockerVolumeSource, "A Flocker dataset.",
         FIELD(datasetName, 1, "The name of the dataset."), FIELD(datasetUUID, 2, "The id of the dataset."))

DESCRIBE(core::v1::FCVolumeSource, "A disk over Fibre Channel.",
         FIELD(targetWWNs, 1, list_type("atomic"), "The world-wide names of the target; with lun."),
         FIELD(lun, 2, "The number of the unit."), FIELD(fsType, 3, "The file system on it; default ext4."),
         FIELD(readOnly, 4, "True to mount read-only."),
         FIELD(wwids, 5, list_type("atomic"), "World-wide ids of the disk, instead of target and lun."))

DESCRIBE(core::v1::AzureFileVolumeSource, "A share of Azure Files.",
         FIELD(secretName, 1, required, "The Secret with account name and key."),
         FIELD(shareName, 2, required, "The name of the share."),
         FIELD(readOnly, 3, "True to mount read-only."))

DESCRIBE(core::v1::VsphereVirtualDiskVolumeSource, "A virtual disk of vSphere.",
         FIELD(volumePath, 1, required, "The path of the disk."),
         FIELD(fsType, 2, "The file system on it; default ext4."),
         FIELD(storagePolicyName, 3, "The storage policy by name."),
         FIELD(storagePolicyID, 4, "The storage policy by id."))

DESCRIBE(core::v1::QuobyteVolumeSource, "A Quobyte volume.",
         FIELD(registry, 1, required, "The addresses of the registry, host:port with commas."),
         FIELD(volume, 2, required, "The name of the volume."),
         FIELD(readOnly, 3, "True to mount read-only."),
         FIELD(user, 4, "The user that accesses it; default is the service account user."),
         FIELD(group, 5, "The group that accesses it; default none."),
         FIELD(tenant, 6, "The tenant that owns it."))

DESCRIBE(core::v1::AzureDiskVolumeSource, "A disk of Azure.",
         FIELD(diskName, 1, required, "The name of the disk."),
         FIELD(diskURI, 2, required, "The address of the disk."),
         FIELD(cachingMode, 3, values("None|ReadOnly|ReadWrite"), fallback(R"("ReadWrite")"),
               "The caching on the host: None, ReadOnly or ReadWrite (default)."),
         FIELD(fsType, 4, fallback(R"("ext4")"), "The file system on it; default ext4."),
         FIELD(readOnly, 5, fallback("false"), "True to mount read-only; default false."),
         FIELD(kind, 6, values("Dedicated|Managed|Shared"), fallback(R"("Shared")"),
               "Shared (default), Dedicated or Managed: how the disk is kept."))

DESCRIBE(core::v1::PhotonPersistentDiskVolumeSource, "A disk of Photon Controller.",
         FIELD(pdID, 1, required, "The id of the disk."),
         FIELD(fsType, 2, "The file system on it; default ext4."))

DESCRIBE(core::v1::PortworxVolumeSource, "A Portworx volume.",
         FIELD(volumeID, 1, required, "The id of the volume."),
         FIELD(fsType, 2, "The file system on it; default ext4."),
         FIELD(readOnly, 3, "True to mount read-only."))

DESCRIBE(core::v1::ScaleIOVolumeSource, "A ScaleIO volume.",
         FIELD(gateway, 1, required, "The address of the gateway."),
         FIELD(system, 2, required, "The name of the storage system."),
         FIELD(secretRef, 3, required, "The Secret with the credentials."),
         FIELD(sslEnabled, 4, "True to use TLS with the gateway."),
         FIELD(protectionDomain, 5, "The protection domain."), FIELD(storagePool, 6, "The storage pool."),
         FIELD(storageMode, 7, fallback(R"("ThinProvisioned")"),
               "ThinProvisioned (default) or ThickProvisioned."),
         FIELD(volumeName, 8, "The name of the volume."),
         FIELD(fsType, 9, fallback(R"("xfs")"), "The file system on it; default xfs."),
         FIELD(readOnly, 10, "True to mount read-only."))

DESCRIBE(core::v1::StorageOSVolumeSource, "A StorageOS volume.",
         FIELD(volumeName, 1, "The name of the volume."),
         FIELD(volumeNamespace, 2, "The namespace in StorageOS; default is that of the pod."),
         FIELD(fsType, 3, "The file system on it; default ext4."),
         FIELD(readOnly, 4, "True to mount read-only."),
         FIELD(secretRef, 5, "The Secret with the credentials."))

DESCRIBE(core::v1::CSIVolumeSource, "A volume made for the pod by a CSI driver.",
         FIELD(driver, 1, required, "The name of the driver."),
         FIELD(readOnly, 2, "True to mount read-only."),
         FIELD(fsType, 3, "The file system on it; the driver chooses when absent."),
         FIELD(volumeAttributes, 4, "Settings handed to the driver."),
         FIELD(nodePublishSecretRef, 5, "The Secret handed to the driver."))
