// Finding files in order, reading on where reading ended, joining partial lines.
#include "telemetry/logs/ingest/log_files.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <sys/stat.h>

#include "base/bytes.h"
#include "io/file.h"
#include "model/json.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/disk_file.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/logs/ingest/cri_line.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t first_line_bytes = 1024;
constexpr std::size_t read_bytes = 1024 * 1024;
// A line or an entry of partial lines longer than this is cut.
constexpr std::size_t entry_limit_bytes = 512 * 1024;
constexpr std::size_t compressed_limit_bytes = 512 * 1024 * 1024;

// A number that stands for the file as long as its first line does; 0 while that is not complete.
std::uint64_t key_of(const LogFolder& folder, std::string_view beginning) {
  const std::size_t end = beginning.find('\n');
  if (end == std::string_view::npos && beginning.size() < first_line_bytes) return 0;
  const std::uint64_t hash =
      stable_hash(folder.path + '\n' + std::string(beginning.substr(0, std::min(end, first_line_bytes))));
  return hash == 0 ? 1 : hash;
}

// An entry whose text comes in several lines.
struct Partial {
  std::string text;
  std::int64_t time_ns = 0;
  std::size_t begin = 0;  // where its first line stands
  bool open = false;
};

}  // namespace

void LogFileReader::load_checkpoints() {
  const auto text = io::read_file(checkpoint_path_);
  if (!text) return;
  const auto document = model::parse_json(*text);
  if (!document || !document->is_object()) return;
  for (const auto& [key, value] : document->as_object()) {
    std::uint64_t number = 0;
    const auto [end, wrong] = std::from_chars(key.data(), key.data() + key.size(), number, 16);
    if (wrong == std::errc() && end == key.data() + key.size() && value.is_int() && value.as_int() >= 0)
      progress_[number].offset = static_cast<std::uint64_t>(value.as_int());
  }
}

Result<> LogFileReader::save_checkpoints() {
  if (!changed_) return {};
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& [key, progress] : progress_) json.key(fmt::format("{:016x}", key)).number(progress.offset);
  json.end_object();
  TRY_DO(io::write_file(checkpoint_path_, text));
  changed_ = false;
  return {};
}

// Attempts in order, of each the rotated files first, which carry their times in their names.
std::vector<LogFileReader::File> LogFileReader::files_of(const LogFolder& folder) {
  struct stat status{};
  if (::stat(folder.path.c_str(), &status) != 0) return {};
  if (!S_ISDIR(status.st_mode)) return {{.path = folder.path, .compressed = folder.path.ends_with(".gz")}};
  const auto names = io::list_directory(folder.path);
  if (!names) return {};
  std::vector<std::tuple<std::uint64_t, bool, std::string>> order;
  for (const std::string& name : *names) {
    const std::size_t dot = name.find(".log");
    std::uint64_t attempt = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), attempt);
    if (dot == std::string::npos || wrong != std::errc() || end != name.data() + dot) continue;
    if (name.ends_with(".tmp")) continue;
    order.emplace_back(attempt, name.size() == dot + 4, name);
  }
  std::sort(order.begin(), order.end());
  std::vector<File> out;
  for (const auto& [attempt, current, name] : order)
    out.push_back({.path = folder.path + "/" + name, .compressed = name.ends_with(".gz")});
  return out;
}

Result<std::size_t> LogFileReader::deliver(const LogFolder& folder, std::string_view text, bool at_end) {
  std::array<LogStream, 2> streams;
  std::array<Partial, 2> partials;
  std::size_t at = 0;
  const auto finish = [&](std::size_t which) {
    Partial& partial = partials[which];
    streams[which].entries.push_back(
        {.time_ns = partial.time_ns, .line = std::move(partial.text), .fields = folder.fields});
    partial = Partial();
  };
  while (at < text.size()) {
    std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) {
      if (text.size() - at < entry_limit_bytes) break;
      end = at + entry_limit_bytes - 1;
    }
    CriLine line;
    if (parse_cri_line(text.substr(at, end - at), line)) {
      const std::size_t which = line.stream == "stdout" ? 0 : 1;
      Partial& partial = partials[which];
      if (!partial.open) partial = {.text = {}, .time_ns = line.time_ns, .begin = at, .open = true};
      partial.text += line.text;
      if (!line.partial || partial.text.size() >= entry_limit_bytes) finish(which);
    }
    at = end + 1;
  }
  std::size_t reached = at;
  for (const std::size_t which : {0u, 1u}) {
    if (!partials[which].open) continue;
    // The end of a rotated file is the end of what it began; so is too long a wait.
    if (at_end || text.size() - partials[which].begin > read_bytes) {
      finish(which);
    } else {
      reached = std::min(reached, partials[which].begin);
    }
  }
  LogBatch batch;
  for (const std::size_t which : {0u, 1u}) {
    if (streams[which].entries.empty()) continue;
    LabelsBuilder builder(folder.labels);
    builder.set("stream", which == 0 ? "stdout" : "stderr");
    streams[which].labels = builder.build();
    batch.streams.push_back(std::move(streams[which]));
  }
  if (!batch.streams.empty()) TRY_DO(deliver_(std::move(batch)));
  return reached;
}

