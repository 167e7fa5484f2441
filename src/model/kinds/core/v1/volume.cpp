// What each field of volume.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/volume.h"

DESCRIBE(core::v1::KeyToPath, "A key and the file it becomes.", FIELD(key, 1, required, "The key."),
         FIELD(path, 2, required, "The path of the file, relative and without .. parts."),
         FIELD(mode, 3,
               "The permission bits of the file, 0 to 0777 octal; default is defaultMode of the volume."))

DESCRIBE(core::v1::HostPathVolumeSource, "A file or directory of the node.",
         FIELD(path, 1, required, "The path on the node."),
         FIELD(type, 2,
               values("|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket"),
               fallback(R"("")"),
               "What must be there before mounting; default is the empty string, no check."))

DESCRIBE(core::v1::EmptyDirVolumeSource, "A directory that is empty at first and lives as long as the pod.",
         FIELD(medium, 1,
               "Where it is kept: empty for the node's disk, Memory for tmpfs, HugePages for huge pages."),
         FIELD(sizeLimit, 2, "The most it may hold; the pod is evicted beyond that."))

DESCRIBE(core::v1::GitRepoVolumeSource,
         "A clone of a git repository; an init container with an emptyDir does it better.",
         FIELD(repository, 1, required, "The address of the repository."),
         FIELD(revision, 2, "The commit to check out."),
         FIELD(directory, 3, "The directory to clone into; . for the volume itself."))

DESCRIBE(core::v1::SecretVolumeSource, "The keys of a Secret as files in memory.",
         FIELD(secretName, 1, "The name of the Secret."),
         FIELD(items, 2, list_type("atomic"), "Which keys become which files; default all, by their names."),
         FIELD(defaultMode, 3, fallback("420"),
               "The permission bits of the files, 0 to 0777 octal; default 0644."),
         FIELD(optional, 4, "True when the pod may start without it."))

DESCRIBE(core::v1::ConfigMapVolumeSource, "The keys of a ConfigMap as files.",
         FIELD(localObjectReference, 1, inlined),
         FIELD(items, 2, list_type("atomic"), "Which keys become which files; default all, by their names."),
         FIELD(defaultMode, 3, fallback("420"),
               "The permission bits of the files, 0 to 0777 octal; default 0644."),
         FIELD(optional, 4, "True when the pod may start without it."))

DESCRIBE(core::v1::PersistentVolumeClaimVolumeSource, "The volume of a claim in the same namespace.",
         FIELD(claimName, 1, required, "The name of the claim."),
         FIELD(readOnly, 2, "True to mount read-only; default false."))

DESCRIBE(core::v1::DownwardAPIVolumeFile, "A file with something about the pod.",
         FIELD(path, 1, required, "The path of the file, relative and without .. parts."),
         FIELD(fieldRef, 2, "A field of the pod: labels, annotations, name, namespace or uid."),
         FIELD(resourceFieldRef, 3, "A resource amount of a container."),
         FIELD(mode, 4,
               "The permission bits of the file, 0 to 0777 octal; default is defaultMode of the volume."))

DESCRIBE(core::v1::DownwardAPIVolumeSource, "Files with something about the pod.",
         FIELD(items, 1, list_type("atomic"), "The files."),
         FIELD(defaultMode, 2, fallback("420"),
               "The permission bits of the files, 0 to 0777 octal; default 0644."))

DESCRIBE(core::v1::SecretProjection, "The keys of a Secret as files of a projected volume.",
         FIELD(localObjectReference, 1, inlined),
         FIELD(items, 2, list_type("atomic"), "Which keys become which files; default all, by their names."),
         FIELD(optional, 4, "True when the pod may start without it."))

DESCRIBE(core::v1::DownwardAPIProjection, "Files with something about the pod, in a projected volume.",
         FIELD(items, 1, list_type("atomic"), "The files."))

DESCRIBE(core::v1::ConfigMapProjection, "The keys of a ConfigMap as files of a projected volume.",
         FIELD(localObjectReference, 1, inlined),
         FIELD(items, 2, list_type("atomic"), "Which keys become which files; default all, by their names."),
         FIELD(optional, 4, "True when the pod may start without it."))

DESCRIBE(core::v1::ServiceAccountTokenProjection, "A token of the pod's service account, renewed in time.",
         FIELD(audience, 1, "For whom the token is meant; default is the API server."),
         FIELD(expirationSeconds, 2, fallback("3600"),
               "Seconds until it expires, at least 600; renewed when 80 % have passed; default 3600."),
         FIELD(path, 3, required, "The path of the file, relative and without .. parts."))

