// A folder whose files change all at once: readers see the old set or the new one, never a mixture. This is
// how ConfigMaps, Secrets and tokens appear in containers, and follow their objects while the container runs.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"

namespace aloft::node {

struct FolderFile {
  std::string content;
  int mode = 0644;
  std::optional<std::int64_t> uid;  // owner; the process's own when absent
  bool operator==(const FolderFile&) const = default;
};
using FolderFiles = std::map<std::string, FolderFile>;  // by relative path

// Makes `folder` hold these files. Each name at the top is a link into "..data", itself a link to the newest
// set, which is swapped by a rename. Nothing is touched when nothing changed. Blocks. Errors: invalid for
// paths that leave the folder; the system's.
Result<> write_atomic_folder(const std::string& folder, const FolderFiles& files,
                             std::optional<std::int64_t> group, const std::string& version);

}  // namespace aloft::node
