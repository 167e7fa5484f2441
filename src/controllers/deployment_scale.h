// How many pods each ReplicaSet of a Deployment shall have.
#pragma once

#include <cstdint>

#include "controllers/deployment_rollout.h"

namespace aloft::controllers {

// The size of the newest set that the surge allows now, with no regard to its current size being too large.
std::int32_t new_set_size(const Rollout& rollout);

// Writes the annotations from which later plans see that the deployment has been scaled since.
void annotate_replicas(apps::v1::ReplicaSet& set, const apps::v1::Deployment& deployment);

// True when the number of replicas has changed since the active sets were last sized.
bool is_scaling(const Rollout& rollout);

// Sizes the sets after the number of replicas has changed: the only active or the latest set gets all; during
// a rolling update the difference is shared out in proportion, so that scaling is no rollout. Between the
// versions of Recreate it has nothing to do.
enum class Step { took, nothing_to_do };
Step scale(Rollout& rollout);

// One step of a rolling update within maxSurge and maxUnavailable: either the newest set grows (or shrinks to
// the wish), or old ones shrink, those with pods that are not available first.
Step step_rolling(Rollout& rollout);

// Steps of Recreate.
Step scale_old_to_zero(Rollout& rollout);
void scale_newest_fully(Rollout& rollout);

}  // namespace aloft::controllers
