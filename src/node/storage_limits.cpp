// See storage_limits.h. Order and messages are kubelet's.
#include "node/storage_limits.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>

#include "io/file.h"

namespace aloft::node {

namespace {

constexpr const char* resource = "ephemeral-storage";
constexpr Duration last_words = 1s;
constexpr std::int64_t block_bytes = 512;  // the unit of st_blocks

PodFailure eviction(std::string message) {
  PodFailure failure;
  failure.reason = "Evicted";
  failure.message = std::move(message);
  failure.grace = last_words;
  return failure;
}

bool stands_on_disk(const core::v1::Volume& volume) {
  return volume.volumeSource.emptyDir && volume.volumeSource.emptyDir->medium != "Memory";
}

std::int64_t amount(const std::map<std::string, std::int64_t>& use, const std::string& name) {
  const auto found = use.find(name);
  return found == use.end() ? 0 : found->second;
}

const model::Quantity* limit_of(const core::v1::Container& container) {
  const auto found = container.resources.limits.find(resource);
  return found == container.resources.limits.end() || found->second.is_zero() ? nullptr : &found->second;
}

// Together they may use what all of them may.
std::optional<PodFailure> whole_pod_failure(const core::v1::Pod& pod, const StorageUse& use) {
  std::optional<model::Quantity> limit;
  for (const core::v1::Container& container : pod.spec.containers) {
    const model::Quantity* own = limit_of(container);
    if (own == nullptr) continue;
    if (limit)
      limit = model::Quantity::from_units(limit->units() + own->units(), model::Quantity::Format::binary_si);
    else
      limit = *own;
  }
  if (!limit) return std::nullopt;
  std::int64_t used = 0;
  for (const auto& [name, bytes] : use.volumes) used += bytes;
  for (const auto& [name, bytes] : use.containers) used += bytes;
  if (used <= limit->units()) return std::nullopt;
  return eviction(fmt::format("Pod ephemeral local storage usage exceeds the total limit of containers {}. ",
                              limit->to_string()));
}

}  // namespace

std::vector<std::string> disk_volumes_of(const core::v1::Pod& pod) {
  std::vector<std::string> names;
  for (const core::v1::Volume& volume : pod.spec.volumes) {
    if (stands_on_disk(volume)) names.push_back(volume.name);
  }
  return names;
}

bool limits_storage(const core::v1::Pod& pod) {
  for (const core::v1::Volume& volume : pod.spec.volumes) {
    if (stands_on_disk(volume) && volume.volumeSource.emptyDir->sizeLimit) return true;
  }
  return std::ranges::any_of(pod.spec.containers,
                             [](const core::v1::Container& known) { return limit_of(known) != nullptr; });
}

std::optional<PodFailure> storage_failure(const core::v1::Pod& pod, const StorageUse& use) {
  for (const core::v1::Volume& volume : pod.spec.volumes) {
    if (!stands_on_disk(volume) || !volume.volumeSource.emptyDir->sizeLimit) continue;
    const model::Quantity& limit = *volume.volumeSource.emptyDir->sizeLimit;
    if (limit.is_zero() || amount(use.volumes, volume.name) <= limit.units()) continue;
    return eviction(fmt::format("Usage of EmptyDir volume \"{}\" exceeds the limit \"{}\". ", volume.name,
                                limit.to_string()));
  }
  if (auto failure = whole_pod_failure(pod, use)) return failure;
  for (const core::v1::Container& container : pod.spec.containers) {
    const model::Quantity* limit = limit_of(container);
    if (limit == nullptr || amount(use.containers, container.name) <= limit->units()) continue;
    return eviction(fmt::format("Container {} exceeded its local ephemeral storage limit \"{}\". ",
                                container.name, limit->to_string()));
  }
  return std::nullopt;
}

std::int64_t bytes_below(const std::string& folder) {
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) return 0;
  std::int64_t bytes = status.st_blocks * block_bytes;
  if (!S_ISDIR(status.st_mode)) return bytes;
  const auto names = io::list_directory(folder);
  if (!names) return bytes;
  for (const std::string& name : *names) bytes += bytes_below(folder + "/" + name);
  return bytes;
}

}  // namespace aloft::node
