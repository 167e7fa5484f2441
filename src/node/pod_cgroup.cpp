// See pod_cgroup.h. Writing to a cgroup file is one write of its whole value, not a replacement of the file.
#include "node/pod_cgroup.h"

#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"

namespace aloft::node {

namespace {

constexpr std::string_view hierarchies = "/sys/fs/cgroup";

void write_value(const std::string& path, const std::string& value) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, value.data(), value.size());
  ::close(file);
}

void make_folders(const std::string& root, const std::string& path) {
  for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    ::mkdir((root + path.substr(0, at)).c_str(), 0755);
    if (at == std::string::npos) return;
  }
}

void remove_folders(const std::string& path) {
  if (auto names = io::list_directory(path)) {
    for (const std::string& name : *names) {
      struct stat status{};
      const std::string child = path + "/" + name;
      if (::lstat(child.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) remove_folders(child);
    }
  }
  ::rmdir(path.c_str());
}

}  // namespace

void make_pod_cgroup(const std::string& cgroup, std::int64_t cpu_shares) {
  const std::string v1 = std::string(hierarchies) + "/cpu";
  if (::access((v1 + "/cpu.shares").c_str(), F_OK) == 0) {
    make_folders(v1, cgroup);
    write_value(v1 + cgroup + "/cpu.shares", std::to_string(cpu_shares));
  }
}

void remove_pod_cgroup(const std::string& cgroup) {
  remove_folders(std::string(hierarchies) + cgroup);
  auto names = io::list_directory(std::string(hierarchies));
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = std::string(hierarchies) + "/" + name + cgroup;
    if (::access(path.c_str(), F_OK) == 0) remove_folders(path);
  }
}

}  // namespace aloft::node
