// Which pods go first when a set has too many: those whose loss costs least.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/kinds/core/v1/pod.h"

namespace aloft::controllers {

// Sorts the pods so that the first to remove come first, by upstream's order: not bound to a node, pending,
// not ready, of lower cost (annotation controller.kubernetes.io/pod-deletion-cost), on a node with more
// related pods, ready for a shorter time, restarted more often, younger. Times are compared by their
// magnitude, so that pods of nearly one age are as good as equal and chance (their uid) decides.
// `related_on_node` counts related active pods by node.
void rank_for_removal(std::vector<std::shared_ptr<const core::v1::Pod>>& pods,
                      const std::map<std::string, int>& related_on_node, WallTime now);

}  // namespace aloft::controllers
