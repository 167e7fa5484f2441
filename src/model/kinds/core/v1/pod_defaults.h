// Defaults of pod specs wherever they stand: in pods and in the templates of workloads.
#pragma once

#include "model/kinds/core/v1/pod_spec.h"
#include "model/kinds/core/v1/resources.h"

namespace aloft::core::v1 {

// What depends on other fields: pull policies from image tags, emptyDir for volumes without a source, amounts
// rounded up to thousandths, serviceAccount and its older name alike.
void set_pod_spec_defaults(PodSpec& spec);

// Amounts are stored in thousandths at most; finer ones are rounded up.
void round_amounts(ResourceList& amounts);

}  // namespace aloft::core::v1
