// Where lines of containers are kept after their files have gone. Handed in by whoever keeps them.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "io/task.h"
#include "node/log_reader.h"

namespace aloft::node {

struct ArchivedLogQuery {
  std::string ns;
  std::string pod;
  std::string pod_uid;
  std::string container;
  std::optional<WallTime> before;  // lines of earlier attempts only
  LogOptions options;              // follow has no meaning here
};

// The text as `kubectl logs` prints it, empty when nothing is known. Called on the node's loop.
using LogArchive = std::function<io::Task<Result<std::string>>(ArchivedLogQuery query)>;

}  // namespace aloft::node