Result<bool> LogFileReader::read_plain(const LogFolder& folder, const File& file) {
  struct stat status{};
  if (::stat(file.path.c_str(), &status) != 0) return false;
  Seen& seen = seen_[file.path];
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (seen.inode == status.st_ino && seen.size == size && seen.key != 0) {
    progress_[seen.key].seen_round = round_;
    return false;
  }
  auto opened = DiskFile::open(file.path);
  if (!opened) return false;  // it was rotated away; the next round finds it under its new name
  std::string text;
  if (!(*opened)->read(0, first_line_bytes, text)) return false;
  const std::uint64_t key = key_of(folder, text);
  if (key == 0) return false;
  Progress& progress = progress_[key];
  progress.seen_round = round_;
  // Cut off at its beginning and written anew with the same first line: unlikely, and read again then.
  if (progress.offset > size) progress.offset = 0;
  bool any = false;
  std::uint64_t left_over = 0;
  const bool rotated = !file.path.ends_with(".log");
  while (progress.offset + left_over < size) {
    const std::uint64_t wanted = std::min<std::uint64_t>(size - progress.offset, read_bytes * 2);
    TRY_DO((*opened)->read(progress.offset, static_cast<std::size_t>(wanted), text));
    TRY(reached, deliver(folder, text, rotated && progress.offset + text.size() >= size));
    if (reached == 0) {
      left_over = text.size();
      continue;
    }
    progress.offset += reached;
    any = changed_ = true;
  }
  seen = {.inode = status.st_ino, .size = size, .key = key};
  return any;
}

Result<bool> LogFileReader::read_compressed(const LogFolder& folder, const File& file) {
  struct stat status{};
  if (::stat(file.path.c_str(), &status) != 0) return false;
  Seen& seen = seen_[file.path];
  if (seen.inode == status.st_ino && seen.key != 0) {
    progress_[seen.key].seen_round = round_;
    return false;
  }
  const auto packed = io::read_file(file.path, compressed_limit_bytes);
  if (!packed) return false;
  const auto text = gzip_decompress(*packed, compressed_limit_bytes);
  if (!text) return false;  // it is still being written
  const std::uint64_t key = key_of(folder, *text);
  if (key == 0) return false;
  Progress& progress = progress_[key];
  progress.seen_round = round_;
  seen = {.inode = status.st_ino, .size = static_cast<std::uint64_t>(status.st_size), .key = key};
  if (progress.offset >= text->size()) return false;
  TRY_DO(deliver(folder, std::string_view(*text).substr(static_cast<std::size_t>(progress.offset)), true));
  progress.offset = text->size();
  changed_ = true;
  return true;
}

Result<bool> LogFileReader::poll() {
  ++round_;
  bool any = false;
  std::set<std::string> present;
  for (const LogFolder& folder : folders_) {
    for (const File& file : files_of(folder)) {
      present.insert(file.path);
      auto read = file.compressed ? read_compressed(folder, file) : read_plain(folder, file);
      if (!read) {
        seen_.erase(file.path);
        return read;
      }
      any = any || *read;
    }
  }
  std::erase_if(seen_, [&](const auto& one) { return !present.contains(one.first); });
  // Files that are gone for a while are forgotten; not at once, since one is between two names while it is
  // compressed.
  constexpr std::uint64_t patience_rounds = 1000;
  std::erase_if(progress_, [&](const auto& one) {
    return one.second.seen_round != 0 && round_ - one.second.seen_round > patience_rounds;
  });
  return any;
}

}  // namespace aloft::telemetry::logs
