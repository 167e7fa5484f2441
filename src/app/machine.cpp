// What the kernel says about this machine.
#include "app/machine.h"

#include <array>
#include <cerrno>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aloft::app {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  std::string host(name.data());
  for (char& c : host) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return host;
}

std::string machine_address(const std::string& otherwise) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return otherwise;
  // Connecting a datagram socket only chooses a route; 192.0.2.0/24 is nobody's (RFC 5737).
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(9);
  inet_pton(AF_INET, "192.0.2.1", &target.sin_addr);
  std::string found = otherwise;
  sockaddr_in own{};
  socklen_t size = sizeof own;
  std::array<char, INET_ADDRSTRLEN> text{};
  if (connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
      inet_ntop(AF_INET, &own.sin_addr, text.data(), text.size()) != nullptr) {
    found = text.data();
  }
  close(fd);
  return found;
}

io::Task<Result<MachineLock>> MachineLock::take(io::EpollLoop& loop) {
  constexpr const char* path = "/run/aloft.lock";
  constexpr Duration patience = 30s;
  constexpr Duration pause = 20ms;
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) co_return fail(system_error(fmt::format("open {}", path), errno));
  MachineLock lock(fd);
  const Time end = loop.now() + patience;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (loop.now() >= end)
      co_return fail(Code::timeout, fmt::format("{}: another cloud has been starting for too long", path));
    co_await loop.sleep(pause);
  }
  co_return std::move(lock);
}

void MachineLock::release() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

std::string program_folder() {
  std::array<char, 4096> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  const std::string whole(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return whole.substr(0, whole.rfind('/'));
}

}  // namespace aloft::app
