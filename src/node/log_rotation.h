// Keeps the logs of a container within bounds: a file that has grown too large is renamed, the runtime opens
// a new one, and the oldest are removed.
#pragma once

#include <string>

#include "base/time.h"
#include "io/task.h"
#include "node/runtime.h"

namespace aloft::node {

struct LogBounds {
  std::int64_t file_bytes = 10 * 1024 * 1024;
  std::size_t files = 5;  // with the one that is being written
};

// Looks at the log of one running container and rotates it when it is due. Errors are left for the next look.
io::Task<> rotate_log(Runtime& runtime, std::string container_id, std::string path, WallTime now,
                      LogBounds bounds);

}  // namespace aloft::node
