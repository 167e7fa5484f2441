// A log of records on disk that makes acknowledged data survive a crash: numbered segment files of records
// with a CRC, written before the acknowledgement, synced in the background, dropped when their content has
// moved to blocks. A torn or damaged record ends or skips its segment and is reported; it never stops a
// start.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aloft::telemetry {

struct RecordLogSettings {
  std::string folder;  // made when missing
  std::size_t segment_bytes = 64 * 1024 * 1024;
  std::size_t record_limit_bytes = 64 * 1024 * 1024;
  bool compress = true;  // zstd -1 where it shrinks a record
};

// What a start found.
struct RecordLogReport {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damaged = 0;  // places where records were lost or torn
  std::string first_damage;   // file, offset and what is wrong
};

// Where a record stands; later records are greater.
struct LogPosition {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  auto operator<=>(const LogPosition&) const = default;
};

// append() and cut() from any thread, serialised inside; open() on one.
class RecordLog {
 public:
  // Hands every whole record, oldest first, to `replay` (its bytes are valid during the call), then opens a
  // new segment for appending. Memory use is bounded by one record. Error: I/O, naming the file.
  static Result<std::unique_ptr<RecordLog>> open(
      RecordLogSettings settings, const std::function<void(LogPosition, std::string_view record)>& replay,
      RecordLogReport* report = nullptr);
  virtual ~RecordLog() = default;
  // In the kernel's hands when it returns: survives the end of the process, and after the next sync() the
  // end of the machine. Error: unavailable when the disk is full or fails; nothing of the record counts
  // then.
  virtual Result<LogPosition> append(std::string_view record) = 0;
  // fdatasync of what was appended. Blocks; call it on a pool thread.
  virtual Result<> sync() = 0;
  // Ends the current segment; gives the position at which the next one begins.
  virtual Result<LogPosition> cut() = 0;
  // Removes segments that hold only records before `position`.
  virtual Result<> drop_before(LogPosition position) = 0;
  virtual std::uint64_t bytes() const = 0;  // on disk
};

}  // namespace aloft::telemetry
