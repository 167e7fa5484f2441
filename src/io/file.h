// Small files, read and written whole. These calls block: use them at start-up, or hand them to the Pool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::io {

Result<std::string> read_file(const std::string& path, std::size_t limit_bytes = 64 * 1024 * 1024);
// Writes beside, syncs and renames, so that a reader sees the old content or the new, also after a crash.
Result<> write_file(const std::string& path, std::string_view content, int mode = 0644);
// Like mkdir -p with `mode` for what is made.
Result<> make_directories(const std::string& path, int mode = 0755);
// Removes a file or a whole tree; a missing path is no error. Does not follow links nor cross into other
// mounts.
Result<> remove_tree(const std::string& path);
// Names in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> list_directory(const std::string& path);

}  // namespace aloft::io
