// Folders, the lock, and endpoints.json.
#include "app/data_directory.h"

#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "io/file.h"
#include "model/json.h"
#include "model/value.h"

namespace aloft::app {

Result<> DataDirectory::make() const {
  TRY_DO(io::make_directories(root_, 0711));
  return io::make_directories(keys(), 0700);
}

Result<> DataDirectory::write_endpoints(const std::map<std::string, std::string>& urls) const {
  model::Object document;
  for (const auto& [name, url] : urls) document.append(name, url);
  return io::write_file(endpoints(), model::to_pretty_json(model::Value(std::move(document))) + "\n", 0644);
}

Result<DirectoryLock> DirectoryLock::take(const DataDirectory& directory) {
  const std::string path = directory.lock();
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(system_error("open " + path, errno));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return fail(Code::conflict,
                fmt::format("{}: another aloft runs over this data directory", directory.root()));
  }
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(fd, 0) != 0 || write(fd, pid.data(), pid.size()) != static_cast<ssize_t>(pid.size())) {
    const int why = errno;
    close(fd);
    return fail(system_error("write " + path, why));
  }
  return DirectoryLock(fd);
}

std::optional<pid_t> DirectoryLock::holder(const DataDirectory& directory) {
  const int fd = open(directory.lock().c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  const bool held = flock(fd, LOCK_EX | LOCK_NB) != 0;
  std::array<char, 32> text{};
  const ssize_t size = held ? read(fd, text.data(), text.size()) : 0;
  close(fd);
  pid_t pid = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc())
    return std::nullopt;
  return pid;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace aloft::app
