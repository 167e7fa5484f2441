// Reading container log files that grow, rotate and are compressed: every entry once, also over restarts. A
// file is known by its first line, which holds a time to the nanosecond, so neither renaming nor compressing
// it hides what was read already.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/core/log_batch.h"
#include "telemetry/core/pipeline.h"

namespace aloft::telemetry::logs {

// The log files of one container: N.log, and rotated N.log.TIME with or without .gz. `path` may also be one
// file.
struct LogFolder {
  std::string path;
  Labels labels;
  std::vector<std::pair<std::string, std::string>> fields;  // of each entry, sorted
  bool operator==(const LogFolder&) const = default;
};

// One thread at a time; reading blocks.
class LogFileReader {
 public:
  using Deliver = std::function<Result<WriteReport>(LogBatch batch)>;
  LogFileReader(std::string checkpoint_path, Deliver deliver)
      : checkpoint_path_(std::move(checkpoint_path)), deliver_(std::move(deliver)) {}
  // What was remembered. A missing or damaged file means that everything is read from its beginning.
  void load_checkpoints();
  // Error: unavailable.
  Result<> save_checkpoints();
  void set_folders(std::vector<LogFolder> folders) { folders_ = std::move(folders); }
  // Reads what is new. True when there was anything. An error of the receiver ends the round; what it did not
  // take is read again.
  Result<bool> poll();

 private:
  // What is known of one file, by the hash of folder and first line.
  struct Progress {
    std::uint64_t offset = 0;  // up to which lines were delivered
    std::uint64_t seen_round = 0;
  };
  // Saves opening a file that has not changed.
  struct Seen {
    std::uint64_t inode = 0, size = 0, key = 0;
  };
  struct File {
    std::string path;
    bool compressed = false;
  };
  static std::vector<File> files_of(const LogFolder& folder);
  Result<bool> read_plain(const LogFolder& folder, const File& file);
  Result<bool> read_compressed(const LogFolder& folder, const File& file);
  // Delivers whole lines of `text` and gives how far they reach; unfinished entries do not count.
  Result<std::size_t> deliver(const LogFolder& folder, std::string_view text, bool at_end);
  std::string checkpoint_path_;
  Deliver deliver_;
  std::vector<LogFolder> folders_;
  std::map<std::uint64_t, Progress> progress_;
  std::map<std::string, Seen> seen_;
  std::uint64_t round_ = 0;
  bool changed_ = false;
};

}  // namespace aloft::telemetry::logs
