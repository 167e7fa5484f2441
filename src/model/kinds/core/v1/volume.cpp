// What each field of volume.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/volume.h"

DESCRIBE(core::v1::KeyToPath, "",
    FIELD(key, 1, required),
    FIELD(path, 2, required),
    FIELD(mode, 3))

DESCRIBE(core::v1::HostPathVolumeSource, "",
    FIELD(path, 1, required),
    FIELD(type, 2, values("|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket"), fallback(R"("")")))

DESCRIBE(core::v1::EmptyDirVolumeSource, "",
    FIELD(medium, 1),
    FIELD(sizeLimit, 2))

DESCRIBE(core::v1::GitRepoVolumeSource, "",
    FIELD(repository, 1, required),
    FIELD(revision, 2),
    FIELD(directory, 3))

DESCRIBE(core::v1::SecretVolumeSource, "",
    FIELD(secretName, 1),
    FIELD(items, 2, list_type("atomic")),
    FIELD(defaultMode, 3, fallback("420")),
    FIELD(optional, 4))

DESCRIBE(core::v1::ConfigMapVolumeSource, "",
    FIELD(localObjectReference, 1, inlined),
    FIELD(items, 2, list_type("atomic")),
    FIELD(defaultMode, 3, fallback("420")),
    FIELD(optional, 4))

DESCRIBE(core::v1::PersistentVolumeClaimVolumeSource, "",
    FIELD(claimName, 1, required),
    FIELD(readOnly, 2))

DESCRIBE(core::v1::DownwardAPIVolumeFile, "",
    FIELD(path, 1, required),
    FIELD(fieldRef, 2),
    FIELD(resourceFieldRef, 3),
    FIELD(mode, 4))

DESCRIBE(core::v1::DownwardAPIVolumeSource, "",
    FIELD(items, 1, list_type("atomic")),
    FIELD(defaultMode, 2, fallback("420")))

DESCRIBE(core::v1::SecretProjection, "",
    FIELD(localObjectReference, 1, inlined),
    FIELD(items, 2, list_type("atomic")),
    FIELD(optional, 4))

DESCRIBE(core::v1::DownwardAPIProjection, "",
    FIELD(items, 1, list_type("atomic")))

DESCRIBE(core::v1::ConfigMapProjection, "",
    FIELD(localObjectReference, 1, inlined),
    FIELD(items, 2, list_type("atomic")),
    FIELD(optional, 4))

DESCRIBE(core::v1::ServiceAccountTokenProjection, "",
    FIELD(audience, 1),
    FIELD(expirationSeconds, 2, fallback("3600")),
    FIELD(path, 3, required))

DESCRIBE(core::v1::ClusterTrustBundleProjection, "",
    FIELD(name, 1),
    FIELD(signerName, 2),
    FIELD(labelSelector, 3),
    FIELD(optional, 5),
    FIELD(path, 4, required))

DESCRIBE(core::v1::VolumeProjection, "",
    FIELD(secret, 1),
    FIELD(downwardAPI, 2),
    FIELD(configMap, 3),
    FIELD(serviceAccountToken, 4),
    FIELD(clusterTrustBundle, 5))

DESCRIBE(core::v1::ProjectedVolumeSource, "",
    FIELD(sources, 1, always, list_type("atomic")),
    FIELD(defaultMode, 2, fallback("420")))

DESCRIBE(core::v1::EphemeralVolumeSource, "",
    FIELD(volumeClaimTemplate, 1))

DESCRIBE(core::v1::ImageVolumeSource, "",
    FIELD(reference, 1),
    FIELD(pullPolicy, 2, values("Always|IfNotPresent|Never")))

DESCRIBE(core::v1::VolumeSource, "",
    FIELD(hostPath, 1),
    FIELD(emptyDir, 2),
    FIELD(gcePersistentDisk, 3),
    FIELD(awsElasticBlockStore, 4),
    FIELD(gitRepo, 5),
    FIELD(secret, 6),
    FIELD(nfs, 7),
    FIELD(iscsi, 8),
    FIELD(glusterfs, 9),
    FIELD(persistentVolumeClaim, 10),
    FIELD(rbd, 11),
    FIELD(flexVolume, 12),
    FIELD(cinder, 13),
    FIELD(cephfs, 14),
    FIELD(flocker, 15),
    FIELD(downwardAPI, 16),
    FIELD(fc, 17),
    FIELD(azureFile, 18),
    FIELD(configMap, 19),
    FIELD(vsphereVolume, 20),
    FIELD(quobyte, 21),
    FIELD(azureDisk, 22),
    FIELD(photonPersistentDisk, 23),
    FIELD(projected, 26),
    FIELD(portworxVolume, 24),
    FIELD(scaleIO, 25),
    FIELD(storageos, 27),
    FIELD(csi, 28),
    FIELD(ephemeral, 29),
    FIELD(image, 30))

DESCRIBE(core::v1::Volume, "",
    FIELD(name, 1, required),
    FIELD(volumeSource, 2, inlined))
