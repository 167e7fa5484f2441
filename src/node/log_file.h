// The files that hold what containers print, in the format of the container runtime interface: a line is
// "TIME stdout|stderr F|P TEXT". Rotated files stand beside the newest one, with a time behind their name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace aloft::node {

struct LogLine {
  std::string_view time;    // as written
  std::string_view stream;  // "stdout" or "stderr"
  bool partial = false;     // the line goes on in the next entry
  std::string_view text;
};
// nullopt when it is not in the format.
std::optional<LogLine> parse_log_line(std::string_view line);

// The files of one container attempt, oldest first; the last is the one that is being written.
std::vector<std::string> log_files(const std::string& path);

// The text of the last lines, at most `limit_bytes` of it. Blocks.
std::string last_log_lines(const std::string& path, std::size_t lines, std::size_t limit_bytes);

}  // namespace aloft::node
