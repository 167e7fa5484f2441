// Amounts of resources as the scheduler counts them: plain integers that add and compare fast.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/kinds/core/v1/pod_spec.h"
#include "model/kinds/core/v1/resources.h"

namespace aloft::scheduler {

// Thousandths of a core, bytes, and units of everything else. An amount beyond 2^50 counts as that, and a
// negative one as none, so that sums stay exact. A value.
struct Resources {
  std::int64_t milli_cpu = 0;
  std::int64_t memory = 0;
  std::int64_t ephemeral_storage = 0;
  std::int64_t pods = 0;
  // "example.com/gpu", "hugepages-2Mi", "attachable-volumes-..."; sorted by name.
  std::vector<std::pair<std::string, std::int64_t>> extended;

  static Resources of(const core::v1::ResourceList& list);
  std::int64_t extended_amount(std::string_view name) const;
  void add(const Resources& other);
  void subtract(const Resources& other);
  // The larger of both, resource by resource.
  void raise_to(const Resources& other);
  bool operator==(const Resources&) const = default;
};

// What containers without a request count for where nodes are compared (never where they are filtered): 0.1
// cores and 200 MiB, as upstream.
inline constexpr std::int64_t usual_milli_cpu = 100;
inline constexpr std::int64_t usual_memory = std::int64_t{200} * 1024 * 1024;

// What a pod needs of its node, with `pods` = 1: the sum of its containers and sidecars, or the most that any
// init container needs beside the sidecars started before it, if that is more; and the overhead of its
// sandbox. Requests of the pod as a whole take the place of the containers' for the resources they name.
Resources pod_requests(const core::v1::PodSpec& spec);
// The same with the usual amounts where a container requests no CPU or no memory.
Resources pod_scoring_requests(const core::v1::PodSpec& spec);

}  // namespace aloft::scheduler
