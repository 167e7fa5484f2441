// A reader for one member of the recordings' JSON lines; their frames are flat lists of hexadecimal text.
#include "http/testing/recording.h"

#include <fstream>

namespace aloft::http::testing {

namespace {

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::string unhex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1])));
  }
  return bytes;
}

// The next quoted text from `at` on; `at` moves behind it.
std::string_view quoted(std::string_view text, std::size_t& at) {
  const std::size_t begin = text.find('"', at) + 1;
  const std::size_t end = text.find('"', begin);
  at = end + 1;
  return text.substr(begin, end - begin);
}

}  // namespace

std::vector<RecordedFrame> recorded_frames(const std::string& path, std::string_view case_name) {
  std::ifstream file(path);
  std::vector<RecordedFrame> frames;
  for (std::string line; std::getline(file, line);) {
    std::size_t name_at = line.find(':', std::min(line.find("\"case\""), line.size()));
    std::size_t at = line.find("\"frames\"");
    if (name_at == std::string::npos || at == std::string::npos || quoted(line, name_at) != case_name)
      continue;
    const std::size_t end = line.find("]]", at);
    at = line.find('[', at);
    while (line.find('"', at) < end) {
      RecordedFrame& frame = frames.emplace_back();
      frame.from_client = quoted(line, at) == "c";
      frame.bytes = unhex(quoted(line, at));
    }
    return frames;
  }
  return frames;
}

}  // namespace aloft::http::testing
