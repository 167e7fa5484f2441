// The parts of validating a pod spec, for the validators of pods and of the templates of workloads.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/field_errors.h"
#include "model/kinds/core/v1/pod_template.h"

namespace aloft::core::v1 {

// What the parts of one pod spec need to know of each other.
struct PodContext {
  std::map<std::string, const VolumeSource*> volumes;  // the valid ones, by name
  std::set<std::string> claims;                        // names of spec.resourceClaims
  std::int64_t grace_seconds = 0;
  std::string restart_policy;
  bool is_pod = false;   // not a template
  std::string pod_name;  // empty for templates
};

void validate_pod_template(const PodTemplateSpec& pod_template, const model::FieldPath& path,
                           model::FieldErrors& errors);
// `metadata` is null for a template.
void validate_pod_spec(const PodSpec& spec, const meta::v1::ObjectMeta* metadata,
                       const model::FieldPath& path, model::FieldErrors& errors);
// Annotations that pods give a meaning to.
void validate_pod_annotations(const std::map<std::string, std::string>& annotations, const PodSpec& spec,
                              const model::FieldPath& path, model::FieldErrors& errors);

// Fills context.volumes with those that are valid.
void validate_volumes(const std::vector<Volume>& volumes, PodContext& context, const model::FieldPath& path,
                      model::FieldErrors& errors);
// Sources on storage systems outside the cluster; true when one of them is set. `count` counts the sources of
// the volume.
void validate_network_sources(const VolumeSource& source, std::string_view volume_name, int& count,
                              const model::FieldPath& path, model::FieldErrors& errors);
void validate_volume_mounts(const Container& container, const PodContext& context,
                            const model::FieldPath& path, model::FieldErrors& errors);
void validate_volume_devices(const Container& container, const PodContext& context,
                             const model::FieldPath& path, model::FieldErrors& errors);

void validate_containers(const PodSpec& spec, const PodContext& context, const model::FieldPath& path,
                         model::FieldErrors& errors);
void validate_init_containers(const PodSpec& spec, const PodContext& context, const model::FieldPath& path,
                              model::FieldErrors& errors);
void validate_ephemeral_containers(const PodSpec& spec, const PodContext& context,
                                   const model::FieldPath& path, model::FieldErrors& errors);
void validate_resources(const ResourceRequirements& resources, const std::set<std::string>& claims,
                        const model::FieldPath& path, model::FieldErrors& errors);

// Which fields of a pod may be referred to.
enum class FieldUse { environment, volume };
void validate_field_selector(const ObjectFieldSelector& selector, FieldUse use, const model::FieldPath& path,
                             model::FieldErrors& errors);
void validate_resource_selector(const ResourceFieldSelector& selector, FieldUse use,
                                const model::FieldPath& path, model::FieldErrors& errors);
void validate_environment(const Container& container, const model::FieldPath& path,
                          model::FieldErrors& errors);

enum class ProbeUse { liveness, readiness, startup };
void validate_probe(const model::Box<Probe>& probe, ProbeUse use, std::int64_t grace_seconds,
                    const model::FieldPath& path, model::FieldErrors& errors);
void validate_lifecycle(const Lifecycle& lifecycle, std::int64_t grace_seconds, const model::FieldPath& path,
                        model::FieldErrors& errors);

void validate_security_context(const model::Box<SecurityContext>& context, const model::FieldPath& path,
                               model::FieldErrors& errors);
// `spec_path` is that of the pod spec.
void validate_pod_security(const PodSpec& spec, const model::FieldPath& spec_path,
                           model::FieldErrors& errors);
// What only the other operating system knows.
void validate_operating_system(const PodSpec& spec, const model::FieldPath& spec_path,
                               model::FieldErrors& errors);

void validate_affinity(const Affinity& affinity, const model::FieldPath& path, model::FieldErrors& errors);
void validate_tolerations(const std::vector<Toleration>& tolerations, const model::FieldPath& path,
                          model::FieldErrors& errors);
void validate_taints(const std::vector<Taint>& taints, const model::FieldPath& path,
                     model::FieldErrors& errors);
void validate_spread(const std::vector<TopologySpreadConstraint>& constraints, const model::FieldPath& path,
                     model::FieldErrors& errors);

}  // namespace aloft::core::v1
