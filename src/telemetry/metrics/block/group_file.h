// Files made of groups: runs of records with a CRC, compressed where that pays, and a footer at the end. Data
// and index of a block are such files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/disk_file.h"
#include "telemetry/metrics/block/chunk_cache.h"
#include "telemetry/metrics/codec/bytes.h"

namespace aloft::telemetry::metrics {

inline constexpr std::size_t group_bytes = 24 * 1024;  // a group ends once it has so many
inline constexpr std::size_t group_limit_bytes = 64 * 1024 * 1024;

// Where a group stands and what it holds.
struct GroupEntry {
  std::uint64_t first = 0;  // number of its first record
  std::uint64_t offset = 0;
  std::uint32_t stored = 0;
  std::uint32_t raw = 0;  // larger than `stored` when compressed
  std::uint32_t crc = 0;  // of the stored bytes
};
using GroupList = std::vector<GroupEntry>;
void put_groups(std::string& out, const GroupList& groups);
bool get_groups(ByteReader& in, GroupList& groups);
// The group that holds record `number`, which is below the total; the first group begins at 0.
std::size_t group_of(const GroupList& groups, std::uint64_t number);

// Records that become groups, one after another.
struct OpenGroup {
  std::uint64_t base = 0;   // for the writer's own use; comes back with the group
  std::uint64_t count = 0;  // of records so far, in all groups
  std::vector<std::uint32_t> sizes;
  std::string bytes;
  GroupList written;

  // Ends the record that was appended to `bytes` behind `begin`.
  void end_record(std::size_t begin) {
    sizes.push_back(static_cast<std::uint32_t>(bytes.size() - begin));
    ++count;
  }
  bool full() const { return bytes.size() >= group_bytes; }
};

// On one thread. Removes the file when it is dropped before finish().
class GroupWriter {
 public:
  static Result<std::unique_ptr<GroupWriter>> create(const std::string& path, int level);
  ~GroupWriter();
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;
  // Writes what is open and empties it; nothing when it is empty.
  Result<> write(OpenGroup& group);
  // Writes the footer and syncs; gives the size of the file.
  Result<std::uint64_t> finish(std::string_view footer);

 private:
  GroupWriter(std::shared_ptr<DiskFile> file, int level);
  std::shared_ptr<DiskFile> file_;
  int level_;  // of zstd
  std::uint64_t offset_;
  bool finished_ = false;
};

// Immutable; any thread.
class GroupFile {
 public:
  // Reads and checks the footer. Error: not_found, internal (damaged).
  static Result<GroupFile> open(const std::string& path);
  const std::string& path() const { return file_->path(); }
  std::uint64_t bytes() const { return bytes_; }
  std::string& footer() { return footer_; }
  // Error: internal, naming the place.
  Result<CachedPartPtr> load(const GroupEntry& entry) const;
  Error damaged(std::string_view what) const;

 private:
  std::shared_ptr<DiskFile> file_;
  std::uint64_t bytes_ = 0;
  std::string footer_;
};

// A record of a loaded group.
inline std::string_view record_of(const CachedPart& group, std::size_t index) {
  return std::string_view(group.bytes)
      .substr(group.offsets[index], group.offsets[index + 1] - group.offsets[index]);
}

}  // namespace aloft::telemetry::metrics
