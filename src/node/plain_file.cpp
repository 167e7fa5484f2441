// See plain_file.h.
#include "node/plain_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aloft::node {

Result<> write_plain_file(const std::string& path, std::string_view content, int mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0) return fail(system_error("open " + path, errno));
  int problem = ::fchmod(file, static_cast<mode_t>(mode)) == 0 ? 0 : errno;
  while (problem == 0 && !content.empty()) {
    const ssize_t count = ::write(file, content.data(), content.size());
    if (count < 0 && errno != EINTR) problem = errno;
    if (count > 0) content.remove_prefix(static_cast<std::size_t>(count));
  }
  ::close(file);
  if (problem != 0) return fail(system_error("write " + path, problem));
  return {};
}

}  // namespace aloft::node
