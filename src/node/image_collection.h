// Which images leave the machine when its disk fills up: those that no container uses, the one that was used
// longest ago first. Images that were made here, without a registry that has them, stay. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/node_object.h"
#include "node/runtime.h"

namespace aloft::node {

// How many bytes of images should go; 0 while the disk is less than 85 % full. What goes brings it to 80 %.
std::uint64_t bytes_to_free(const MachineFacts& machine);

class ImageCollection {
 public:
  // Notes what is there and what containers use, by id or name. Look from time to time, so that the times of
  // use are known.
  void look(const std::vector<ImageInfo>& images, const std::set<std::string>& used, WallTime now);
  // The ids of images to remove to free so many bytes; fewer when there are no more. An image that came less
  // than two minutes ago may be one that a container is about to use.
  std::vector<std::string> choose(std::uint64_t bytes, WallTime now) const;

 private:
  struct Known {
    WallTime came;
    WallTime used;
    std::uint64_t bytes = 0;
    bool in_use = false;
    bool made_here = false;
  };
  std::map<std::string, Known> known_;  // by id
};

}  // namespace aloft::node
