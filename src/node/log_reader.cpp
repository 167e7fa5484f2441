// See log_reader.h.
#include "node/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/log_file.h"

namespace aloft::node {

namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr Duration follow_pause = 100ms;

// Where the last `lines` entries of a file begin; `lines` becomes what is still missing.
off_t tail_offset(int file, std::int64_t& lines) {
  off_t end = ::lseek(file, 0, SEEK_END);
  bool first = true;
  std::string block;
  while (end > 0) {
    const off_t begin = end > static_cast<off_t>(piece_bytes) ? end - static_cast<off_t>(piece_bytes) : 0;
    block.resize(static_cast<std::size_t>(end - begin));
    if (::pread(file, block.data(), block.size(), begin) != static_cast<ssize_t>(block.size())) return 0;
    for (std::size_t i = block.size(); i > 0; --i) {
      if (block[i - 1] != '\n') {
        first = false;
        continue;
      }
      // The end of the last entry begins no other one.
      if (first) {
        first = false;
        continue;
      }
      if (--lines == 0) return begin + static_cast<off_t>(i);
    }
    end = begin;
  }
  if (lines > 0 && ::lseek(file, 0, SEEK_END) > 0) --lines;
  return 0;
}

}  // namespace

LogReader::LogReader(io::Loop& loop, std::string path, LogOptions options, std::function<bool()> running)
    : loop_(loop), path_(std::move(path)), options_(std::move(options)), running_(std::move(running)) {}

LogReader::~LogReader() {
  if (file_ >= 0) ::close(file_);
}

bool LogReader::open_file(const std::string& path, off_t from) {
  if (file_ >= 0) ::close(file_);
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  newest_ = path == path_;
  if (file_ < 0) return false;
  ::lseek(file_, from, SEEK_SET);
  return true;
}

Result<> LogReader::open_first() {
  opened_ = true;
  files_ = log_files(path_);
  off_t from = 0;
  if (options_.tail_lines) {
    std::int64_t missing = *options_.tail_lines;
    std::size_t first = files_.size();
    while (first > 0 && missing > 0) {
      --first;
      const int file = ::open(files_[first].c_str(), O_RDONLY | O_CLOEXEC);
      if (file < 0) continue;
      from = tail_offset(file, missing);
      ::close(file);
    }
    if (*options_.tail_lines == 0 && !files_.empty()) {
      first = files_.size() - 1;
      struct stat status{};
      if (::stat(files_.back().c_str(), &status) == 0) from = status.st_size;
    }
    files_.erase(files_.begin(), files_.begin() + static_cast<std::ptrdiff_t>(first));
  }
  if (files_.empty()) return {};
  const std::string path = files_.front();
  files_.erase(files_.begin());
  if (!open_file(path, from)) return fail(system_error("open " + path, errno));
  return {};
}

bool LogReader::open_next() {
  while (!files_.empty()) {
    const std::string path = files_.front();
    files_.erase(files_.begin());
    if (open_file(path, 0)) return true;
  }
  return false;
}

// The file was renamed by rotation, and a new one stands in its place.
bool LogReader::replaced() const {
  struct stat ours{};
  struct stat there{};
  if (::stat(path_.c_str(), &there) != 0) return false;
  if (file_ < 0) return true;
  return ::fstat(file_, &ours) == 0 && (ours.st_ino != there.st_ino || ours.st_dev != there.st_dev);
}

io::Task<Result<std::string>> LogReader::next() {
  if (!opened_) TRY_CO_DO(open_first());
  std::string buffer(piece_bytes, '\0');
  bool last_look = false;
  while (!ended_) {
    const ssize_t count = file_ < 0 ? 0 : ::read(file_, buffer.data(), buffer.size());
    if (count < 0) co_return fail(system_error("read " + path_, errno));
    if (count > 0) {
      std::string out;
      take_lines(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)), out);
      if (limited(out)) ended_ = true;
      if (!out.empty()) co_return out;
      continue;
    }
    if (open_next()) continue;
    if (options_.follow && replaced()) {
      // What was written between our last read and the switch is read once more.
      if (last_look) {
        open_file(path_, 0);
        last_look = false;
      } else {
        last_look = true;
      }
      continue;
    }
    if (!options_.follow) break;
    if (!running_()) {
      // The writer may be a moment behind the end of its container.
      if (last_look) break;
      last_look = true;
    } else {
      last_look = false;
    }
    co_await loop_.sleep(follow_pause);
  }
  ended_ = true;
  co_return std::string();
}

void LogReader::take_lines(std::string_view bytes, std::string& out) {
  std::size_t end = bytes.find('\n');
  if (!rest_.empty() && end != std::string_view::npos) {
    rest_ += bytes.substr(0, end);
    take_line(rest_, out);
    rest_.clear();
    bytes.remove_prefix(end + 1);
    end = bytes.find('\n');
  }
  while (end != std::string_view::npos) {
    take_line(bytes.substr(0, end), out);
    bytes.remove_prefix(end + 1);
    end = bytes.find('\n');
  }
  rest_ += bytes;
}

void LogReader::take_line(std::string_view line, std::string& out) {
  const auto entry = parse_log_line(line);
  if (!entry) return;
  if (options_.since) {
    const auto time = parse_time(entry->time);
    if (!time || *time < *options_.since) return;
  }
  if (!options_.stream.empty() && entry->stream != options_.stream) return;
  if (options_.timestamps && !mid_line_) {
    out += entry->time;
    out += ' ';
  }
  out += entry->text;
  if (!entry->partial) out += '\n';
  mid_line_ = entry->partial;
}

// Cuts what is more than was asked for; true when nothing may follow.
bool LogReader::limited(std::string& out) {
  if (!options_.limit_bytes) return false;
  if (static_cast<std::int64_t>(out.size()) > *options_.limit_bytes) {
    out.resize(static_cast<std::size_t>(std::max<std::int64_t>(*options_.limit_bytes, 0)));
  }
  *options_.limit_bytes -= static_cast<std::int64_t>(out.size());
  return *options_.limit_bytes <= 0;
}

}  // namespace aloft::node