DESCRIBE(core::v1::ClusterTrustBundleProjection, "Trusted certificates of the cluster as a file.",
         FIELD(name, 1, "The name of one bundle; not together with signerName."),
         FIELD(signerName, 2, "All bundles of this signer."),
         FIELD(labelSelector, 3, "Which bundles of the signer; absent for none, empty for all."),
         FIELD(optional, 5, "True when the pod may start without it."),
         FIELD(path, 4, required, "The path of the file, relative and without .. parts."))

DESCRIBE(core::v1::VolumeProjection, "One source of a projected volume; exactly one member is set.",
         FIELD(secret, 1, "Keys of a Secret."), FIELD(downwardAPI, 2, "Something about the pod."),
         FIELD(configMap, 3, "Keys of a ConfigMap."),
         FIELD(serviceAccountToken, 4, "A token of the service account."),
         FIELD(clusterTrustBundle, 5, "Trusted certificates."))

DESCRIBE(core::v1::ProjectedVolumeSource, "Several sources in one directory.",
         FIELD(sources, 1, always, list_type("atomic"), "The sources."),
         FIELD(defaultMode, 2, fallback("420"),
               "The permission bits of the files, 0 to 0777 octal; default 0644."))

DESCRIBE(core::v1::EphemeralVolumeSource, "A claim that is made for the pod and goes with it.",
         FIELD(volumeClaimTemplate, 1, "The pattern of the claim; it is called POD-VOLUME."))

DESCRIBE(core::v1::ImageVolumeSource, "The content of an image, read-only.",
         FIELD(reference, 1, "The image."),
         FIELD(pullPolicy, 2, values("Always|IfNotPresent|Never"),
               "Always, IfNotPresent or Never; default Always for the tag latest, else IfNotPresent."))

DESCRIBE(core::v1::VolumeSource,
         "Where a volume comes from; exactly one member is set, emptyDir when none is.",
         FIELD(hostPath, 1, "A file or directory of the node."),
         FIELD(emptyDir, 2, "A directory that lives as long as the pod."),
         FIELD(gcePersistentDisk, 3, deprecated, "A disk of Google Compute Engine."),
         FIELD(awsElasticBlockStore, 4, deprecated, "A disk of Amazon EBS."),
         FIELD(gitRepo, 5, deprecated, "A clone of a git repository."),
         FIELD(secret, 6, "The keys of a Secret as files."), FIELD(nfs, 7, "A directory of an NFS server."),
         FIELD(iscsi, 8, "A disk over iSCSI."), FIELD(glusterfs, 9, deprecated, "A Gluster volume."),
         FIELD(persistentVolumeClaim, 10, "The volume of a claim."),
         FIELD(rbd, 11, deprecated, "A Ceph block device."),
         FIELD(flexVolume, 12, deprecated, "A volume made by a program on the node."),
         FIELD(cinder, 13, deprecated, "A disk of OpenStack Cinder."),
         FIELD(cephfs, 14, deprecated, "A Ceph file system."),
         FIELD(flocker, 15, deprecated, "A Flocker dataset."),
         FIELD(downwardAPI, 16, "Files with something about the pod."),
         FIELD(fc, 17, "A disk over Fibre Channel."),
         FIELD(azureFile, 18, deprecated, "A share of Azure Files."),
         FIELD(configMap, 19, "The keys of a ConfigMap as files."),
         FIELD(vsphereVolume, 20, deprecated, "A virtual disk of vSphere."),
         FIELD(quobyte, 21, deprecated, "A Quobyte volume."),
         FIELD(azureDisk, 22, deprecated, "A disk of Azure."),
         FIELD(photonPersistentDisk, 23, deprecated, "A disk of Photon Controller."),
         FIELD(projected, 26, "Several sources in one directory."),
         FIELD(portworxVolume, 24, deprecated, "A Portworx volume."),
         FIELD(scaleIO, 25, deprecated, "A ScaleIO volume."),
         FIELD(storageos, 27, deprecated, "A StorageOS volume."),
         FIELD(csi, 28, "A volume made for the pod by a CSI driver."),
         FIELD(ephemeral, 29, "A claim that is made for the pod and goes with it."),
         FIELD(image, 30, "The content of an image."))

DESCRIBE(core::v1::Volume, "Something that containers of the pod can mount.",
         FIELD(name, 1, required, "The name, a DNS label, unique in the pod."),
         FIELD(volumeSource, 2, inlined))
