// The plugins that Aloft's scheduler asks, written by hand, in order.
#pragma once

#include "scheduler/framework/cycle.h"
#include "scheduler/plugins/resource_fit.h"

namespace aloft::scheduler {

// Upstream's default order of filters and weights of scores.
Profile default_profile(FitStrategy strategy);

}  // namespace aloft::scheduler
