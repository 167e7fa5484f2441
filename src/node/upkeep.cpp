// See upkeep.h.
#include "node/upkeep.h"

#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "io/file.h"

namespace aloft::node {

namespace {

const Log log_upkeep("node.upkeep");

bool copy_all(int from, int to) {
  std::array<char, 64 * 1024> buffer{};
  for (;;) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count <= 0) return count == 0;
    if (::write(to, buffer.data(), static_cast<std::size_t>(count)) != count) return false;
  }
}

// The words of a command line, which stand with a zero after each.
std::vector<std::string> words_of(std::string_view arguments) {
  std::vector<std::string> words;
  while (!arguments.empty()) {
    const std::size_t end = std::min(arguments.find('\0'), arguments.size());
    words.emplace_back(arguments.substr(0, end));
    arguments.remove_prefix(std::min(end + 1, arguments.size()));
  }
  return words;
}

std::string argument_after(const std::vector<std::string>& words, std::string_view flag) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == flag) return words[i + 1];
  }
  return {};
}

// The fourth word of /proc/PID/stat; the second one, the name in parentheses, may hold anything.
int parent_of(const std::string& stat) {
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || name_end + 4 > stat.size() ? 0
                                                                     : std::atoi(stat.c_str() + name_end + 4);
}

}  // namespace

void bound_log(const std::string& path, std::int64_t limit) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || status.st_size < limit) return;
  const std::string old = path + ".1";
  const int from = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int to = ::open(old.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  const bool copied = from >= 0 && to >= 0 && copy_all(from, to);
  if (from >= 0) ::close(from);
  if (to >= 0) ::close(to);
  if (!copied) log_upkeep.warning("{}: its content could not be moved away", path);
  // Even then: a log must not fill the disk.
  if (::truncate(path.c_str(), 0) != 0)
    log_upkeep.warning("{}: {}", path, system_error("truncate", errno).message());
}

std::vector<Shim> find_shims(const std::string& socket) {
  std::vector<Shim> shims;
  auto names = io::list_directory("/proc");
  if (!names) return shims;
  std::set<int> parents;
  for (const std::string& name : *names) {
    const int pid = std::atoi(name.c_str());
    if (pid <= 1) continue;
    if (auto stat = io::read_file(fmt::format("/proc/{}/stat", pid))) parents.insert(parent_of(*stat));
    auto arguments = io::read_file(fmt::format("/proc/{}/cmdline", pid));
    if (!arguments || arguments->find("containerd-shim") == std::string::npos) continue;
    const std::vector<std::string> words = words_of(*arguments);
    if (argument_after(words, "-address") != socket) continue;
    Shim& shim = shims.emplace_back();
    shim.pid = pid;
    shim.container_id = argument_after(words, "-id");
  }
  for (Shim& shim : shims) shim.empty = !parents.contains(shim.pid);
  return shims;
}

std::vector<Shim> StrayShims::look(const std::vector<Shim>& shims, const std::set<std::string>& known_ids) {
  std::vector<Shim> strays;
  std::set<Shim> suspects;
  for (const Shim& shim : shims) {
    if (!shim.empty || known_ids.contains(shim.container_id)) continue;
    if (suspects_.contains(shim))
      strays.push_back(shim);
    else
      suspects.insert(shim);
  }
  suspects_ = std::move(suspects);
  return strays;
}

}  // namespace aloft::node
