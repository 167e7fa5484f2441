// See log_rotation.h.
#include "node/log_rotation.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "node/log_file.h"

namespace aloft::node {

namespace {

const Log log_rotation("node.logs");

// 2026-01-02T03:04:05... becomes 20260102-030405: names that sort by time.
std::string stamp(WallTime now) {
  std::string out;
  for (const char c : format_micros(now)) {
    if (c >= '0' && c <= '9') out.push_back(c);
    if (c == 'T') out.push_back('-');
  }
  return out;
}

}  // namespace

io::Task<> rotate_log(Runtime& runtime, std::string container_id, std::string path, WallTime now,
                      LogBounds bounds) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || status.st_size < bounds.file_bytes) co_return;
  const std::string renamed = path + "." + stamp(now);
  if (::rename(path.c_str(), renamed.c_str()) != 0) co_return;
  auto reopened = co_await runtime.reopen_log(container_id);
  if (!reopened) {
    // The runtime still writes to the renamed file; give it its name back rather than lose what comes.
    log_rotation.warning("{}: {}", path, reopened.error().message());
    ::rename(renamed.c_str(), path.c_str());
    co_return;
  }
  std::vector<std::string> files = log_files(path);
  for (std::size_t i = 0; i + bounds.files < files.size(); ++i) ::unlink(files[i].c_str());
}

}  // namespace aloft::node
