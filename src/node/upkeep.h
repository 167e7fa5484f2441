// What a containerd that lives for months leaves behind: its log, and shims of containers that it lost.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace aloft::node {

// Moves the content of a log that somebody keeps open for appending to `path`.1 once it has `limit` bytes.
// Blocks.
void bound_log(const std::string& path, std::int64_t limit);

// A process that holds one container for containerd.
struct Shim {
  int pid = 0;
  std::string container_id;
  bool empty = false;  // it has no process of a container
  auto operator<=>(const Shim&) const = default;
};
// Those of the containerd with that socket. Blocks.
std::vector<Shim> find_shims(const std::string& socket);

// A containerd that dies while it makes a container forgets the shim, which then stays for ever. A shim may
// also be younger than the list of containers, so that only one that is found twice, at times far enough
// apart, is a stray.
class StrayShims {
 public:
  // Those to end.
  std::vector<Shim> look(const std::vector<Shim>& shims, const std::set<std::string>& known_ids);

 private:
  std::set<Shim> suspects_;
};

}  // namespace aloft::node
