// The bounds and the order of kubelet's image garbage collection.
#include "node/image_collection.h"

#include <algorithm>

namespace aloft::node {
namespace {

constexpr std::int64_t high_percent = 85;
constexpr std::int64_t low_percent = 80;
constexpr Duration young = 2min;

}  // namespace

std::uint64_t bytes_to_free(const MachineFacts& machine) {
  const std::int64_t used = machine.disk_bytes - machine.disk_available_bytes;
  const std::int64_t percent = machine.disk_bytes / 100;
  if (percent == 0 || used < percent * high_percent) return 0;
  return static_cast<std::uint64_t>(used - percent * low_percent);
}

void ImageCollection::look(const std::vector<ImageInfo>& images, const std::set<std::string>& used,
                           WallTime now) {
  std::map<std::string, Known> next;
  for (const ImageInfo& image : images) {
    const auto before = known_.find(image.id);
    Known known;
    if (before != known_.end()) {
      known = before->second;
    } else {
      known.came = now;
    }
    const auto is_used = [&used](const std::string& name) { return used.contains(name); };
    known.in_use = is_used(image.id) || std::ranges::any_of(image.tags, is_used) ||
                   std::ranges::any_of(image.digests, is_used);
    if (known.in_use) known.used = now;
    known.bytes = image.size_bytes;
    known.made_here = image.digests.empty();
    next[image.id] = known;
  }
  known_ = std::move(next);
}

std::vector<std::string> ImageCollection::choose(std::uint64_t bytes, WallTime now) const {
  std::vector<std::pair<WallTime, const std::string*>> unused;
  for (const auto& [id, known] : known_) {
    if (!known.in_use && !known.made_here && now - known.came >= young)
      unused.emplace_back(std::max(known.used, known.came), &id);
  }
  std::ranges::sort(unused, {}, [](const auto& image) { return image.first; });
  std::vector<std::string> chosen;
  std::uint64_t freed = 0;
  for (const auto& [at, id] : unused) {
    if (freed >= bytes) break;
    chosen.push_back(*id);
    freed += known_.at(*id).bytes;
  }
  return chosen;
}

}  // namespace aloft::node
