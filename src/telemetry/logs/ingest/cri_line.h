// Lines of container log files as the container runtimes write them: time, stream, tags, text. Source:
// Kubernetes' CRI logging format.
#pragma once

#include <cstdint>
#include <string_view>

namespace aloft::telemetry::logs {

struct CriLine {
  std::int64_t time_ns = 0;
  std::string_view stream;  // stdout, stderr
  bool partial = false;     // the text goes on in the next line of the stream
  std::string_view text;
};

// False when the line has another form.
bool parse_cri_line(std::string_view line, CriLine& out);

}  // namespace aloft::telemetry::logs
