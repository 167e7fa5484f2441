// See log_file.h.
#include "node/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "io/file.h"

namespace aloft::node {

std::optional<LogLine> parse_log_line(std::string_view line) {
  LogLine parsed;
  const std::size_t after_time = line.find(' ');
  if (after_time == std::string_view::npos || after_time == 0) return std::nullopt;
  const std::size_t after_stream = line.find(' ', after_time + 1);
  if (after_stream == std::string_view::npos) return std::nullopt;
  const std::size_t after_tag = std::min(line.find(' ', after_stream + 1), line.size());
  parsed.time = line.substr(0, after_time);
  parsed.stream = line.substr(after_time + 1, after_stream - after_time - 1);
  if (parsed.stream != "stdout" && parsed.stream != "stderr") return std::nullopt;
  // Tags are separated by colons; the first tells whether the line is whole.
  parsed.partial = line.substr(after_stream + 1, 1) == "P";
  parsed.text = line.substr(std::min(after_tag + 1, line.size()));
  return parsed;
}

std::vector<std::string> log_files(const std::string& path) {
  std::vector<std::string> files;
  const std::size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash);
  const std::string rotated = path.substr(slash + 1) + ".";
  if (auto names = io::list_directory(folder)) {
    for (const std::string& name : *names) {
      if (name.starts_with(rotated)) files.push_back(folder + "/" + name);
    }
  }
  if (::access(path.c_str(), F_OK) == 0) files.push_back(path);
  return files;
}

std::string last_log_lines(const std::string& path, std::size_t lines, std::size_t limit_bytes) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const off_t size = ::lseek(file, 0, SEEK_END);
  // Every entry has some 45 bytes in front of its text.
  const off_t wanted = static_cast<off_t>(limit_bytes + lines * 64);
  const off_t from = size > wanted ? size - wanted : 0;
  std::string raw(static_cast<std::size_t>(size - from), '\0');
  const ssize_t count = ::pread(file, raw.data(), raw.size(), from);
  ::close(file);
  raw.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  std::vector<std::string> texts;
  std::string_view rest = raw;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (const auto line = parse_log_line(rest.substr(0, end)))
      texts.push_back(std::string(line->text) + "\n");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::string out;
  for (auto text = texts.rbegin(); text != texts.rend() && lines > 0; ++text, --lines) {
    if (out.size() + text->size() > limit_bytes) break;
    out.insert(0, *text);
  }
  return out;
}

}  // namespace aloft::node
