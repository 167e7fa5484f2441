// The history of a Deployment: which ReplicaSet has the current template, numbers of revisions, and which old
// sets go.
#pragma once

#include <cstdint>
#include <string>

#include "controllers/deployment_rollout.h"

namespace aloft::controllers {

// True when the templates make the same pods: all but the label pod-template-hash is equal.
bool same_template(const core::v1::PodTemplateSpec& a, const core::v1::PodTemplateSpec& b);

// The letters that tell this template from others; another collision count gives others.
std::string template_hash(const core::v1::PodTemplateSpec& pattern,
                          std::optional<std::int32_t> collision_count);

// Finds the set of the current template and gives it the next revision, unless it has the newest already, and
// the deployment's annotations; says so in the deployment's condition and annotation.
void sync_revision(Rollout& rollout);

// Makes the set of the current template where there is none. When another template has the name, raises
// collisionCount and makes none: the next plan tries another name.
void create_newest(Rollout& rollout, const client::World& world);

// Removes the oldest sets without pods beyond revisionHistoryLimit.
void clean_up_history(Rollout& rollout);

}  // namespace aloft::controllers
