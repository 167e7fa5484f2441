// Reads what a container printed, for `kubectl logs`: over rotated files, from a number of last lines or a
// time on, and further while the container runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"

namespace aloft::node {

struct LogOptions {
  bool follow = false;
  bool timestamps = false;
  std::optional<std::int64_t> tail_lines;
  std::optional<WallTime> since;
  std::optional<std::int64_t> limit_bytes;
  std::string stream;  // "stdout" or "stderr" only; empty: both
};

// Lives on one loop. Reads in pieces of bounded size, so that a large log costs no memory.
class LogReader {
 public:
  // `path` is the newest file of the container attempt; `running` tells whether more can come.
  LogReader(io::Loop& loop, std::string path, LogOptions options, std::function<bool()> running);
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;
  // The next piece; empty at the end. Waits for more when following.
  io::Task<Result<std::string>> next();

 private:
  Result<> open_first();
  bool open_file(const std::string& path, off_t from);
  bool open_next();
  bool replaced() const;
  void take_lines(std::string_view bytes, std::string& out);
  void take_line(std::string_view line, std::string& out);
  bool limited(std::string& out);

  io::Loop& loop_;
  std::string path_;
  LogOptions options_;
  std::function<bool()> running_;
  std::vector<std::string> files_;  // still to be read, oldest first
  int file_ = -1;
  bool newest_ = false;  // the open file is the one at path_
  bool opened_ = false;
  bool ended_ = false;
  bool mid_line_ = false;
  std::string rest_;  // an unfinished entry
};

}  // namespace aloft::node
