// Tar archives (POSIX ustar, with pax records for what does not fit), as image layers and OCI archives need
// them. The same entries always give the same bytes: no owner, no time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::node {

struct TarEntry {
  enum class Type { file, folder, symlink } type = Type::file;
  std::string path;     // relative, without a leading slash
  std::string content;  // of a file; the target of a symlink
  int mode = 0644;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  bool operator==(const TarEntry&) const = default;
};

// Entries in the order given.
std::string write_tar(const std::vector<TarEntry>& entries);

// The files, folders and symlinks of an uncompressed archive; other types are left out. Content is a view
// into `archive`. Error: invalid, with the byte offset.
struct TarView {
  TarEntry::Type type = TarEntry::Type::file;
  std::string path;
  std::string_view content;
  int mode = 0;
};
Result<std::vector<TarView>> read_tar(std::string_view archive);

}  // namespace aloft::node
