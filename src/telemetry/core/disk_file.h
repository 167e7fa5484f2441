// An open file of a store: reading and writing at offsets, for logs and immutable blocks. Every failure names
// the file; a failure to write is "unavailable", because a full disk passes and the store must go on then.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aloft::telemetry {

// Owns a descriptor. Reads from any thread; writers take turns outside.
class DiskFile {
 public:
  // For reading. Error: not_found, internal.
  static Result<std::shared_ptr<DiskFile>> open(const std::string& path);
  // For writing too, empty, whatever was there. Error: unavailable.
  static Result<std::shared_ptr<DiskFile>> create(const std::string& path);
  ~DiskFile();
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;

  const std::string& path() const { return path_; }
  Result<std::uint64_t> size() const;
  // At most `count` bytes; fewer only at the end of the file. Replaces `out`, whose capacity is kept.
  Result<> read(std::uint64_t offset, std::size_t count, std::string& out) const;
  // Exactly `count` bytes. Error: internal when the file ends before.
  Result<> read_exactly(std::uint64_t offset, std::size_t count, std::string& out) const;
  // All parts one after another. Error: unavailable; some of it may have been written then.
  Result<> write(std::uint64_t offset, std::initializer_list<std::string_view> parts);
  Result<> truncate(std::uint64_t size);
  Result<> sync();  // fdatasync

 private:
  DiskFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::string path_;
};

// Makes names in a folder (creations, renames, removals) survive the end of the machine.
Result<> sync_folder(const std::string& path);

}  // namespace aloft::telemetry
