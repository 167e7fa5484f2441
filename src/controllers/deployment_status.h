// What a Deployment says of itself: counts, and the conditions Available, Progressing and ReplicaFailure, in
// the reasons and words that kubectl and people know.
#pragma once

#include <string>
#include <string_view>

#include "controllers/deployment_rollout.h"

namespace aloft::controllers {

const apps::v1::DeploymentCondition* find_condition(const apps::v1::DeploymentStatus& status,
                                                    std::string_view type);
// Keeps what stands when status and reason are the same, and the transition time when status is.
void set_condition(apps::v1::DeploymentStatus& status, apps::v1::DeploymentCondition condition);
void remove_condition(apps::v1::DeploymentStatus& status, std::string_view type);
apps::v1::DeploymentCondition make_condition(std::string type, std::string status, std::string reason,
                                             std::string message, WallTime now);

// False when progressDeadlineSeconds is absent or the largest number, which stands for no deadline.
bool has_progress_deadline(const apps::v1::Deployment& deployment);

// Notes in the condition Progressing that the deployment has been paused or resumed, so that the time does
// not count.
void note_pause(Rollout& rollout);

// Every wished pod is of the current template and available, and no other is left.
bool is_complete(const apps::v1::Deployment& deployment, const apps::v1::DeploymentStatus& status);

// The counts and the condition Available; other conditions as in the working copy.
apps::v1::DeploymentStatus count(const Rollout& rollout);
// The same with Progressing and ReplicaFailure brought up to date; sets plan.again for the deadline.
apps::v1::DeploymentStatus judge(Rollout& rollout);

}  // namespace aloft::controllers
